"""The shared vocabulary: pure, no I/O, no clock, no randomness."""
