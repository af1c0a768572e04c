"""Plain sentences with `code` in them, as HTML."""

from __future__ import annotations

import re

from django import template
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

register = template.Library()
_CODE = re.compile(r"`([^`]+)`")


@register.filter
def said(words: str) -> SafeString:
    """Escaped, with what stands between backticks as code."""
    return mark_safe(_CODE.sub(r"<code>\1</code>", escape(words)))  # noqa: S308
