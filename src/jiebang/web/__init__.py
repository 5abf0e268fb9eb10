"""One file per HTTP concern; knows no slice."""
