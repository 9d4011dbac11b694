# The best criterion that lme4 finds for each stress set.
#   python stress_sets.py DIRECTORY; Rscript reference.R DIRECTORY stress.json
# best: the lowest of bobyqa (minqa), Nelder_Mead (lme4), BOBYQA of NLopt and L-BFGS-B, each with
#       tight tolerances, on the data as they are and on rescaled variables (which gives the same
#       criterion but for a constant, subtracted here). best_raw: on the data as they are.
# default: what lmer() gives without any setting.
suppressPackageStartupMessages({library(lme4); library(jsonlite)})
words <- commandArgs(TRUE); place <- words[1]
sets <- read_json(file.path(place, "sets.json"))
tight <- function(optimizer, ...) lmerControl(optimizer = optimizer, calc.derivs = FALSE, optCtrl = list(...))
controls <- list(
  bobyqa = tight("bobyqa", maxfun = 1e5, rhoend = 1e-10),
  Nelder_Mead = tight("Nelder_Mead", maxfun = 1e5, FtolAbs = 1e-11, FtolRel = 1e-15, XtolRel = 1e-10),
  nloptwrap = tight("nloptwrap", maxeval = 1e5, xtol_abs = 1e-10, ftol_abs = 1e-11),
  lbfgsb = tight("optimx", method = "L-BFGS-B", factr = 10))
criterion <- function(one, table, control) tryCatch({
  fit <- suppressMessages(suppressWarnings(lmer(as.formula(one$formula), table, REML = one$reml, control = control)))
  c(-2 * as.numeric(logLik(fit)), isSingular(fit)) }, error = function(e) c(Inf, NA))
rescaled <- function(one, table) {
  constant <- 0
  for (name in names(one$rescale)) {
    size <- sd(table[[name]]); middle <- if (one$rescale[[name]] == "centre") mean(table[[name]]) else 0
    table[[name]] <- (table[[name]] - middle) / size
    # det of the change of X: the variable and its interaction with group, where there is one
    columns <- if (grepl(paste(name, "*"), one$formula, fixed = TRUE)) 2 else 1
    if (one$reml) constant <- constant + 2 * columns * log(size) }
  list(table = table, constant = constant) }

numbers <- lapply(seq_along(sets), function(k) {
  one <- sets[[k]]
  table <- read.csv(file.path(place, paste0(k - 1, ".csv")), stringsAsFactors = TRUE)
  raw <- sapply(controls, function(control) criterion(one, table, control))
  other <- rescaled(one, table)
  inside <- if (length(one$rescale)) sapply(controls, function(control) criterion(one, other$table, control)) else raw
  inside[1, ] <- inside[1, ] + if (length(one$rescale)) other$constant else 0
  both <- cbind(raw, inside); best <- which.min(both[1, ])
  list(kind = one$kind, bp_total = one$bp_total, best = both[[1, best]], best_raw = min(raw[1, ]),
       default = criterion(one, table, lmerControl())[1], singular = both[[2, best]] == 1) })
write_json(list(made_with = paste(R.version.string, "lme4", packageVersion("lme4")), sets = numbers),
           words[2], digits = NA, auto_unbox = TRUE)
cat(length(numbers), "sets, singular", sum(sapply(numbers, function(x) x$singular)), "\n")
