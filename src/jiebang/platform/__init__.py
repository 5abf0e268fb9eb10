"""Adapters to everything outside the process."""
