"""What a worker process tells Prometheus."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, start_http_server

_BUCKETS = (0.01, 0.05, 0.1, 0.5, 1.0, 5.0, 10.0, 30.0, 60.0, 300.0, 600.0)


class WorkerMetrics:
    """The process's own registry. Labels hold kinds of jobs, never ids."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._jobs = Counter("jiebang_jobs", "Runs of jobs by outcome", ["kind", "outcome"], registry=self.registry)
        self._seconds = Histogram(
            "jiebang_job_seconds", "Length of a run, in seconds", ["kind"], buckets=_BUCKETS, registry=self.registry
        )
        self.waiting = Gauge("jiebang_outbox_waiting", "Jobs not done and not given up", registry=self.registry)
        self.dead = Gauge("jiebang_outbox_dead", "Jobs given up", registry=self.registry)
        self.oldest = Gauge(
            "jiebang_outbox_oldest_seconds", "Age of the oldest job that is due, in seconds", registry=self.registry
        )
        self.audit_lag = Gauge(
            "jiebang_audit_lag_seconds", "Age of the oldest unchained audit entry, in seconds", registry=self.registry
        )

    def job(self, kind: str, outcome: str, seconds: float) -> None:
        """Count one run."""
        self._jobs.labels(kind, outcome).inc()
        self._seconds.labels(kind).observe(seconds)

    def serve(self, host: str, port: int) -> None:
        """Answer Prometheus there, from a daemon thread."""
        start_http_server(port, host, self.registry)
