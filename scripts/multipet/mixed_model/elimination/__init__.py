"""Random effects eliminated: the largest factor level by level, the others part by part."""
