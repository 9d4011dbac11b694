# Reference numbers of clubSandwich: CR2 standard errors with Satterthwaite df. One CSV a table of
# simulated scans, numbers.json with every case. Rscript reference.R OUTDIR
suppressPackageStartupMessages({library(clubSandwich); library(nlme); library(lme4); library(jsonlite)})
out <- commandArgs(TRUE)[1]
set.seed(20260301)

# 1 to 4 visits of people at 4 sites; patients are noisier; people differ in level and slope
simulate <- function(people, sites = 4, most = 4, noise = c(control = .15, patient = .4), slope = .05) {
  person <- sprintf("p%03d", seq_len(people))
  site <- sample(sprintf("site%d", seq_len(sites)), people, TRUE)
  group <- sample(c("control", "patient"), people, TRUE, c(.65, .35))
  age <- round(runif(people, 40, 80), 1)
  visits <- sample(seq_len(most), people, TRUE)
  d <- data.frame(person = rep(person, visits), site = rep(site, visits), group = rep(group, visits),
    age = rep(age, visits), time = unlist(lapply(visits, function(k) seq_len(k) - 1)))
  d$time <- round(d$time + runif(nrow(d), -.2, .2), 2)
  level <- setNames(rnorm(people, 0, .3), person); drift <- setNames(rnorm(people, 0, slope), person)
  at <- setNames(rnorm(sites, 0, .3), sprintf("site%d", seq_len(sites)))
  d$y <- signif(2 - .01 * d$age + at[d$site] + level[d$person] + (drift[d$person] - .03) * d$time +
    rnorm(nrow(d), 0, noise[d$group]), 8)
  d[order(d$site, d$person, d$time), ]  # clubSandwich misplaces the blocks of lme in unsorted rows
}
joint <- function(people, regions) {
  d <- expand.grid(region = sprintf("r%02d", seq_len(regions)), person = sprintf("p%03d", seq_len(people)),
    stringsAsFactors = FALSE)
  age <- setNames(round(runif(people, 40, 80), 1), unique(d$person))
  d$age <- age[d$person]; d$group <- setNames(sample(c("control", "patient"), people, TRUE), unique(d$person))[d$person]
  noise <- setNames(runif(regions, .05, .4), unique(d$region))
  d$y <- signif(1 - .005 * d$age + rnorm(people, 0, .2)[match(d$person, unique(d$person))] +
    rnorm(nrow(d), 0, noise[d$region]), 8)
  d <- d[-sample(nrow(d), 25), ]
  d[sample(nrow(d)), ]
}
tables <- list(visits = simulate(40), single = simulate(60, most = 1), joint = joint(14, 18))
tables$repeated <- tables$visits[ave(tables$visits$time, tables$visits$person, FUN = length) > 1, ]
tables$lone <- within(tables$single, site[1] <- "lone")  # leverage 1
for (name in names(tables)) write.csv(tables[[name]], file.path(out, paste0(name, ".csv")), row.names = FALSE)
tables <- lapply(setNames(nm = names(tables)), function(name) read.csv(file.path(out, paste0(name, ".csv"))))

# columns of Cholesky factors, as lme4 orders them; of several levels, the innermost first
theta_of <- function(fit) {
  if (inherits(fit, "lmerMod")) return(unname(getME(fit, "theta")))
  if (!inherits(fit, "lme")) return(list())
  unlist(lapply(as.list(fit$modelStruct$reStruct), function(block) {
    L <- t(chol(as.matrix(block))); L[lower.tri(L, diag = TRUE)]
  }), use.names = FALSE)
}
ratios <- function(fit) {
  if (is.null(fit$modelStruct$varStruct)) return(NULL)
  delta <- coef(fit$modelStruct$varStruct, unconstrained = FALSE, allCoef = TRUE)
  delta <- delta[order(names(delta))]
  as.list(delta / delta[1])
}
cases <- list()
case <- function(name, data, fit, ours, cluster, residual_by = NULL) {
  d <- tables[[data]]
  robust <- vcovCR(fit, cluster = factor(d[[cluster]]), type = "CR2")
  tests <- coef_test(fit, robust, test = "Satterthwaite")
  L <- diag(length(tests$beta))[-1, , drop = FALSE]
  L <- rbind(L, colSums(L) / 3, L[1, ] - 2 * L[nrow(L), ])
  rows <- linear_contrast(fit, robust, contrasts = L, test = "Satterthwaite")
  cases[[name]] <<- list(data = data, formula = ours, cluster = cluster, residual_by = residual_by,
    theta = theta_of(fit), ratios = if (isS4(fit)) NULL else ratios(fit), rows = L,
    estimate = rows$Est, se = rows$SE, df = rows$df)
}
v <- tables$visits; s <- tables$single; l <- tables$lone; j <- tables$joint; r <- tables$repeated
control <- lmeControl(opt = "optim", maxIter = 500, msMaxIter = 1000)

case("ols_visits", "visits", lm(y ~ age + time * group + site, v), "age + time * group + site", "person")
case("ols_single", "single", lm(y ~ age + group + site, s), "age + group + site", "person")
case("ols_lone_site", "lone", lm(y ~ age + group + site, l), "age + group + site", "person")
case("ols_joint", "joint", lm(y ~ age * group, j), "age * group", "person")
case("ols_by_site", "visits", lm(y ~ age + time, v), "age + time", "site")
case("lme_person", "visits", lme(y ~ age + time * group + site, v, ~ 1 | person, control = control),
  "age + time * group + site + (1 | person)", "person")
case("lme_slopes", "visits", lme(y ~ age + time * group + site, v, ~ 1 + time | person, control = control),
  "age + time * group + site + (1 + time | person)", "person")
case("lme_nested_in_cluster", "visits", lme(y ~ age + time, v, ~ 1 | site / person, control = control),
  "age + time + (1 | site / person)", "site")
# with a variance a group clubSandwich cannot take people with one scan
case("lme_person_by_group", "repeated", lme(y ~ age + time * group + site, r, ~ 1 | person, control = control,
  weights = varIdent(form = ~ 1 | group)), "age + time * group + site + (1 | person)", "person", "group")
case("gls_by_group", "single", gls(y ~ age + group + site, s, weights = varIdent(form = ~ 1 | group)),
  "age + group + site", "person", "group")
case("lmer_person", "visits", lmer(y ~ age + time * group + site + (1 | person), v),
  "age + time * group + site + (1 | person)", "person")
case("lmer_joint", "joint", lmer(y ~ age * group + region + (1 | person), j),
  "age * group + region + (1 | person)", "person")
versions <- paste(R.version.string, "clubSandwich", packageVersion("clubSandwich"), "nlme", packageVersion("nlme"),
  "lme4", packageVersion("lme4"))
write_json(list(versions = versions, cases = cases), file.path(out, "numbers.json"), digits = I(17), auto_unbox = TRUE, null = "null")
