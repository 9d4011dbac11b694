# Makes the simulated tables of this folder but longitudinal.csv: unbalanced.csv and settled.csv.
#
#   Rscript simulate.R [folder to write to, default: this one]

out <- c(commandArgs(trailingOnly = TRUE), ".")[1]
set.seed(20)
regions <- 8

repeated <- function(people, visits, batch_of, effect_of_time, spread) {
  id <- rep(seq_along(people), visits)
  scans <- data.frame(id = sprintf("p%03d", people[id]), time = sequence(visits) - 1)
  scans$batch <- batch_of(id)
  scans$age <- round(rnorm(length(people), 60, 9)[id] + scans$time, 2)
  scans$group <- ifelse(runif(length(people)) < 0.5, "control", "patient")[id]
  level <- matrix(rnorm(length(people) * regions, 0, spread), ncol = regions)[id, ]
  levels <- sort(unique(scans$batch))
  shift <- matrix(rnorm(length(levels) * regions, 0, 0.1), ncol = regions) +
    rnorm(length(levels), 0, 0.1)
  scale <- matrix(exp(rnorm(length(levels) * regions, 0, 0.15)), ncol = regions) *
    exp(rnorm(length(levels), 0, 0.2))
  b <- match(scans$batch, levels)
  fixed <- 2 - 0.01 * (scans$age - 60) - effect_of_time * scans$time * (scans$group == "patient")
  noise <- matrix(rnorm(nrow(scans) * regions, 0, 0.1), ncol = regions)
  values <- fixed + level + shift[b, ] + scale[b, ] * noise
  colnames(values) <- sprintf("r%02d", seq_len(regions))
  cbind(scans, round(values, 6))[sample(nrow(scans)), ]
}

# 60 people with 1 to 5 scans in 8 batches, 30 cells missing, r08 with hardly a subject effect
visits <- sample(1:5, 60, replace = TRUE)
unbalanced <- repeated(1:60, visits, function(id) sprintf("b%d", sample(8, length(id), TRUE)),
                       0.05, rep(c(0.2, 0.002), c(60 * 7, 60)))
cells <- as.matrix(unbalanced[sprintf("r%02d", seq_len(regions))])
cells[sample(length(cells), 30)] <- NA
unbalanced[colnames(cells)] <- cells
write.csv(unbalanced, file.path(out, "unbalanced.csv"), row.names = FALSE, quote = FALSE)

# 48 people with 3 visits who stay in their batch, one of 4
settled <- repeated(101:148, rep(3, 48),
                    function(id) c("north", "south", "east", "west")[id %% 4 + 1], 0.1, 0.15)
settled$time <- c("first", "second", "third")[settled$time + 1]
write.csv(settled, file.path(out, "settled.csv"), row.names = FALSE, quote = FALSE)
