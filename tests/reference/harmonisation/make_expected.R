# Makes the expected_*.csv of this folder from cross_sectional.csv and
# cross_sectional_missing_values.csv (simulated: 200 scans, 4 sites, 20 regions, 60 cells missing).
#
#   Rscript make_expected.R [folder to write to, default: this one]
#
# Needs R >= 4.2 and sva 3.46 (Debian: r-bioc-sva; Bioconductor: sva). neuroCombat (R, 1.0.14,
# github.com/Jfortin1/neuroCombat_Rpackage) is used where it is installed; its file is kept
# as it is otherwise.
#
# *_sva.csv            sva::ComBat as published: its iteration stops at a relative change of 1e-4
# *_sva_converged.csv  the same with its internal it.sol() iterated to 1e-12
# *_lm.csv             no empirical Bayes, written out with lm() and sd() alone
# All preserve age + sex + group unless the name says otherwise.

suppressMessages(library(sva))
out <- c(commandArgs(trailingOnly = TRUE), ".")[1]

scans <- read.csv("cross_sectional.csv", colClasses = c(id = "character", site = "character"))
regions <- grep("^r[0-9]+$", names(scans), value = TRUE)
complete <- t(as.matrix(scans[regions]))
missing <- t(as.matrix(read.csv("cross_sectional_missing_values.csv", header = FALSE)))
rownames(missing) <- regions
preserved <- model.matrix(~ age + sex + group, scans)
stopifnot(packageVersion("sva") >= "3.46", sum(is.na(missing)) == 60)

write_expected <- function(values, name) {
  write.csv(t(values), file.path(out, paste0("expected_", name, ".csv")),
            row.names = FALSE, quote = FALSE)
}

combat <- function(values, mod = preserved, ...) {
  suppressMessages(ComBat(dat = values, batch = scans$site, mod = mod, ...))
}

# Location and scale without shrinkage, region by region. The grand mean weights the sites by all
# their scans; the pooled variance divides by the number of values (neuroCombat's convention).
no_eb_by_lm <- function(values) {
  weight <- table(scans$site) / nrow(scans)
  harmonised <- apply(values, 1, function(y) {
    fit <- lm(y ~ 0 + site + age + sex + group, scans, na.action = na.exclude)
    site_mean <- coef(fit)[paste0("site", names(weight))]
    covariates <- as.vector(preserved[, -1] %*% coef(fit)[c("age", "sex", "group")])
    expected <- sum(weight * site_mean) + covariates
    pooled_sd <- sqrt(mean(resid(fit)^2, na.rm = TRUE))
    site_sd <- ave(resid(fit), scans$site, FUN = function(e) sd(e, na.rm = TRUE))
    expected + resid(fit) / site_sd * pooled_sd
  })
  t(harmonised)
}

write_expected(combat(complete), "combat_eb_sva")
write_expected(combat(complete, mod = NULL), "combat_no_covariates_sva")
write_expected(combat(complete, ref.batch = "A"), "combat_reference_A_sva")
write_expected(combat(missing), "combat_missing_values_sva")
write_expected(combat(complete, mean.only = TRUE), "combat_mean_only_sva")
write_expected(combat(complete, par.prior = FALSE), "combat_nonparametric_sva")
write_expected(combat(complete, par.prior = FALSE, ref.batch = "A"),
               "combat_nonparametric_reference_A_sva")
write_expected(combat(complete, par.prior = FALSE, mean.only = TRUE),
               "combat_nonparametric_mean_only_sva")
write_expected(combat(missing, par.prior = FALSE), "combat_nonparametric_missing_values_sva")
write_expected(combat(missing, par.prior = FALSE, ref.batch = "A"),
               "combat_nonparametric_missing_values_reference_A_sva")
write_expected(no_eb_by_lm(complete), "combat_no_eb_lm")
write_expected(no_eb_by_lm(missing), "combat_no_eb_missing_values_lm")

if (requireNamespace("neuroCombat", quietly = TRUE)) {
  no_eb <- neuroCombat::neuroCombat(complete, batch = scans$site, mod = preserved, eb = FALSE,
                                    verbose = FALSE)
  write_expected(no_eb$dat.combat, "combat_no_eb_neuroCombat")
}

it_sol <- sva:::it.sol
formals(it_sol)$conv <- 1e-12
assignInNamespace("it.sol", it_sol, "sva")
write_expected(combat(complete), "combat_eb_sva_converged")
write_expected(combat(complete, mod = NULL), "combat_no_covariates_sva_converged")
write_expected(combat(complete, ref.batch = "A"), "combat_reference_A_sva_converged")
write_expected(combat(complete, ref.batch = "D"), "combat_reference_D_sva_converged")
write_expected(combat(missing), "combat_missing_values_sva_converged")
write_expected(combat(missing, ref.batch = "A"),
               "combat_missing_values_reference_A_sva_converged")
