"""A contrast estimated: in every region, at every site, and otherwise."""
