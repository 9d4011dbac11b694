"""Figures: each function draws a tidy table on an axes or figure; none computes or reads."""
