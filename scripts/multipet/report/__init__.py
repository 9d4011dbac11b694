"""The report: one self-contained HTML page a contrast, and their index. Formats, never computes."""
