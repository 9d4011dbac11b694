# More reference numbers of lme4: crossed, nested, singular and unbalanced designs, bases, many levels.
# Rscript reference.R OUTDIR      writes one CSV a data set and one JSON a case, and stress.csv.gz
suppressPackageStartupMessages({library(lme4); library(splines); library(jsonlite)})
out <- commandArgs(TRUE)[1]
made_with <- paste(R.version.string, "lme4", packageVersion("lme4"))
controls <- list(
  lmerControl(optimizer = "bobyqa", optCtrl = list(maxfun = 2e5, rhoend = 1e-10), calc.derivs = FALSE),
  lmerControl(optimizer = "Nelder_Mead", optCtrl = list(maxfun = 2e5, FtolAbs = 1e-11, FtolRel = 1e-15, XtolRel = 1e-10), calc.derivs = FALSE),
  lmerControl(optimizer = "nloptwrap", optCtrl = list(maxeval = 2e5, xtol_abs = 1e-10, ftol_abs = 1e-11), calc.derivs = FALSE))
best_fit <- function(formula, data, reml) {
  fits <- lapply(controls, function(control) suppressMessages(suppressWarnings(lmer(formula, data, REML = reml, control = control))))
  fits[[which.min(sapply(fits, function(m) -2 * logLik(m)))]] }
save_data <- function(name, d) {
  d <- as.data.frame(d); for (v in names(d)) if (is.factor(d[[v]])) d[[v]] <- as.character(d[[v]])
  write.csv(d, file.path(out, paste0(name, ".csv")), row.names = FALSE, quote = FALSE) }
read_data <- function(name) { d <- read.csv(file.path(out, paste0(name, ".csv")), stringsAsFactors = TRUE); d }
case <- function(name, data_name, formula, reml = TRUE) {
  d <- read_data(data_name); m <- best_fit(formula, d, reml); cf <- coef(summary(m))
  modes <- lapply(ranef(m), function(r) list(levels = head(rownames(r), 5), modes = as.matrix(head(r, 5))))
  write_json(list(name = name, made_with = made_with, data = data_name, formula = deparse1(formula), reml = reml, n = nobs(m),
    criterion = as.numeric(-2 * logLik(m)), AIC = AIC(m), BIC = BIC(m), singular = isSingular(m), theta = as.list(getME(m, "theta")), sigma = sigma(m),
    coefficients = rownames(cf), estimate = unname(cf[, 1]), se = unname(cf[, 2]), varcorr = as.data.frame(VarCorr(m)), modes = modes,
    fitted_head = unname(head(fitted(m), 12)), scaled_residual_head = unname(head(resid(m, scaled = TRUE), 12))),
    file.path(out, paste0(name, ".json")), digits = NA, auto_unbox = TRUE, pretty = TRUE, dataframe = "rows")
  cat(name, format(-2 * logLik(m), digits = 12), isSingular(m), "\n") }

data(Penicillin); save_data("penicillin", Penicillin); data(Pastes); save_data("pastes", Pastes[c("strength", "batch", "cask")])
case("penicillin_crossed", "penicillin", diameter ~ 1 + (1 | plate) + (1 | sample))
case("penicillin_crossed_ml", "penicillin", diameter ~ 1 + (1 | plate) + (1 | sample), FALSE)
case("pastes_nested", "pastes", strength ~ 1 + (1 | batch/cask))

set.seed(4); n <- 400   # three crossed factors, unbalanced; site and scanner small, the rater rare
three <- data.frame(site = factor(sample(letters[1:7], n, TRUE, prob = 7:1)), scanner = factor(sample(LETTERS[1:5], n, TRUE, prob = c(9, 5, 2, 1, 1))),
  rater = factor(sample(sprintf("r%02d", 1:30), n, TRUE, prob = 30:1)), age = round(runif(n, 20, 80)), sex = factor(sample(c("F", "M"), n, TRUE)), group = factor(sample(c("control", "mild", "patient"), n, TRUE)))
