# Reference numbers of nlme (lme and gls with varIdent): residual variance that differs by scanner.
# One CSV a simulated table, one JSON with every case. Rscript reference.R OUTDIR
suppressPackageStartupMessages({library(nlme); library(jsonlite)})
out <- commandArgs(TRUE)[1]
versions <- paste(R.version.string, "nlme", packageVersion("nlme"))
set.seed(20240611)

# scans: 2 a subject for some; scanners nested in sites; delta: noise of each scanner
simulate <- function(sites, subjects, per_site, delta, twice = 0.6, sd = c(site = .25, subject = .3, noise = .2), slope = 0) {
  sizes <- rep_len(subjects, sites)
  rows <- do.call(rbind, lapply(seq_len(sites), function(s) {
    n <- sizes[s]
    subject <- sprintf("s%02d_%03d", s, seq_len(n))
    again <- runif(n) < twice
    d <- data.frame(subject = c(subject, subject[again]), session = rep(1:2, c(n, sum(again))))
    d$site <- sprintf("site%d", s)
    d$scanner <- sprintf("site%d/%s", s, letters[sample(per_site, nrow(d), TRUE)])
    d
  }))
  people <- unique(rows$subject)
  age <- setNames(round(runif(length(people), 20, 80), 1), people)
  sex <- setNames(sample(c("F", "M"), length(people), TRUE), people)
  rows$age <- age[rows$subject]; rows$sex <- sex[rows$subject]
  scanner <- sort(unique(rows$scanner)); noise <- setNames(rep_len(delta, length(scanner)), scanner)
  b <- setNames(rnorm(sites, 0, sd["site"]), unique(rows$site)); g <- setNames(rnorm(sites, 0, slope), unique(rows$site))
  u <- setNames(rnorm(length(people), 0, sd["subject"]), people)
  rows$y <- 2 - .006 * rows$age + .1 * (rows$sex == "M") + b[rows$site] + g[rows$site] * (rows$age - 50) / 10 + u[rows$subject] +
    rnorm(nrow(rows), 0, sd["noise"] * noise[rows$scanner])
  rows$y <- signif(rows$y, 8)
  rows[sample(nrow(rows)), ]
}

# nlminb as tight as it goes without giving up for rounding; then optim from there
tight_lme <- function(fixed, d, random, method) {
  fit <- function(...) lme(fixed, d, random, weights = by_scanner, method = method, control = lmeControl(maxIter = 1000, msMaxIter = 5000, msMaxEval = 20000, tolerance = 1e-12, niterEM = 200, ...))
  best <- fit()
  for (tol in c(1e-11, 1e-12, 1e-13, 1e-14)) { m <- tryCatch(fit(rel.tol = tol), error = function(e) NULL)
    if (!is.null(m) && logLik(m) > logLik(best)) best <- m }
  m <- tryCatch(fit(opt = "optim", msTol = 1e-15), error = function(e) NULL)
  if (!is.null(m) && logLik(m) > logLik(best)) best <- m
  best
}
gls_control <- glsControl(maxIter = 1000, msMaxIter = 5000, tolerance = 1e-12, opt = "optim", optimMethod = "BFGS", msTol = 1e-15)
# gls takes no tolerance for nlminb: start from the default optimum and go on with optim
gls_twice <- function(fixed, d, method) {
  m <- gls(fixed, d, weights = by_scanner, method = method)
  for (k in 1:4) { delta <- coef(m$modelStruct$varStruct, unconstrained = FALSE)
    m <- gls(fixed, d, weights = varIdent(value = delta, form = ~ 1 | scanner), method = method, control = gls_control) }
  m
}
by_scanner <- varIdent(form = ~ 1 | scanner)

