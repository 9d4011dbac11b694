"""The page of one contrast."""
