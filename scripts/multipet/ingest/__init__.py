"""From the tables that sites deliver to one pooled table."""
