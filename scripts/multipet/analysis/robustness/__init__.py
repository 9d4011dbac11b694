"""How far a contrast rests on what was chosen: sites, people, covariates, straight lines."""
