"""The figures of one harmonisation."""
