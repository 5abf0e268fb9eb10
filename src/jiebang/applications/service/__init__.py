"""Use cases of applications: teams, bids, files; the opening and the formal check."""
