"""Taxonomy, rule sets, calendar, topics."""
