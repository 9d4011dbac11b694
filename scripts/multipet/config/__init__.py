"""A study as its config file and tables describe it, checked before anything runs."""
