# Reference numbers of nlme: residual variance by what is compared. Rscript reference.R OUTDIR
suppressPackageStartupMessages({library(nlme); library(jsonlite)})
out <- commandArgs(TRUE)[1]
set.seed(20260302)

# few noisy patients among controls at 4 sites; carriers are quiet; up to `most` scans a person
simulate <- function(people, noise, most, share) {
  person <- sprintf("p%03d", seq_len(people))
  site <- sample(sprintf("site%d", 1:4), people, TRUE)
  group <- sample(names(noise), people, TRUE, share)
  visits <- sample(seq_len(most), people, TRUE)
  d <- data.frame(person = rep(person, visits), site = rep(site, visits), group = rep(group, visits),
    age = rep(round(runif(people, 40, 80), 1), visits), session = unlist(lapply(visits, seq_len)))
  level <- setNames(rnorm(people, 0, if (most > 1) .2 else 0), person)
  at <- setNames(rnorm(4, 0, .25), sprintf("site%d", 1:4))
  d$y <- signif(2 - .01 * d$age + at[d$site] + level[d$person] + rnorm(nrow(d), 0, noise[d$group]), 8)
  d[sample(nrow(d)), ]
}
tables <- list(
  two = simulate(90, c(control = .1, patient = .5), 1, c(.85, .15)),
  three = simulate(120, c(carrier = .08, control = .15, patient = .45), 1, c(.3, .4, .3)),
  visits = simulate(70, c(control = .1, patient = .35), 3, c(.6, .4)))
for (name in names(tables)) write.csv(tables[[name]], file.path(out, paste0(name, ".csv")), row.names = FALSE)
tables <- lapply(setNames(nm = names(tables)), function(name) read.csv(file.path(out, paste0(name, ".csv"))))
by_group <- varIdent(form = ~ 1 | group)
tight <- lmeControl(maxIter = 1000, msMaxIter = 5000, msMaxEval = 20000, tolerance = 1e-12, niterEM = 200)
gls_control <- glsControl(maxIter = 1000, msMaxIter = 5000, tolerance = 1e-12, opt = "optim", msTol = 1e-15)
again <- function(fixed, d) {  # gls stops early: go on from where it stopped
  m <- gls(fixed, d, weights = by_group)
  for (k in 1:5) m <- gls(fixed, d, control = gls_control,
    weights = varIdent(coef(m$modelStruct$varStruct, unconstrained = FALSE), form = ~ 1 | group))
  m
}
# nlme's first level is the first in the data, ours the first by name
numbers <- function(data, m, ours) {
  delta <- coef(m$modelStruct$varStruct, unconstrained = FALSE, allCoef = TRUE)
  delta <- delta[order(names(delta))]
  beta <- if (inherits(m, "gls")) coef(m) else fixef(m)
  list(data = data, formula = ours, log_likelihood = as.numeric(logLik(m)), beta = unname(beta),
    se = unname(sqrt(diag(vcov(m)))), sigma = unname(m$sigma * delta[1]), delta = as.list(delta / delta[1]))
}
t <- tables
cases <- list(
  gls_two = numbers("two", again(y ~ age + group + site, t$two), "age + group + site"),
  gls_three = numbers("three", again(y ~ age * group + site, t$three), "age * group + site"),
  lme_site = numbers("three", lme(y ~ age + group, t$three, ~ 1 | site, weights = by_group, control = tight),
    "age + group + (1 | site)"),
  lme_person = numbers("visits", lme(y ~ age + group + site, t$visits, ~ 1 | person, weights = by_group, control = tight),
    "age + group + site + (1 | person)"),
  lme_site_person = numbers("visits", lme(y ~ age + group, t$visits, ~ 1 | site / person, weights = by_group, control = tight),
    "age + group + (1 | site / person)"))
versions <- paste(R.version.string, "nlme", packageVersion("nlme"))
write_json(list(versions = versions, cases = cases), file.path(out, "numbers.json"), digits = I(15), auto_unbox = TRUE)
