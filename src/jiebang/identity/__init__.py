"""People, organisations, roles, sign-in, sessions."""
