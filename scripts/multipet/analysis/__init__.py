"""A study's models and contrasts: what is fitted, asked, checked and tabulated."""
