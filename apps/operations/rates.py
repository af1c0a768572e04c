"""What two looks at the platform's sums tell: rates, quantiles, real-time factors. Pure arithmetic."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

Sums = Mapping[str, Mapping[str, float]]
"""name -> label -> amount. Where there are two labels, the last one is the bucket: "speech-cpu 0.5"."""

GAP_SECONDS = 150.0
"""Samples further apart tell nothing of what was between them."""


@dataclass(frozen=True, slots=True)
class Sample:
    """One look. `sums` only grow; `levels` are what was so at that moment. `at`: seconds since 1970."""

    at: float
    sums: Sums
    levels: Sums


def gained(before: Sample, after: Sample) -> dict[str, dict[str, float]]:
    """What each sum grew by.

    Where one of them went back, Valkey had lost them all: then everything that is there came since.
    """
    anew = any(
        after.sums.get(name, {}).get(label, 0.0) < amount
        for name, labels in before.sums.items()
        for label, amount in labels.items()
    )
    return {
        name: {
            label: amount if anew else amount - before.sums.get(name, {}).get(label, 0.0)
            for label, amount in labels.items()
        }
        for name, labels in after.sums.items()
    }


def minutes_between(before: Sample, after: Sample) -> float | None:
    """None where they are no neighbours: too far apart, or not one after the other."""
    seconds = after.at - before.at
    return seconds / 60 if 0 < seconds <= GAP_SECONDS else None


def earlier(samples: Sequence[Sample], now: Sample, *, seconds: float = 45.0) -> Sample | None:
    """The newest of `samples` that is at least so long before `now`, for what is so "at present"."""
    found = [each for each in samples if now.at - each.at >= seconds and minutes_between(each, now)]
    return found[-1] if found else None


def quantile(buckets: Mapping[str, float], share: float) -> float | None:
    """The value that `share` of all are below, evenly spread within a bucket; None where there are none.

    `buckets`: upper bound (or "+Inf") -> how many fell into it, and "sum", which is passed over. What lies beyond the
    last bound is said to be that bound.
    """
    counts = sorted((float(bound), count) for bound, count in buckets.items() if bound != "sum")
    wanted = share * sum(count for _, count in counts)
    if wanted <= 0:
        return None
    below, lower = 0.0, 0.0
    for bound, count in counts:
        if count and below + count >= wanted:
            return lower if bound == float("inf") else lower + (bound - lower) * (wanted - below) / count
        below += count
        lower = bound if bound != float("inf") else lower
    return lower


def by_first(sums: Mapping[str, float]) -> dict[str, dict[str, float]]:
    """Histograms of one label: "speech-cpu 0.5" -> {"speech-cpu": {"0.5": …}}."""
    found: dict[str, dict[str, float]] = {}
    for label, amount in sums.items():
        first, _, bucket = label.rpartition(" ")
        found.setdefault(first, {})[bucket] = amount
    return found


def real_time_factors(gain: Sums) -> dict[str, float]:
    """Seconds of work for each second of sound, by model, where there was sound."""
    busy, audio = gain.get("busy", {}), gain.get("audio", {})
    return {model: busy.get(model, 0.0) / seconds for model, seconds in audio.items() if seconds > 0}
