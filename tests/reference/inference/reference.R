# Reference numbers of lmerTest, pbkrtest and emmeans for contrasts of the fixed effects: one JSON
# a case, its data beside it as CSV. Rscript reference.R OUTDIR
suppressPackageStartupMessages({library(lme4); library(lmerTest); library(pbkrtest); library(emmeans); library(jsonlite)})
out <- commandArgs(TRUE)[1]
emm_options(lmerTest.limit = 1e5, pbkrtest.limit = 1e5)
versions <- paste(R.version.string, "lme4", packageVersion("lme4"), "lmerTest", packageVersion("lmerTest"),
  "pbkrtest", packageVersion("pbkrtest"), "emmeans", packageVersion("emmeans"))
put <- function(name, what) write_json(what, file.path(out, paste0(name, ".json")), digits = NA, auto_unbox = TRUE, pretty = TRUE, dataframe = "rows", na = "null")

# Text columns become factors with sorted levels and treatment contrasts.
read_as_factors <- function(d) { for (v in names(d)) if (is.character(d[[v]])) d[[v]] <- factor(d[[v]]); d }

fit_best <- function(formula, d) {
  control <- lmerControl(optimizer = "bobyqa", optCtrl = list(maxfun = 2e5, rhoend = 1e-10), calc.derivs = FALSE)
  lmerTest::lmer(formula, d, control = control)
}

# lme4 interpolates its profile, by some per cent near 0. Here the limits of the standard deviations,
# correlations and sigma are roots of the profile itself: its own deviance function, the rest refitted.
exact_profile <- function(m) {
  f <- lme4:::devfun2(refitML(m), useSc = TRUE, signames = FALSE)
  n <- length(getME(m, "theta")) + 1; at <- unname(attr(f, "optimum")[1:n]); names <- names(attr(f, "optimum"))[1:n]
  is_cor <- grepl("^cor_", names); low <- ifelse(is_cor, -1, 0); high <- ifelse(is_cor, 1, Inf)
  least <- function(fixed, value) { free <- setdiff(seq_len(n), fixed); best <- Inf
    for (s in c(.5, .9, 1.2)) { start <- at * s; start[!is_cor] <- pmax(start[!is_cor], .02 * at[n])
      start[is_cor] <- pmin(.9, pmax(-.9, start[is_cor]))
      o <- nlminb(start[free], function(p) { x <- numeric(n); x[fixed] <- value; x[free] <- p; v <- tryCatch(f(x), error = function(e) Inf); if (is.finite(v)) v else 1e10 },
        lower = low[free] + ifelse(free == n, .02 * at[n], 0) + 1e-9 * is_cor[free], upper = high[free] - 1e-9 * is_cor[free], control = list(rel.tol = 1e-13, x.tol = 1e-12, eval.max = 5000, iter.max = 2000))
      best <- min(best, o$objective) }
    best }
  base <- least(integer(0), numeric(0))
  rise <- function(k) function(v) least(k, v) - base - qchisq(.95, 1)
  limit <- function(k, edge) { g <- rise(k)
    edge <- if (k == n && edge == 0) .02 * at[n] else if (is.finite(edge)) edge + sign(at[k] - edge) * 1e-7 else 6 * at[k] + 2 * at[n]
    if (g(edge) < 0) return(if (is_cor[k]) sign(edge) else 0)
    uniroot(g, sort(c(at[k], edge)), tol = 1e-9)$root }
  data.frame(term = names, low = sapply(seq_len(n), function(k) limit(k, low[k])), high = sapply(seq_len(n), function(k) limit(k, high[k])))
}

# joint: list of 0/1 selections of coefficients; each gives one F test by both methods.
case <- function(name, data, formula, joint = list(), means = list(), trends = NULL, profile = FALSE) {
  write.csv(data, file.path(out, paste0(name, ".csv")), row.names = FALSE)
  d <- read_as_factors(data)
  m <- suppressMessages(fit_best(formula, d))
  # lmerTest's df on the boundary are those of a degenerate Hessian: kept out of singular cases
  sat <- if (isSingular(m)) NULL else coef(summary(m, ddf = "Satterthwaite"))
  kr <- coef(summary(m, ddf = "Kenward-Roger"))
  rows <- lapply(rownames(kr), function(r) list(coefficient = r, estimate = kr[r, 1], se = sqrt(vcov(m)[r, r]),
    df = if (is.null(sat)) NULL else sat[r, 3], p = if (is.null(sat)) NULL else sat[r, 5],
    se_kr = kr[r, 2], df_kr = kr[r, 3], p_kr = kr[r, 5]))
  tests <- lapply(joint, function(w) { L <- w
    res <- list(rows = w, kr = as.list(contestMD(m, L, ddf = "Kenward-Roger")))
    if (!isSingular(m)) res$satterthwaite <- as.list(contestMD(m, L))
    res })
  grids <- lapply(means, function(f) { e <- emmeans(m, f, lmer.df = "kenward-roger", cov.keep = character(0))
    list(specs = deparse1(f), emmeans = as.data.frame(e), tukey = as.data.frame(pairs(e)),
      holm = as.data.frame(pairs(e, adjust = "holm")), none = as.data.frame(pairs(e, adjust = "none", infer = TRUE))) })
  slopes <- if (is.null(trends)) NULL else { e <- emtrends(m, trends$specs, var = trends$var, lmer.df = "kenward-roger")
    list(var = trends$var, specs = deparse1(trends$specs), trends = as.data.frame(e), tukey = as.data.frame(pairs(e))) }
  ci <- if (profile) suppressWarnings(suppressMessages(confint(m, method = "profile", oldNames = FALSE, quiet = TRUE)))
  intervals <- if (profile) cbind(term = rownames(ci), as.data.frame(ci)) else NULL
  put(name, list(name = name, made_with = versions, formula = deparse1(formula), n = nobs(m), reml = TRUE,
    criterion = as.numeric(-2 * logLik(m)), singular = isSingular(m), theta = getME(m, "theta"), theta_names = names(getME(m, "theta")),
    sigma = sigma(m), vcov = as.matrix(vcov(m)), vcov_kr = as.matrix(vcovAdj(m)), fixed = rows, profile_ci = intervals, profile_exact = if (profile) exact_profile(m) else NULL, joint = tests, means = grids, slopes = slopes))
  cat(name, "singular", isSingular(m), "n", nobs(m), "\n")
}

