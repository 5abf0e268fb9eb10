"""Piccolo migrations, one folder per slice."""
