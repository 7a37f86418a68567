"""The text of a filter, as terms: ``class:"red car" size<32 -verified sort:objects``.

Within quotation marks two of them stand for one: ``class:"5"" disk"``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection
from typing import Any, NamedTuple

from workbench.core.lazy_pattern import lazy_pattern
from workbench.core.paths import folded

_TERM = lazy_pattern(
    r'(?P<no>-)?(?P<field>[a-z]+)?(?P<sign>:|[<>]=?|=)?(?P<value>"(?:[^"]|"")*"?|\S*)',
    re.IGNORECASE)
_NUMBER_OF = lazy_pattern(
    r'(?P<no>-)?(?P<name>"(?:[^"]|"")+"|[^\s"<>=:-][^\s"<>=:]*)(?P<sign>[<>]=?|=)(?P<value>[\d.,]+)')
_SIGNS = ("<=", ">=", "<", ">", "=")

COUNT = "objects"
"""What a number without a name is about (``>20``)."""


class Term(NamedTuple):
    """One condition.

    ``field`` is what it is about, "" for a word; ``sign`` is ":", "<", ">", "<=", ">=" or "=";
    ``value`` is in small letters; ``negated`` turns it round. ``name`` is the class of which so
    many are meant (``wheel>=2``), "" for all.
    """

    value: str
    field: str = ""
    sign: str = ""
    negated: bool = False
    name: str = ""


def terms_of(text: str, fields: Collection[str]) -> list[Term]:
    """The terms of a filter's text; what names none of ``fields`` is a word as it stands."""
    found = []
    for chunk in _chunks(folded(text)):
        several = _NUMBER_OF.fullmatch(chunk)
        if several is not None and several["name"] not in fields \
                and _number(several["value"]) is not None:
            found.append(Term(several["value"], COUNT, several["sign"], bool(several["no"]),
                              _unquoted(several["name"])))
            continue
        match = _TERM.fullmatch(chunk)
        if match is None:  # as "red"car: a word that is nowhere, and no term that is left out
            found.append(Term(chunk.replace('"', "")))
            continue
        negated = bool(match["no"]) and len(chunk) > 1
        body = chunk[1:] if negated else chunk
        name, sign = match["field"] or "", match["sign"] or ""
        value = _unquoted(match["value"])
        if sign and name in fields and value:
            found.append(Term(value, name, sign, negated))
        elif sign in _SIGNS and not name and _number(value) is not None:
            found.append(Term(value, COUNT, sign, negated))
        elif body.strip('"'):
            found.append(Term(_unquoted(body) if body[0] == '"' else body.replace('"', ""),
                              negated=negated))
    return found


def _chunks(text: str) -> list[str]:
    """Parts between spaces that are not quoted."""
    return re.findall(r'(?:[^\s"]|"(?:[^"]|"")*"?)+', text)


def _unquoted(value: str) -> str:
    """What stands between quotation marks, the last of which may be missing."""
    match = re.fullmatch(r'"((?:[^"]|"")*)"?', value)
    return match[1].replace('""', '"') if match else value.strip('"')


def words_of(text: str, *, small: bool = True) -> list[str]:
    """The terms as they are written, in small letters unless they shall stay as they are."""
    return _chunks(folded(text) if small else text)


def quoted(value: str, *, always: bool = False) -> str:
    """``value`` as it stands behind a colon: in quotation marks where it has spaces or some."""
    doubled = value.replace('"', '""')
    return f'"{doubled}"' if always or re.search(r'[\s"]', value) else value


def class_filter(name: str) -> str:
    """The term for samples of a class."""
    return f"class:{quoted(name)}"


def _number(text: str) -> float | None:
    try:
        return float(text.replace(",", "."))
    except ValueError:
        return None


def compares(sign: str, value: str) -> Callable[[Any], Any] | None:
    """Whether a number, or each of an array, fits ``<5``, ``>=5``, ``=5``, ``:5`` or ``:5..9``;
    None where ``value`` is no number."""
    if sign == ":" and ".." in value:
        low, _, high = value.partition("..")
        least, most = _number(low or "-inf"), _number(high or "inf")
        if least is None or most is None:
            return None
        return lambda x: (x >= least) & (x <= most)
    number = _number(value)
    if number is None:
        return None
    tests: dict[str, Callable[[Any], Any]] = {
        "<": lambda x: x < number, ">": lambda x: x > number, "<=": lambda x: x <= number,
        ">=": lambda x: x >= number, "=": lambda x: x == number, ":": lambda x: x == number}
    return tests[sign]