three$bp <- round(2 - .01 * three$age + rnorm(7, 0, .3)[three$site] + rnorm(5, 0, .2)[three$scanner] + rnorm(30, 0, .1)[three$rater] + rnorm(7, 0, .004)[three$site] * three$age + rnorm(n, 0, .3), 6)
save_data("three", three)
case("three_crossed", "three", bp ~ age * group + sex + (1 | site) + (1 | scanner) + (1 | rater))
case("three_ml", "three", bp ~ age + sex + (1 | site) + (1 | scanner) + (1 | rater), FALSE)
case("three_slope", "three", bp ~ age + sex + (1 + age | site) + (1 | rater))
case("three_two_slopes", "three", bp ~ age + sex + (1 + age || site) + (0 + age | scanner))
case("three_factor_slope", "three", bp ~ group + (0 + group | site) + (1 | rater))
case("three_combination", "three", bp ~ sex:group + (1 | site:scanner) + (1 | rater))
case("three_no_intercept", "three", bp ~ 0 + group + sex:age + (1 | rater))
case("three_poly", "three", bp ~ poly(age, 3) * sex + I(age^2):group + (1 | rater))
case("three_spline", "three", bp ~ ns(age, df = 4) + log(age):sex + (1 | rater))

set.seed(9); singular <- expand.grid(site = factor(letters[1:6]), i = 1:8); singular$age <- round(runif(48, 20, 80)); singular$bp <- round(resid(lm(rnorm(48) ~ site, singular)) + .02 * singular$age, 6)
save_data("singular", singular)
case("singular_intercept", "singular", bp ~ age + (1 | site))
case("singular_slope", "singular", bp ~ age + (1 + age | site))

set.seed(2); J <- 2500; id <- rep(seq_len(J), 1 + rpois(J, 1)); n <- length(id)
many <- data.frame(subject = factor(sprintf("s%05d", id)), site = factor(sprintf("x%02d", (id * 7) %% 25)), camera = factor(sprintf("c%03d", sample(120, n, TRUE))), age = round(runif(J, 20, 80))[id])
many$bp <- round(3 - .01 * many$age + rnorm(J, 0, .3)[id] + rnorm(25, 0, .1)[many$site] + rnorm(120, 0, .1)[many$camera] + rnorm(n, 0, .2), 5)
save_data("many", many)
case("many_levels", "many", bp ~ age + (1 | subject) + (1 | camera) + (1 | site))

# Small hard fits: few sites, raw ages, half of them without any difference between sites
formulas <- c("bp ~ age + group + (1 + age | site)", "bp ~ age + group + (1 | site) + (0 + age | site)", "bp ~ age + group + (1 | site) + (1 | scanner)", "bp ~ age + group + (1 + group | site)")
set.seed(77); rows <- list(); criteria <- list()
for (s in 1:320) {
  sites <- sample(4:6, 1); n <- sites * sample(8:16, 1); d <- data.frame(set = s, site = sample(sprintf("s%d", 1:sites), n, TRUE), age = round(runif(n, 18, 85), 1), group = sample(c("control", "patient"), n, TRUE))
  d$scanner <- paste0(d$site, sample(c("a", "b"), n, TRUE)); f <- factor(d$site); k <- nlevels(f); spread <- if (s %% 2) 0 else 1
  d$bp <- signif(3 - .01 * d$age + spread * (rnorm(k, 0, .2)[f] + rnorm(k, 0, .004)[f] * d$age + rnorm(k, 0, .1)[f] * (d$group == "patient")) + rnorm(n, 0, .25), 6)
  m <- best_fit(as.formula(formulas[s %% 4 + 1]), d, s %% 5 > 0); rows[[s]] <- d; criteria[[s]] <- list(set = s, formula = formulas[s %% 4 + 1], reml = s %% 5 > 0, criterion = as.numeric(-2 * logLik(m)), singular = isSingular(m)) }
file <- gzfile(file.path(out, "stress.csv.gz"), "w"); write.csv(do.call(rbind, rows), file, row.names = FALSE, quote = FALSE); close(file)
write_json(list(made_with = made_with, sets = criteria), file.path(out, "stress.json"), digits = NA, auto_unbox = TRUE)
cat("stress:", sum(sapply(criteria, function(x) x$singular)), "singular of", length(criteria), "\n")

# Bases at the data and elsewhere, also beyond the ends
x <- c(21.5, 30, 33, 41, 47.2, 52, 60, 61, 75, 80); new <- c(15, 50, 90); p <- poly(x, 3); s <- ns(x, df = 4)
write.csv(data.frame(x = x, p, unclass(s)), file.path(out, "bases.csv"), row.names = FALSE)
write.csv(data.frame(x = new, predict(p, new), unclass(predict(s, new))), file.path(out, "bases_elsewhere.csv"), row.names = FALSE)
