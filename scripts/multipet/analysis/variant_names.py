"""What the sensitivity analyses of a contrast are called, in its table and its report."""

SITE_FIXED = "site fixed"
SITE_RANDOM = "site random"
RESIDUAL_COMMON = "residual alike"
RAW_VALUES = "raw values"
SITE_MEANS = "site means"
SITE_MEANS_ADDED = "site means added"
VARYING = "effect varies by site"
