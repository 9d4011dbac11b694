"""The chips of a page: what was checked, and what was found."""
