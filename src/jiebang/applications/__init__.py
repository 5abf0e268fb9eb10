"""Teams, materials, submission, formal check."""
