"""Probes, for the documentation."""

from __future__ import annotations

from ttsplatform.describing import Described, Operation, shown

from .checks import CHECKS

OK = {"ok": True, "ms": 1.2}

DESCRIBED: Described = {
    "healthz": {
        "GET": Operation(
            "platform",
            "Is the web server there?",
            (shown({"status": "ok"}),),
            "It asks nobody else.",
            key="none",
        )
    },
    "readyz": {
        "GET": Operation(
            "platform",
            "Is everything there?",
            (
                shown({"status": "ready", "checks": dict.fromkeys(CHECKS, OK)}),
                shown(
                    {
                        "status": "not_ready",
                        "checks": {
                            "workers": {
                                "ok": False,
                                "ms": 1.2,
                                "problem": "no worker serves tools",
                                "remedy": CHECKS["workers"].remedy,
                            }
                        },
                    },
                    "Something is missing: `problem` and `remedy` say what.",
                    status=503,
                ),
            ),
            "For load balancers. `/status` says the same in words for customers.",
            key="none",
        )
    },
}
