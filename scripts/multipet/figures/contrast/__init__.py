"""The figures of one contrast."""
