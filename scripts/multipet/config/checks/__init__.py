"""Cross checks of a config and its tables, before any job."""
