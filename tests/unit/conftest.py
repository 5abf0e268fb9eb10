"""Property tests are the same in every run; a busy machine is no failure. The long runs choose their own settings."""

from hypothesis import settings

settings.register_profile("unit", derandomize=True, deadline=None)
settings.load_profile("unit")
