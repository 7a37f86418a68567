"""Texts that people read: in their language, with numbers in them.

Every text of the window passes through :func:`tr` or :func:`count`. The English text is the key;
another language is a catalogue as :mod:`gettext` makes them, given to :func:`use_language`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from math import isnan
from typing import Protocol

_FILE = re.compile(r"\.\w")  # in a word: the name of a file


class Catalogue(Protocol):
    """Translations into one language, such as :class:`gettext.GNUTranslations`."""

    def gettext(self, message: str, /) -> str: ...
    def ngettext(self, one: str, many: str, number: int, /) -> str: ...


_catalogue: Catalogue | None = None


def use_language(catalogue: Catalogue | None) -> None:
    """Say all texts from now on in the language of ``catalogue``; None is English."""
    global _catalogue
    _catalogue = catalogue


def tr(text: str, /, **values: object) -> str:
    """``text`` in the person's language, with ``values`` for what it names in braces.

    ``tr("Saved {name}.", name="a.png")``. A text without values is taken as it is.
    """
    if _catalogue is not None and text:
        text = _catalogue.gettext(text)
    return text.format(**values) if values else text


def count(number: int, one: str, many: str = "") -> str:
    """ "1 image" for ``count(1, "image")``, "1,200 boxes" for ``count(1200, "box")``.

    Parameters
    ----------
    one
        What is counted, and perhaps its verb ("file was").
    many
        The plural of ``one``, where it does not end in s, es or ies ("files were").
    """
    many = many or plural(one)
    noun = one if number == 1 else many
    if _catalogue is not None:
        noun = _catalogue.ngettext(one, many, number)
    return f"{number:,} {noun}"


def several(one: str) -> str:
    """What more than one of a noun are called ("images"), in the person's language."""
    many = plural(one)
    return many if _catalogue is None else _catalogue.ngettext(one, many, 2)


def plural(one: str) -> str:
    """The plural of an English noun that is regular ("images", "sets of key points")."""
    if " or " in one:  # "sounds and regions", of one that is either
        return " and ".join(map(plural, one.split(" or ")))
    head, of, rest = one.partition(" of ")
    if of:
        return f"{plural(head)}{of}{rest}"
    if one.endswith(("s", "x", "sh", "tch", "nch")):
        return f"{one}es"
    if one.endswith("y") and one[-2:-1] not in "aeiou":
        return f"{one[:-1]}ies"
    return f"{one}s"


def capital(text: str) -> str:
    """A sentence with a capital, but for one that begins with a file ("dog/cut.png breaks off"),
    whose name is as it is."""
    first = text.partition(" ")[0].rstrip(":,")
    return text if "/" in first or _FILE.search(first) else text[:1].upper() + text[1:]


def listed(items: Sequence[str], most: int = 3) -> str:
    """ "a, b" or, of more than ``most``, "a, b, c and 4 more"."""
    names = ", ".join(items[:most])
    more = len(items) - most
    return tr("{names} and {more} more", names=names, more=more) if more > 0 else names


def figure(value: float | None, digits: int = 3) -> str:
    """So many digits, or "–" where there is no number."""
    return "–" if value is None or isnan(value) else f"{value:.{digits}f}"


def share_text(share: float) -> str:
    """A share of a whole in percent: "63 %", of less than a tenth "2.4 %", "< 0.1 %"."""
    if 0 < share < 0.0005:
        return "< 0.1 %"
    return f"{100 * share:.{int(0 < share < 0.0995)}f} %"


def megabytes(size: int) -> str:
    """A size in bytes as it is said before a download ("167 MB"; "3 KB" of what is small)."""
    if size >= 10 * 2**30:
        return tr("{size:.0f} GB", size=size / 2**30)
    if size >= 2**30:
        return tr("{size:.1f} GB", size=size / 2**30)
    if size < 2**20:
        return tr("{number} KB", number=min(1023, -(-size // 1024)))
    return tr("{number} MB", number=round(size / 2**20))


def millions(parameters: int) -> str:
    """A number of learned values ("2.0 M")."""
    if parameters < 100_000:
        return f"{max(1, round(parameters / 1000))} k"
    return f"{parameters / 1e6:.1f} M"


def table_lines(rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """Rows in columns; the first row is the heading."""
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    for row in rows:
        cells = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        yield "  ".join(cells).rstrip()
