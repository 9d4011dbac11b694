# Reference numbers for the checks of a harmonisation; see README.md. Base R alone.
scans <- read.csv("scans.csv")
lines <- c(paste("#", R.version.string), "region,quantity,value")
add <- function(region, quantity, value) {
  lines <<- c(lines, sprintf("%s,%s,%.15g", region, quantity, value))
}
for (region in c("r0", "r1", "r2")) {
  known <- scans[!is.na(scans[[region]]), ]
  known$y <- known[[region]]
  # tests: the first scan of a person in each site
  first <- scans[!duplicated(scans[c("participant_id", "site")]), ]
  first <- first[!is.na(first[[region]]), ]
  first$y <- first[[region]]
  full <- lm(y ~ site + age + group, first)
  test <- anova(lm(y ~ age + group, first), full)
  add(region, "f", test$F[2])
  add(region, "p", test[["Pr(>F)"]][2])
  add(region, "partial", test[["Sum of Sq"]][2] / test$RSS[1])
  e <- residuals(full)
  d <- abs(e - ave(e, first$site, FUN = median))
  spread <- anova(lm(d ~ first$site))
  add(region, "bf", spread[["F value"]][1])
  add(region, "bf_p", spread[["Pr(>F)"]][1])
  killeen <- fligner.test(e, factor(first$site))
  add(region, "fk", unname(killeen$statistic))
  add(region, "fk_p", killeen$p.value)
  sds <- tapply(e, first$site, sd)
  add(region, "ratio", max(sds) / min(sds))
  # effects: all scans, clustered by person
  model <- lm(y ~ site + age + group, known)
  X <- model.matrix(model)
  bread <- solve(crossprod(X))
  scores <- rowsum(X * residuals(model), known$participant_id)
  g <- nrow(scores); n <- nrow(X)
  V <- bread %*% crossprod(scores) %*% bread * g / (g - 1) * (n - 1) / (n - ncol(X))
  for (name in c("age", "grouppatient")) {
    add(region, name, coef(model)[[name]])
    add(region, paste0(name, "_se"), sqrt(V[name, name]))
  }
  # repeated scans within a site
  twice <- known[ave(known$y, known$participant_id, known$site, FUN = length) > 1, ]
  one_way <- anova(lm(y ~ participant_id, twice))
  ms <- one_way[["Mean Sq"]]; df <- one_way$Df
  icc <- function(f) (f - 1) / (f + 1)
  add(region, "icc", icc(ms[1] / ms[2]))
  add(region, "icc_low", icc(ms[1] / ms[2] / qf(0.975, df[1], df[2])))
  add(region, "icc_high", icc(ms[1] / ms[2] * qf(0.975, df[2], df[1])))
  add(region, "sd", sqrt(ms[2]))
}
writeLines(lines, "expected.csv")
