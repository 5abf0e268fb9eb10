"""Backups: database and files at one consistent point, encrypted, verified; see docs/operations.md."""


class Damaged(RuntimeError):
    """A backup is not what was written, or its key is another; the message says what, in one sentence."""
