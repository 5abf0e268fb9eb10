"""Which request the work at hand is done for: log lines, jobs and audit entries name it."""

from __future__ import annotations

from contextvars import ContextVar

REQUEST: ContextVar[str] = ContextVar("request", default="")
"""Its id, empty where none wanted it. (Structlog finds the variables that it keeps by going through all there are.)"""
