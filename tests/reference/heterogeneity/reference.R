# Reference numbers of lme4, lmerTest, pbkrtest and emmeans for effects that differ between sites.
# Rscript reference.R OUTDIR writes scans.csv and numbers.json.
suppressPackageStartupMessages({library(lme4); library(lmerTest); library(pbkrtest); library(emmeans); library(jsonlite)})
out <- commandArgs(TRUE)[1]
emm_options(lmerTest.limit = 1e5, pbkrtest.limit = 1e5)

# Six sites, two with two scanners, one to two visits; group 20 to 60 % patients, none at site6;
# the effects of age and group differ between sites.
set.seed(20240611)
rows <- list(); id <- 0
share <- c(.2, .5, .6, .35, .45, 0)
for (s in 1:6) {
  shift <- rnorm(1, 0, .2); slope <- rnorm(1, -.008, .006); effect <- rnorm(1, -.2, .15)
  camera <- rnorm(2, 0, .1)
  for (i in seq_len(14 + 2 * s)) {
    id <- id + 1; person <- rnorm(1, 0, .2); age <- round(runif(1, 20 + 3 * s, 70 + s), 1)
    sex <- sample(c("F", "M"), 1); group <- if (runif(1) < share[s]) "patient" else "control"
    for (v in seq_len(sample(2, 1, prob = c(.4, .6)))) {
      k <- if (s <= 2) sample(2, 1) else 1
      rows[[length(rows) + 1]] <- data.frame(participant_id = sprintf("p%03d", id), session = v,
        site = sprintf("site%d", s), scanner = sprintf("site%d/%s", s, c("A", "B")[k]), age = age, sex = sex,
        group = group, caudate = round(2.6 + slope * (age - 50) + effect * (group == "patient") +
          .1 * (sex == "M") + shift + camera[k] + person + rnorm(1, 0, .12), 4)) } } }
d <- do.call(rbind, rows)
write.csv(d, file.path(out, "scans.csv"), row.names = FALSE)
for (v in c("participant_id", "site", "scanner", "sex", "group")) d[[v]] <- factor(d[[v]])
control <- lmerControl(optimizer = "bobyqa", optCtrl = list(maxfun = 2e5, rhoend = 1e-10), calc.derivs = FALSE)
fit <- function(formula) suppressMessages(lmerTest::lmer(formula, d, control = control))
one <- function(m, name, amount) {
  kr <- coef(summary(m, ddf = "Kenward-Roger"))[name, ]; sat <- coef(summary(m, ddf = "Satterthwaite"))[name, ]
  list(estimate = amount * kr[[1]], se_kr = amount * kr[[2]], df_kr = kr[[3]], p_kr = kr[[5]],
    se = amount * sat[[2]], df_satterthwaite = sat[[3]], singular = isSingular(m)) }
sites <- function(e, amount, column) { e <- as.data.frame(e)
  data.frame(site = as.character(e$site), estimate = amount * e[[column]], se = amount * e$SE, df = e$df) }
f_test <- function(m, pattern) { b <- fixef(m); k <- grep(pattern, names(b)); L <- diag(length(b))[k, , drop = FALSE]
  as.list(contestMD(m, L, ddf = "Kenward-Roger")) }

age <- fit(caudate ~ age * site + sex + group + (1 | participant_id) + (1 | scanner))
group <- fit(caudate ~ group * site + sex + age + (1 | participant_id) + (1 | scanner))
d$x <- (d$age - mean(d$age)) / 10
d$x_mean <- ave(d$x, d$site)
age_slope <- fit(caudate ~ age + sex + group + (1 | participant_id) + (1 | site) + (1 | scanner) + (0 + x | site))
age_means <- fit(caudate ~ age + sex + group + x_mean + (1 | participant_id) + (1 | site) + (1 | scanner))
d$x <- (d$group == "patient") - mean(d$group == "patient")
d$x_mean <- ave(d$x, d$site)
group_slope <- fit(caudate ~ age + sex + group + (1 | participant_id) + (1 | site) + (1 | scanner) + (0 + x | site))
group_means <- fit(caudate ~ age + sex + group + x_mean + (1 | participant_id) + (1 | site) + (1 | scanner))
sd_of <- function(m) { v <- as.data.frame(VarCorr(m)); v$sdcor[!is.na(v$var1) & v$var1 == "x"] }

numbers <- list(
  made_with = paste(R.version.string, "lme4", packageVersion("lme4"), "lmerTest", packageVersion("lmerTest"),
    "pbkrtest", packageVersion("pbkrtest"), "emmeans", packageVersion("emmeans")),
  age = list(
    by_site = sites(emtrends(age, ~ site, var = "age", lmer.df = "kenward-roger"), 10, "age.trend"),
    test = f_test(age, "^age:site"), slope = c(one(age_slope, "age", 10), sd = sd_of(age_slope)),
    site_means = one(age_means, "age", 10)),
  group = list(
    by_site = sites(pairs(emmeans(group, ~ group | site, lmer.df = "kenward-roger"), reverse = TRUE), 1, "estimate"),
    test = f_test(group, "^grouppatient:site"), slope = c(one(group_slope, "grouppatient", 1), sd = sd_of(group_slope)),
    site_means = one(group_means, "grouppatient", 1)))
write_json(numbers, file.path(out, "numbers.json"), digits = NA, auto_unbox = TRUE, pretty = TRUE, na = "null")
cat(format(numbers$group$test), numbers$age$slope$singular, numbers$group$slope$singular, "\n")
