"""What two looks at the sums tell."""

from __future__ import annotations

import pytest

from apps.operations.charts import chart
from apps.operations.rates import (
    Sample,
    by_first,
    earlier,
    gained,
    minutes_between,
    quantile,
    real_time_factors,
)


def sample(at: float, **sums: dict[str, float]) -> Sample:
    return Sample(at, sums, {})


def test_what_grew_between_two_looks() -> None:
    before = sample(0, requests={"2xx": 10}, errors={})
    after = sample(60, requests={"2xx": 25, "5xx": 1}, errors={"not_found": 2})
    assert gained(before, after) == {"requests": {"2xx": 15, "5xx": 1}, "errors": {"not_found": 2}}
    assert minutes_between(before, after) == 1


@pytest.mark.parametrize("after", [{"2xx": 4.0, "4xx": 9.0}, {"4xx": 9.0}])
def test_sums_that_went_back_or_away_began_anew(after: dict[str, float]) -> None:
    before = sample(0, requests={"2xx": 10, "4xx": 8})
    assert gained(before, sample(60, requests=after)) == {"requests": after}


def test_no_rate_over_a_gap_or_back_in_time() -> None:
    assert minutes_between(sample(0), sample(600)) is None
    assert minutes_between(sample(60), sample(60)) is None
    assert minutes_between(sample(60), sample(0)) is None
    assert earlier([sample(0), sample(60), sample(110)], sample(120)) == sample(60)
    assert earlier([sample(0)], sample(600)) is None
    assert earlier([], sample(600)) is None


def test_quantiles_lie_evenly_within_their_bucket() -> None:
    buckets = {"0.1": 50, "0.2": 40, "+Inf": 10, "sum": 99}
    assert quantile(buckets, 0.5) == pytest.approx(0.1)
    assert quantile(buckets, 0.7) == pytest.approx(0.15)
    assert quantile(buckets, 0.95) == pytest.approx(0.2)
    assert quantile({"0.1": 0, "sum": 0}, 0.5) is None
    assert quantile({}, 0.5) is None
    # In whatever order they come: "10" is more than "2.5".
    assert quantile({"10": 1, "2.5": 1, "+Inf": 0}, 0.99) == pytest.approx(9.85)


def test_histograms_by_label_and_factors() -> None:
    assert by_first({"speech-cpu 0.5": 1, "tools +Inf": 2}) == {
        "speech-cpu": {"0.5": 1},
        "tools": {"+Inf": 2},
    }
    gain = {"busy": {"kokoro": 5.0, "piper": 1.0}, "audio": {"kokoro": 20.0, "piper": 0.0}}
    assert real_time_factors(gain) == {"kokoro": 0.25}


def test_a_line_breaks_at_a_gap_and_a_lone_value_is_a_dot() -> None:
    drawn = chart({"a": [(0, 1.0), (0.5, 2.0), (0.7, None), (1, 0.0)], "b": []}, "s", 1)
    (first, second) = drawn.lines
    assert first.path.count("M") == 2
    assert first.path.count("L") == 1
    assert first.path.endswith("h0.1")
    assert (first.now, second.now, drawn.top) == ("0.0 s", "–", "2.0 s")
    assert not drawn.is_empty
    assert chart({"a": [(0, None)]}).is_empty
