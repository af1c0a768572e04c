"""Pages of long lists, newest first, that cost the same however far down they are.

The next page is named by the last row of this one and not by a number of rows.
"""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any, TypeVar

from django.db.models import Model, Q, QuerySet

from .errors import ApiError

M = TypeVar("M", bound=Model)


def page_of(rows: QuerySet[M], *, size: int, before: str = "") -> tuple[list[M], str | None]:
    """A page of rows with `created_at` and a UUID as id, and the `before` of the next page; None where none follows.

    Raises bad_request for a `before` that is none.
    """
    rows = rows.order_by("-created_at", "-id")
    if before:
        moment, row_id = _place(before)
        later = Q(created_at__lt=moment) | Q(created_at=moment, id__lt=row_id)
        # The second condition is what an index can use.
        rows = rows.filter(later, created_at__lte=moment)
    found = list(rows[: size + 1])
    if len(found) <= size:
        return found, None
    last: Any = found[size - 1]
    return found[:size], f"{last.created_at.isoformat()}_{last.pk.hex}"


def _place(before: str) -> tuple[dt.datetime, uuid.UUID]:
    moment, _, row_id = before.partition("_")
    try:
        at = dt.datetime.fromisoformat(moment)
        if at.tzinfo is None:
            raise ValueError(moment)
        return at, uuid.UUID(row_id)
    except ValueError:
        raise ApiError(
            "bad_request", "before: take it from the link to the next page.", param="before"
        ) from None
