# Influence of single people on the fixed effects, by lme4's influence(): every person left out and
# the model fitted anew, variances included. Run here: Rscript numbers.R
suppressMessages(library(lme4))
scans <- read.csv("../heterogeneity/scans.csv", colClasses = c(participant_id = "character"))
scans$sex <- factor(scans$sex, levels = c("F", "M"))
scans$group <- factor(scans$group, levels = c("control", "patient"))
tight <- lmerControl(optimizer = "bobyqa", optCtrl = list(rhoend = 1e-10, maxfun = 1e5))
formula <- caudate ~ age + sex + group + (1 | participant_id) + (1 | site) + (1 | scanner)
fit <- lmer(formula, data = scans, control = tight)
left <- suppressMessages(influence(fit, groups = "participant_id", data = scans))
changes <- -dfbeta(left)  # lme4 has "without" minus "with"
cooks <- cooks.distance(left)
people <- rownames(changes)
table <- data.frame(participant_id = people, changes, cooks = cooks, check.names = FALSE)
names(table) <- c("participant_id", "intercept", "age", "sex", "group", "cooks_distance")
options(digits = 12)
write.csv(format(table, digits = 10), "numbers.csv", row.names = FALSE, quote = FALSE)
cat(R.version.string, "lme4", as.character(packageVersion("lme4")), "\n")
