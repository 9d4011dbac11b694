"""What everything rests on: problems, findings, files, tables and their columns."""
