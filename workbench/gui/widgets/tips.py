"""Tooltips of what people name, and long ones."""

from __future__ import annotations

import re

_TAG = re.compile(r"<[A-Za-z/!]")
_LONGEST = 90  # characters in a line; Qt breaks lines only where a tooltip is HTML


def plain_tip(text: str) -> str:
    """``text`` as a tooltip that shows it as it is; Qt takes one with "<b>" in it for HTML."""
    if not _TAG.search(text):
        return text
    return f'<p style="white-space: pre-wrap">{_escaped(text)}</p>'


def wrapped_tip(text: str) -> str:
    """``text`` as a tooltip in several lines where it is long."""
    if max(map(len, text.splitlines()), default=0) <= _LONGEST:
        return plain_tip(text)
    return f"<p>{_escaped(text).replace(chr(10), '<br>')}</p>"


def _escaped(text: str) -> str:
    import html  # a table of 2,000 names that the first paint can do without

    return html.escape(text)
