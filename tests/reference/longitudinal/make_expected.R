# Makes the expected_*.csv of this folder from longitudinal.csv, unbalanced.csv and settled.csv.
#
#   Rscript make_expected.R [folder to write to, default: this one]
#
# Needs R >= 4.2 and lme4. longCombat (github.com/jcbeer/longCombat) is used where it is
# installed; its files are kept as they are otherwise.
#
# *_longCombat.csv  longCombat as published
# *_lmer.csv        Beer et al. 2020 written out below with lmer() searched to 1e-12 and the
#                   empirical Bayes iterated to 1e-14; a missing cell is left out of its region

suppressMessages(library(lme4))
out <- c(commandArgs(trailingOnly = TRUE), ".")[1]

read_scans <- function(name) {
  read.csv(name, colClasses = c(id = "character"))
}

write_expected <- function(values, name) {
  write.csv(format(values, digits = 15, trim = TRUE),
            file.path(out, paste0("expected_", name, ".csv")), row.names = FALSE, quote = FALSE)
}

search <- lmerControl(optimizer = "nloptwrap", calc.derivs = FALSE, check.conv.singular = "ignore",
                      optCtrl = list(xtol_abs = 1e-12, ftol_abs = 1e-14, xtol_rel = 0, ftol_rel = 0,
                                     maxeval = 5000))

# Posterior means of one batch's shifts g and variances d, from n scans a region.
shrink <- function(g, d, n) {
  m <- mean(g); t2 <- var(g); D <- mean(d); S2 <- var(d)
  a <- (2 * S2 + D^2) / S2; b <- (D * S2 + D^3) / S2
  gs <- g; ds <- d
  repeat {
    g_new <- (n * t2 * g + ds * m) / (n * t2 + ds)
    d_new <- (b + ((n - 1) * d + n * (g - g_new)^2) / 2) / (n / 2 + a - 1)
    moved <- max(abs(g_new - gs), abs(d_new - ds))
    gs <- g_new; ds <- d_new
    if (moved < 1e-14) return(list(shift = gs, variance = ds))
  }
}

longitudinal <- function(scans, regions, batch, preserve, method, reference = NULL) {
  labels <- sort(unique(scans[[batch]]))
  weight <- as.vector(table(scans[[batch]])[labels]) / nrow(scans)
  scans$.batch <- factor(scans[[batch]], labels)
  parts <- lapply(regions, function(region) {
    form <- as.formula(paste(region, "~ 0 + .batch +", preserve, "+ (1 | id)"))
    fit <- lmer(form, scans, REML = TRUE, control = search, na.action = na.exclude)
    intercept <- fixef(fit)[paste0(".batch", labels)]
    centre <- sum(weight * intercept)
    if (!is.null(reference)) centre <- intercept[match(reference, labels)]
    shift <- as.vector(intercept - centre)
    residual <- residuals(fit)
    within <- if (is.null(reference)) TRUE else scans$.batch == reference
    sigma <- if (method == "REML" && is.null(reference)) sigma(fit) else
      sqrt(mean(residual[within]^2, na.rm = TRUE))
    b <- as.integer(scans$.batch)
    list(base = fitted(fit) - shift[b], residual = residual, sigma = sigma, shift = shift / sigma,
         variance = tapply(residual / sigma, scans$.batch, var, na.rm = TRUE),
         n = tapply(!is.na(residual), scans$.batch, sum))
  })
  take <- function(name) sapply(parts, `[[`, name)
  shift <- take("shift"); variance <- take("variance"); n <- take("n")
  for (k in seq_along(labels)) {
    left <- !is.null(reference) && labels[k] == reference
    s <- if (left) list(shift = 0, variance = 1) else shrink(shift[k, ], variance[k, ], n[k, ])
    shift[k, ] <- s$shift; variance[k, ] <- s$variance
  }
  harmonised <- sapply(seq_along(regions), function(v) {
    p <- parts[[v]]; b <- as.integer(scans$.batch)
    standard <- p$residual / p$sigma + p$shift[b]
    p$base + p$sigma * (standard - shift[b, v]) / sqrt(variance[b, v])
  })
  colnames(harmonised) <- regions
  harmonised
}

scans <- read_scans("longitudinal.csv")
regions <- grep("^r[0-9]+$", names(scans), value = TRUE)
write_expected(longitudinal(scans, regions, "site", "age + group * time", "REML"), "reml_lmer")
write_expected(longitudinal(scans, regions, "site", "age + group * time", "MSR"), "msr_lmer")
write_expected(longitudinal(scans, regions, "site", "age + group * time", "MSR", "C"),
               "reference_C_lmer")

unbalanced <- read_scans("unbalanced.csv")
regions8 <- grep("^r[0-9]+$", names(unbalanced), value = TRUE)
for (method in c("REML", "MSR")) {
  write_expected(longitudinal(unbalanced, regions8, "batch", "age + group * time", method),
                 paste0("unbalanced_", tolower(method), "_lmer"))
}
write_expected(longitudinal(unbalanced, regions8, "batch", "0", "REML"),
               "unbalanced_nothing_preserved_lmer")

settled <- read_scans("settled.csv")
write_expected(longitudinal(settled, regions8, "batch", "group * time", "REML"), "settled_reml_lmer")

if (requireNamespace("longCombat", quietly = TRUE)) {
  for (method in c("REML", "MSR")) {
    scans$site <- factor(scans$site)
    long <- longCombat::longCombat("id", "time", "site", regions, "age + group * time", "(1|id)",
                                   method = method, data = scans, verbose = FALSE)$data_combat
    long <- long[paste0(regions, ".combat")]
    names(long) <- regions
    write_expected(long, paste0("longitudinal_", tolower(method), "_longCombat"))
  }
}
