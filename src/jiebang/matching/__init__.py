"""Deciding mathematics on plain values: pure and replayable."""
