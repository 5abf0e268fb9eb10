"""Mail to people; consumes events only."""
