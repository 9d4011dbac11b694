"""A model as fitted: its values, its specification, its fits."""
