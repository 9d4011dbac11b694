"""The page of one harmonisation."""
