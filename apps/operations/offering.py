"""The catalogue for staff: what of each model is on this server's disk, who answers for it, and how its pull goes."""

from __future__ import annotations

from dataclasses import dataclass

import redis
from django.conf import settings

from apps.catalog.selectors import models_on_offer
from workers.engines import store
from workers.engines.catalogue import Model, catalogue
from workers.engines.registry import packages_are_here

from .pulling import Pull, pulls


@dataclass(frozen=True, slots=True)
class Row:
    """`served_by`: itself, another one, or None. `weights`: here, missing or none needed. `needs`: packages that are
    not here, as the catalogue names them. `pull`: what is known of one; `percent` of it, None where nobody can say.
    """

    model: Model
    served_by: str | None
    weights: str
    size: str
    needs: str
    pull: Pull | None
    can_pull: bool

    @property
    def percent(self) -> int | None:
        if self.pull is None or not self.pull.total:
            return None
        # Archives and what comes out of them lie there side by side for a while.
        return min(99, 100 * self.pull.done // self.pull.total)


@dataclass(frozen=True, slots=True)
class Offer:
    rows: list[Row]
    knows_pulls: bool

    @property
    def here(self) -> int:
        return sum(row.weights == "here" for row in self.rows)


def offer() -> Offer:
    """Every model of the catalogue."""
    offers = models_on_offer()
    try:
        under_way = pulls(each.model.id for each in offers)
        knows_pulls = True
    except redis.RedisError:
        under_way, knows_pulls = {}, False
    return Offer(
        [_row(each.model, each.served_by, under_way.get(each.model.id)) for each in offers], knows_pulls
    )


def can_be_pulled(model: Model) -> bool:
    """Whether its weights are fetched by a pull; others need none, or come inside a Python package."""
    weights = catalogue().weights.get(model.weights)
    return weights is not None and weights.package is None


def _row(model: Model, served_by: str | None, pull: Pull | None) -> Row:
    weights = catalogue().weights.get(model.weights)
    is_here = weights is None or store.set_is_installed(weights, settings.MODELS_DIR)
    if pull is not None and not pull.is_under_way and is_here:
        pull = None  # the weights say it themselves
    return Row(
        model,
        served_by,
        "none needed" if weights is None else "here" if is_here else "missing",
        _size(model, is_here),
        "" if packages_are_here(model.needs) else model.needs,
        pull,
        can_be_pulled(model) and not is_here and not (pull and pull.is_under_way),
    )


def _size(model: Model, is_here: bool) -> str:
    weights = catalogue().weights.get(model.weights)
    if weights is None:
        return "–"
    manifest = store.read_manifest(settings.MODELS_DIR / weights.name) if is_here else None
    size = sum(file["bytes"] for file in manifest["files"].values()) if manifest else weights.bytes
    return f"{size / 1e6:,.0f} MB" if size else "not known"
