"""CSV tables as text, for people and their spreadsheets.

A spreadsheet runs what begins with ``=``, ``+``, ``-`` or ``@`` as a formula, also where it is the
name of a file, or of a class, that came from somebody else; such a formula can fetch from the web
or start a program. So a text that begins like one and could do such a thing, as it has a
parenthesis, ``|``, ``!`` or ``#``, has an apostrophe in front, with which it stays a text. All
other cells are as they are: numbers, and also classes called "+" or "-other", by which scripts
join tables. Files of labels (``formats/label_table.py``, ``csv_boxes.py`` …), which are read again,
are not written here and keep every name.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Sequence

_SIGNS = frozenset("=+-@\t\r\n ＝＋－＠")  # with which a formula may begin, perhaps behind a space
_FORMULA = re.compile(r"\s*[=+\-@＝＋－＠].*[(|!#]", re.DOTALL)


def csv_text(rows: Iterable[Sequence[object]]) -> str:
    """A table as text, in which no cell is a formula that could do harm."""
    out = io.StringIO(newline="")
    csv.writer(out).writerows([_safe(cell) for cell in row] for row in rows)
    return out.getvalue()


def harmless(text: str) -> str:
    """The text of a cell, with an apostrophe in front where a spreadsheet would run it and that
    could do harm."""
    return f"'{text}" if text[:1] in _SIGNS and _FORMULA.match(text) else text


def _safe(cell: object) -> object:
    return harmless(cell) if isinstance(cell, str) else cell
