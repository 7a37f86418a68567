"""Tooltips of what people name."""

from __future__ import annotations

import html
import re

_TAG = re.compile(r"<[A-Za-z/!]")


def plain_tip(text: str) -> str:
    """``text`` as a tooltip that shows it as it is; Qt takes one with "<b>" in it for HTML."""
    if not _TAG.search(text):
        return text
    return f'<p style="white-space: pre-wrap">{html.escape(text)}</p>'
