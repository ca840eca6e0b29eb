"""What the service counts for Prometheus, over all its workers."""

import os
from collections.abc import Iterable
from time import perf_counter

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from forewarn.labels import Label, ModelInfo
from forewarn.service.settings import COUNTS_FOLDER
from forewarn.taxonomy import SEVERITY_NAMES

# Seconds. An article takes about one thousandth, a full batch some tenths.
_BUCKETS = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0)


class Metrics:
    """Counters of one service.

    Parameters
    ----------
    info : ModelInfo
        The model that answers.
    """

    def __init__(self, info: ModelInfo) -> None:
        self.registry = CollectorRegistry()
        self._requests = Counter(
            "forewarn_requests",
            "Requests answered, by route and status.",
            ["route", "status"],
            registry=self.registry,
        )
        self._seconds = Histogram(
            "forewarn_request_seconds",
            "Time from a request's last header to the end of its answer, by route.",
            ["route"],
            buckets=_BUCKETS,
            registry=self.registry,
        )
        self._severities = Counter(
            "forewarn_articles",
            "Articles labelled, by the severity given.",
            ["severity"],
            registry=self.registry,
        )
        self._refused = Counter(
            "forewarn_articles_refused",
            "Articles that could not be taken, in requests that were.",
            registry=self.registry,
        )
        self._corrections = Counter(
            "forewarn_corrections", "Corrections stored.", registry=self.registry
        )
        model = Gauge(
            "forewarn_model",
            "1 for the model that answers.",
            ["version", "digest"],
            registry=self.registry,
            multiprocess_mode="max",
        )
        model.labels(info.version, info.digest).set(1)
        self._by_severity = [self._severities.labels(name) for name in SEVERITY_NAMES]

    def labelled(self, labels: Iterable[Label]) -> None:
        """Count articles that got a label."""
        for label in labels:
            self._by_severity[label.severity].inc()

    def refused(self) -> None:
        """Count an article that got none."""
        self._refused.inc()

    def corrected(self) -> None:
        """Count a correction."""
        self._corrections.inc()

    def answered(self, route: str, status: int, seconds: float) -> None:
        """Count a request."""
        self._requests.labels(route, status).inc()
        self._seconds.labels(route).observe(seconds)

    def exposition(self) -> bytes:
        """Return all counts in Prometheus' text format, of all workers where there are several."""
        registry = self.registry
        if COUNTS_FOLDER in os.environ:
            registry = CollectorRegistry()
            MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
        return generate_latest(registry)


class Counting:
    """Middleware that counts requests and times them.

    Parameters
    ----------
    app : ASGIApp
    metrics : Metrics
    """

    def __init__(self, app: ASGIApp, *, metrics: Metrics) -> None:
        self.app = app
        self.metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on and count its answer."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        status = 500  # what is answered where nothing is, and no traceback leaves
        since = perf_counter()

        async def send_on(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self.app(scope, receive, send_on)
        finally:
            # The route's own path: what clients ask for has no end of different ones.
            route = getattr(scope.get("route"), "path", "other")
            self.metrics.answered(route, status, perf_counter() - since)
