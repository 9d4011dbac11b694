# Makes many_regions.csv and the expected_*.csv of this folder from it and
# ../harmonisation/cross_sectional.csv.
#
#   Rscript make_expected.R [folder to write to, default: this one]
#
# Needs R >= 4.2 and sva 3.46 (Debian: r-bioc-sva; Bioconductor: sva). ComBatFamily 0.2.1
# (github.com/andy1764/ComBatFamily) is used where it is installed; its file is kept as it is
# otherwise.
#
# *_ComBatFamily.csv   covfam() as published
# *_sva.csv            sva's ComBat as published, then Chen et al. 2022 written out below
# *_sva_converged.csv  the same, sva's internal iteration carried to 1e-12

suppressMessages(library(sva))
out <- c(commandArgs(trailingOnly = TRUE), ".")[1]

scans <- read.csv("../harmonisation/cross_sectional.csv",
                  colClasses = c(id = "character", site = "character"))
regions <- grep("^r[0-9]+$", names(scans), value = TRUE)

# 44 scans of 60 regions at 5 sites: fewer scans than regions, another covariance at each site
set.seed(7)
site <- rep(c("A", "B", "C", "D", "E"), c(12, 10, 9, 7, 6))
factors <- matrix(rnorm(44 * 3), 44)
strength <- 1 + outer(match(site, LETTERS) - 3, c(0.3, -0.2, 0), "*")
wide <- (factors * strength) %*% matrix(rnorm(180), 3) + rnorm(5, 0, 0.7)[match(site, LETTERS)] +
  matrix(rnorm(44 * 60, 0, 0.6), 44)
wide <- data.frame(site, age = round(runif(44, 40, 80), 1), round(wide, 5))
names(wide)[-(1:2)] <- sprintf("r%02d", 1:60)
write.csv(wide, file.path(out, "many_regions.csv"), row.names = FALSE, quote = FALSE)

write_expected <- function(values, name) {
  write.csv(format(as.data.frame(values), digits = 15, trim = TRUE),
            file.path(out, paste0("expected_", name, ".csv")), row.names = FALSE, quote = FALSE)
}

# Mean of all scans, or of the reference batch, at each scan's covariates
expected_values <- function(values, batch, mod, reference) {
  batch <- factor(batch)
  design <- cbind(model.matrix(~ 0 + batch), mod)
  beta <- qr.coef(qr(design), values)
  at <- if (is.null(reference)) table(batch) / length(batch) else levels(batch) == reference
  design[, seq_len(nlevels(batch))] <- rep(as.numeric(at), each = length(batch))
  design %*% beta
}

covbat <- function(table, regions, preserve = NULL, reference = NULL) {
  values <- as.matrix(table[regions])
  mod <- if (!is.null(preserve)) model.matrix(preserve, table)
  harmonised <- t(suppressMessages(ComBat(t(values), table$site, mod, ref.batch = reference)))
  expected <- expected_values(values, table$site, mod[, -1], reference)
  pca <- prcomp(harmonised - expected, center = TRUE, scale. = TRUE)
  k <- which(cumsum(pca$sdev^2) / sum(pca$sdev^2) > 0.95)[1]
  scores <- pca$x
  for (component in seq_len(k)) {
    s <- scores[, component]
    mean_of <- ave(s, table$site)
    sd_of <- ave(s, table$site, FUN = sd)
    within <- if (is.null(reference)) TRUE else table$site == reference
    overall <- if (is.null(reference)) 0 else mean(s[within])
    pooled <- sqrt(mean((s - mean_of)[within]^2))
    aligned <- overall + (s - mean_of) / sd_of * pooled
    if (!is.null(reference)) aligned[within] <- s[within]
    scores[, component] <- aligned
  }
  back <- sweep(scores %*% t(pca$rotation), 2, pca$scale, "*")
  expected + sweep(back, 2, pca$center, "+")
}

write_all <- function(suffix) {
  preserve <- ~ age + sex + group
  write_expected(covbat(scans, regions, preserve), paste0("covbat", suffix))
  write_expected(covbat(scans, regions), paste0("no_covariates", suffix))
  write_expected(covbat(scans, regions, preserve, "A"), paste0("reference_A", suffix))
  write_expected(covbat(scans, regions[1:2], preserve), paste0("two_regions", suffix))
  write_expected(covbat(wide, names(wide)[-(1:2)], ~ age), paste0("many_regions", suffix))
}

write_all("_sva")
it_sol <- sva:::it.sol
formals(it_sol)$conv <- 1e-12
assignInNamespace("it.sol", it_sol, "sva")
write_expected(covbat(scans, regions, ~ age + sex + group), "covbat_sva_converged")
write_expected(covbat(wide, names(wide)[-(1:2)], ~ age), "many_regions_sva_converged")

if (requireNamespace("ComBatFamily", quietly = TRUE)) {
  fit <- ComBatFamily::covfam(scans[regions], factor(scans$site), scans[c("age", "sex", "group")],
                              lm, y ~ age + sex + group)
  write_expected(fit$dat.covbat, "covbat_ComBatFamily")
}
