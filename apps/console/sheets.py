"""Tables of texts, as people keep them in spreadsheets, and the orders of what is in them."""

from __future__ import annotations

import csv
import io

from django.core.files.uploadedfile import UploadedFile

from apps.accounts.callers import Caller
from apps.jobs.batches import MAX_ITEMS
from apps.jobs.services import Order
from ttsplatform.errors import ApiError

from .speaking import order_of

MAX_BYTES = 1_000_000
COLUMNS = ("text", "voice")


def orders_of(caller: Caller, file: UploadedFile, choice: str) -> list[Order]:
    """An order for each row of a CSV file with the columns text and, if wanted, voice ("kokoro/af_bella").

    Rows without a voice are spoken by `choice`. Raises bad_request, naming the row as a spreadsheet counts it, and
    what speech_order raises.
    """
    orders = []
    for number, row in _rows(_text_of(file)):
        text = (row.get("text") or "").strip()
        if not text:
            continue
        fields = {"text": text, "choice": (row.get("voice") or "").strip() or choice}
        try:
            orders.append(order_of(caller, fields, "mp3"))
        except ApiError as error:
            raise ApiError(error.code, f"Row {number}: {error.message}", param="file") from None
        if len(orders) > MAX_ITEMS:
            raise _bad(f"There are more than {MAX_ITEMS} texts in it. Send it in parts.")
    if not orders:
        raise _bad("There is no text in it. The first row names the columns: text, and voice if you like.")
    return orders


def _rows(text: str) -> list[tuple[int, dict[str, str | None]]]:
    """Rows by column, with the number of the line they end in. Spreadsheets of some countries write semicolons."""
    head = text.partition("\n")[0]
    delimiter = max(",;\t", key=head.count)
    reader = csv.DictReader(io.StringIO(text, newline=""), delimiter=delimiter)
    names = [(name or "").strip().lower() for name in reader.fieldnames or ()]
    if "text" not in names:
        raise _bad(
            f"Its first row must name the columns: text, and voice if you like; it is: {head[:100].strip()}"
        )
    reader.fieldnames = names
    try:
        return [(reader.line_num, row) for row in reader]
    except csv.Error as problem:
        raise _bad(f"Row {reader.line_num} can not be read: {problem}.") from None


def _text_of(file: UploadedFile) -> str:
    if (file.size or 0) > MAX_BYTES:
        raise _bad(f"It is larger than {MAX_BYTES // 1000} kB.")
    data = file.read()
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise _bad("It is not UTF-8. In a spreadsheet, save it as “CSV UTF-8”.") from None
    if "\x00" in text:
        raise _bad("It is no text. In a spreadsheet, save it as “CSV UTF-8”.")
    return text


def _bad(message: str) -> ApiError:
    return ApiError("bad_request", message, param="file")
