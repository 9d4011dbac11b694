# lme4's times for speed.py:  Rscript speed.R regions|joint DIRECTORY REPEATS
# reads DIRECTORY/<task>.csv and DIRECTORY/<task>.json, writes DIRECTORY/<task>_lme4.json
suppressPackageStartupMessages({library(lme4); library(jsonlite)})
words <- commandArgs(TRUE)
task <- words[1]; place <- words[2]; repeats <- as.integer(words[3])
table <- read.csv(file.path(place, paste0(task, ".csv")), stringsAsFactors = TRUE)
asked <- read_json(file.path(place, paste0(task, ".json")), simplifyVector = TRUE)
cpu <- function(expression) { t <- system.time(expression, gcFirst = TRUE); c(t[["user.self"]] + t[["sys.self"]], t[["elapsed"]]) }
quiet <- function(expression) suppressMessages(suppressWarnings(expression))

# One set-up for all regions. lmer's own path is lFormula -> mkLmerDevfun -> optimizeLmer -> mkMerMod.
# mkLmerDevfun returns a function of theta whose environment holds pp (the predictors: X, Zt, Lambdat)
# and resp (the response). Of these only resp knows y, so that resp$setResp(y) is all that a new
# region needs; X, Zt and the symbolic factorisation stay. optimizeLmer starts at pp$theta, where the
# region before ended, unless start is given: here every region starts where mkLmerDevfun did.
# mkMerMod takes y from resp, not from the frame. (refit() is not used: its overhead is larger.)
shared <- function(outcomes, estimates) {
  formula <- as.formula(paste(outcomes[1], "~", asked$formula))
  parts <- lFormula(formula, table, REML = TRUE)
  devfun <- do.call(mkLmerDevfun, parts)
  rho <- environment(devfun); start <- rho$pp$theta
  sapply(outcomes, function(outcome) {
    rho$resp$setResp(table[[outcome]])
    found <- optimizeLmer(devfun, start = start)
    if (estimates) fit <- mkMerMod(rho, found, parts$reTrms, fr = parts$fr)
    found$fval })
}
fresh <- function(outcomes) sapply(outcomes, function(outcome)
  REMLcrit(lmer(as.formula(paste(outcome, "~", asked$formula)), table)))
timed <- function(f) {
  times <- replicate(repeats, cpu(value <<- quiet(f())))
  list(cpu = apply(times, 1, median)[1], wall = apply(times, 1, median)[2], criterion = value)
}
result <- list(made_with = paste(R.version.string, "lme4", packageVersion("lme4")))
if (task == "regions") {
  result$shared <- timed(function() shared(asked$outcomes, FALSE))
  result$shared_with_estimates <- timed(function() shared(asked$outcomes, TRUE))
  result$fresh <- timed(function() fresh(asked$outcomes))
} else {
  formula <- as.formula(paste("bp ~", asked$formula))
  result$lmer <- timed(function() REMLcrit(lmer(formula, table)))
  # the same model with age standardised by hand; X changes, and the criterion by this constant
  size <- sd(table$age); table$age <- (table$age - mean(table$age)) / size
  result$standardised <- timed(function() REMLcrit(lmer(formula, table)) + 2 * log(size))
}
write_json(result, file.path(place, paste0(task, "_lme4.json")), digits = NA, auto_unbox = TRUE)