# coef(..., unconstrained = FALSE) leaves the reference out; the reference of nlme is the first
# level in the data, ours the first sorted one: both are written relative to the sorted first
ratios <- function(m) {
  delta <- coef(m$modelStruct$varStruct, unconstrained = FALSE, allCoef = TRUE)
  delta[order(names(delta))]
}
one <- function(data, method, d, fixed, random, ours) {
  d <- d[!is.na(d$y), ]
  m <- if (is.null(random)) gls_twice(fixed, d, method)
    else tight_lme(fixed, d, random, method)
  delta <- ratios(m)
  sigma <- unname(m$sigma * delta[1])
  beta <- if (is.null(random)) coef(m) else fixef(m)
  blocks <- if (is.null(random)) list() else lapply(as.list(m$modelStruct$reStruct), function(block) as.matrix(block) * m$sigma^2)
  list(data = data, formula = ours, reml = method == "REML", log_likelihood = as.numeric(logLik(m)),
    df = attr(logLik(m), "df"), AIC = AIC(m), coefficients = names(beta), beta = unname(beta),
    se = unname(sqrt(diag(vcov(m)))), sigma = sigma, delta = as.list(delta / delta[1]), covariances = blocks,
    fitted_head = unname(head(fitted(m), 12)), residual_head = unname(head(residuals(m, type = "pearson"), 12)), rows = nrow(d))
}
cases <- list()
case <- function(name, data, fixed = y ~ age + sex, random = NULL, ours, methods = c("REML", "ML")) {
  d <- read.csv(file.path(out, paste0(data, ".csv")))
  for (method in methods) cases[[paste(name, tolower(method), sep = "_")]] <<- one(data, method, d, fixed, random, ours)
}
keep <- function(name, d) write.csv(d, file.path(out, paste0(name, ".csv")), row.names = FALSE, na = "")

keep("seven", simulate(4, 40, 2, c(1, 2, .7, 1.5, 1.2, .8, 2.5, 1)))
strong <- simulate(6, 25, 1, 1, twice = 0); strong$scanner <- ifelse(strong$site %in% c("site1", "site2", "site3"), "old", "new")
strong$y <- strong$y + rnorm(nrow(strong), 0, ifelse(strong$scanner == "old", 4, 1) * .4); strong$y <- signif(strong$y, 8)
keep("strong", strong)
keep("equal", simulate(5, 30, 1, 1))
keep("unbalanced", simulate(5, c(6, 12, 25, 60, 110), 1, c(1, .5, 2, 1.3, .8), twice = .8))
missing <- simulate(4, 35, 2, c(1, 3, 1, 2)); missing$y[sample(nrow(missing), 40)] <- NA
keep("missing", missing)
keep("slope", simulate(8, 30, 1, c(1, 1.6, .6), slope = .2, sd = c(site = .3, subject = 0, noise = .4)))

case("site", "seven", random = ~ 1 | site, ours = "age + sex + (1 | site)")
case("site_subject", "seven", random = ~ 1 | site/subject, ours = "age + sex + (1 | site/subject)")
case("site_scanner", "seven", random = ~ 1 | site/scanner, ours = "age + sex + (1 | site/scanner)")
case("gls", "seven", fixed = y ~ age + sex + site, ours = "age + sex + site")
case("strong", "strong", random = ~ 1 | site, ours = "age + sex + (1 | site)")
case("strong_gls", "strong", ours = "age + sex")
case("equal", "equal", random = ~ 1 | site/subject, ours = "age + sex + (1 | site/subject)")
case("unbalanced", "unbalanced", random = ~ 1 | site/subject, ours = "age + sex + (1 | site/subject)")
case("unbalanced_subject", "unbalanced", fixed = y ~ age * sex + site, random = ~ 1 | subject, ours = "age * sex + site + (1 | subject)")
case("missing", "missing", random = ~ 1 | site/subject, ours = "age + sex + (1 | site/subject)")
case("slope", "slope", random = ~ I(age / 10 - 5) | site, fixed = y ~ I(age / 10 - 5) + sex, ours = "I(age / 10 - 5) + sex + (1 + I(age / 10 - 5) | site)")
write_json(list(versions = versions, cases = cases), file.path(out, "numbers.json"), digits = NA, auto_unbox = TRUE, pretty = TRUE)
