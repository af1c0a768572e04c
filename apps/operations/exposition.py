"""GET /metrics in Prometheus' format: what was counted, and what PostgreSQL, Valkey and the disk say at this moment."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator, Mapping

import redis
from django.db import Error
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.registry import Collector

from ttsplatform.counting import COUNTED, Counted, counted, flush

from . import gauges

logger = logging.getLogger(__name__)

_SOURCES: Mapping[str, Callable[[], list[gauges.Gauge]]] = {
    "database": gauges.of_database,
    "valkey": gauges.of_valkey,
    "storage": gauges.of_storage,
}


def exposition() -> bytes:
    """The page. A source that does not answer leaves its metrics out, and says so in tts_source_up."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Platform())
    return generate_latest(registry)


class _Platform(Collector):
    def collect(self) -> Iterable[Metric]:
        up = GaugeMetricFamily(
            "tts_source_up", "Whether what the metrics come from answers.", labels=["source"]
        )
        for name, source in _SOURCES.items():
            try:
                found = source()
                if name == "valkey":
                    flush()
                    yield from _counted_families()
            except (Error, redis.RedisError, OSError):
                logger.warning("metrics are incomplete", extra={"source": name}, exc_info=True)
                up.add_metric([name], 0)
                continue
            up.add_metric([name], 1)
            yield from map(_gauge_family, found)
        yield up


def _gauge_family(gauge: gauges.Gauge) -> Metric:
    family = GaugeMetricFamily(gauge.name, gauge.help, labels=list(gauge.labels))
    for values, amount in sorted(gauge.values.items()):
        family.add_metric(list(values), amount)
    return family


def _counted_families() -> Iterator[Metric]:
    for name, sums in counted().items():
        what = COUNTED[name]
        yield _histogram(name, what, sums) if what.buckets else _counter(name, what, sums)


def _counter(name: str, what: Counted, sums: Mapping[tuple[str, ...], float]) -> Metric:
    family = CounterMetricFamily(name, what.help, labels=list(what.labels))
    for values, amount in sorted(sums.items()):
        family.add_metric(list(values), amount)
    return family


def _histogram(name: str, what: Counted, sums: Mapping[tuple[str, ...], float]) -> Metric:
    family = HistogramMetricFamily(name, what.help, labels=list(what.labels))
    bounds = [*(f"{bound:g}" for bound in what.buckets), "+Inf"]
    for values in sorted({key[:-1] for key in sums}):
        below, buckets = 0.0, []
        for bound in bounds:
            below += sums.get((*values, bound), 0.0)
            buckets.append((bound, below))
        family.add_metric(list(values), buckets, sums.get((*values, "sum"), 0.0))
    return family