# Sites, scanners within sites, subjects with 1 to 3 visits; group 80/20 over sites; a third group level.
study <- function(seed, n_sites, per_site, sd_site, sd_scanner, sd_slope = 0, digits = 4) {
  set.seed(seed); rows <- list(); id <- 0
  for (s in seq_len(n_sites)) {
    b <- rnorm(1, 0, sd_site); bs <- rnorm(1, 0, sd_slope); sc <- rnorm(2, 0, sd_scanner)
    share <- if (s %% 2) c(.6, .25, .15) else c(.2, .3, .5)
    for (i in seq_len(per_site + sample(-4:4, 1))) {
      id <- id + 1; u <- rnorm(1, 0, .2); age <- round(runif(1, 20, 80), 1)
      sex <- sample(c("F", "M"), 1); group <- sample(c("control", "mci", "patient"), 1, prob = share)
      for (v in seq_len(sample(3, 1))) { k <- sample(2, 1)
        rows[[length(rows) + 1]] <- data.frame(subject = sprintf("s%03d", id), site = sprintf("site%d", s),
          scanner = sprintf("site%d/%s", s, c("A", "B")[k]), visit = v, age = age, sex = sex, group = group,
          bp = round(2.5 - (.01 + bs) * (age - 50) + .1 * (sex == "M") - .15 * (group == "patient") + b + sc[k] + u + rnorm(1, 0, .12), digits)) } } }
  do.call(rbind, rows)
}
crossed <- function(seed, people = 14, readers = 6) {
  set.seed(seed); p <- rnorm(people, 0, .4); r <- rnorm(readers, 0, .2); sl <- rnorm(people, 0, .05)
  d <- expand.grid(person = seq_len(people), reader = seq_len(readers)); d <- d[sample(nrow(d), 60), ]
  d$dose <- round(runif(nrow(d), 0, 10), 2); d$method <- sample(c("a", "b", "c", "d"), nrow(d), TRUE)
  d$bp <- round(1.5 + p[d$person] + r[d$reader] + (sl[d$person] + .03) * d$dose + .1 * (d$method == "c") + rnorm(nrow(d), 0, .15), 4)
  d$person <- sprintf("p%02d", d$person); d$reader <- sprintf("r%d", d$reader); d
}
pick <- function(p, ...) t(sapply(list(...), function(i) { x <- numeric(p); x[i[1]] <- 1; if (length(i) > 1) x[i[2]] <- -1; x }))

nested <- study(3, 7, 14, .2, .1)
case("nested", nested, bp ~ age + sex + group + (1 | site) + (1 | scanner) + (1 | subject),
  joint = list(pick(5, 4, 5), pick(5, 2, 3, 4), pick(5, 4, c(4, 5), 5)), means = list(~group, ~sex), profile = TRUE)
case("interaction", nested, bp ~ age * group + sex + (1 | site) + (1 | subject),
  joint = list(pick(7, 6, 7)), means = list(~group, ~sex, ~group * sex), trends = list(var = "age", specs = ~group))
case("few_sites", study(8, 3, 9, .25, .0), bp ~ age + group + (1 | site) + (1 | subject), joint = list(pick(4, 3, 4)), means = list(~group), profile = TRUE)
case("singular", study(21, 5, 10, 0, 0), bp ~ age + sex + group + (1 | site) + (1 | scanner) + (1 | subject), joint = list(pick(5, 4, 5)), means = list(~group), profile = TRUE)
case("slope_by_site", study(5, 8, 16, .2, 0, .006), bp ~ age + group + (1 + age | site) + (1 | subject), joint = list(pick(4, 2, 3)), means = list(~group), profile = TRUE)
case("fixed_sites", study(12, 5, 8, .3, 0), bp ~ site + sex * group + age + (1 | subject), joint = list(pick(11, 2, 3, 4, 5)), means = list(~site, ~group))
case("crossed", crossed(2), bp ~ dose + method + (1 + dose | person) + (1 | reader), joint = list(pick(5, 3, 4, 5)), means = list(~method))
case("crossed_uncorrelated", crossed(9), bp ~ dose * method + (1 | person) + (0 + dose | person) + (1 | reader), means = list(~method), trends = list(var = "dose", specs = ~method))
