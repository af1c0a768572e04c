"""Answers with stored audio, with ranges (RFC 9110 §14) so that players can seek."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Iterator

from asgiref.sync import sync_to_async
from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse

from .store import media_store

_RANGE = re.compile(r"bytes=(\d{0,18})-(\d{0,18})")


async def stored_audio(
    request: HttpRequest,
    key: str,
    *,
    filename: str,
    content_type: str,
    stretch: tuple[int, int] | None = None,
) -> HttpResponseBase:
    """The file under `key`, whole (200), in part (206), or 416 where the range lies outside.

    `stretch`: what is served as a file lies inside the stored one, from such a place on and so many bytes long.

    Several ranges in one request get the whole file, which RFC 9110 allows. Raises FileNotFoundError.
    """
    store = media_store()
    size = await sync_to_async(store.size, thread_sensitive=False)(key)
    base, size = stretch or (0, size)
    etag = f'"{key.split("/")[-2]}-{base}-{size}"'
    headers = {
        "Accept-Ranges": "bytes",
        "ETag": etag,
        "Cache-Control": "private, max-age=3600",
        "Content-Disposition": f'inline; filename="{filename}"',
    }
    if request.headers.get("If-None-Match") == etag:
        return HttpResponse(status=304, headers=headers)
    start, end, status = 0, size, 200
    wanted = requested_range(request, size, etag)
    if wanted is not None:
        start, end, status = *wanted, 206
        if start >= end:
            return HttpResponse(status=416, headers={"Content-Range": f"bytes */{size}"})
        headers["Content-Range"] = f"bytes {start}-{end - 1}/{size}"
    headers["Content-Length"] = str(end - start)
    if request.method == "HEAD":
        return HttpResponse(status=status, content_type=content_type, headers=headers)
    body = in_threads(store.read_range(key, base + start, base + end))
    return StreamingHttpResponse(body, status=status, content_type=content_type, headers=headers)


def requested_range(request: HttpRequest, size: int, etag: str) -> tuple[int, int] | None:
    """The one range asked for as (start, end excluded); None where there is none or it is to be ignored."""
    header = request.headers.get("Range", "")
    match = _RANGE.fullmatch(header.strip())
    if not match or request.headers.get("If-Range", etag) != etag:
        return None
    first, last = match.groups()
    if first:
        start = int(first)
        end = min(size, int(last) + 1) if last else size
        return None if last and int(last) < start else (start, max(start, end) if start < size else start)
    if last:
        return max(0, size - int(last)), size
    return None


async def in_threads(pieces: Iterator[bytes]) -> AsyncIterator[bytes]:
    """Iterate blocking reads off the event loop, one piece in memory at a time."""

    def following() -> bytes:
        return next(pieces, b"")

    try:
        while piece := await sync_to_async(following, thread_sensitive=False)():
            yield piece
    finally:
        close = getattr(pieces, "close", None)
        if close:
            close()
