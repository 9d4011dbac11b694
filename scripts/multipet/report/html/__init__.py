"""The building blocks of a page."""
