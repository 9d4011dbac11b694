"""Model formulas in lme4's notation: read, never evaluated."""
