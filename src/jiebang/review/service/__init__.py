"""Use cases of review: `pool` and `draws` (member, officer), `desk` (reviewer alone), `scoring` (officer)."""
