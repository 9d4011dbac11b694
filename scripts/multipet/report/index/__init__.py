"""The index of a study's reports."""
