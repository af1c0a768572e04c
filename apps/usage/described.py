"""Where the characters went, for the documentation."""

from __future__ import annotations

from ttsplatform.describing import Described, Operation, fields_of, shown

from .views import UsageQuery

DESCRIBED: Described = {
    "v1/usage/": {
        "GET": Operation(
            "platform",
            "Where the characters went",
            (
                shown(
                    {
                        "balance": 14_963,
                        "plan": "free",
                        "days": 30,
                        "by": "day",
                        "total_characters": 37,
                        "rows": [{"day": "2026-01-15", "characters": 37, "jobs": 1}],
                    },
                    "Rows have `day`, `model` or `service`; or `key`, `name` and `prefix`.",
                ),
            ),
            query=fields_of(
                UsageQuery,
                {"days": "How many days back, today among them.", "by": "What each row stands for."},
            ),
        )
    }
}
