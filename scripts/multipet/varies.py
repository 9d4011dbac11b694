"""Where what a contrast compares varies: the words of the column ``varies``."""

WITHIN, BETWEEN, MIXED = "within", "between", "mixed"
