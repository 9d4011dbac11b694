"""A brain atlas: a label image and the names of its labels, and what is drawn on it."""
