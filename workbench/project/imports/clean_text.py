"""Texts of other programs as label files can keep them: XML has no control characters, and a list
of classes has a line for each."""

from __future__ import annotations

import re
from collections.abc import Callable

from workbench.core.annotation import NO_ATTRIBUTES, Attributes

_INSTEAD = "\N{REPLACEMENT CHARACTER}"
_UNFIT = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")  # not XML's


def plain_class(name: str) -> str:
    """The name of a class in one line, as every file of names has it."""
    return " ".join(_fit(name).replace("\t", " ").splitlines())


class CleanAttributes:
    """Attributes as label files can keep them: what they cannot costs a character, and not all
    labels of an image.

    Parameters
    ----------
    tell
        Called with a sentence about each attribute of which something is lost, once.
    """

    def __init__(self, tell: Callable[[str], None]) -> None:
        self._tell = tell
        self._told: set[str] = set()

    def of(self, said: Attributes) -> Attributes:
        """``said`` itself where nothing is lost."""
        odd = [name for name, value in said.items() if not name.strip() or _is_unfit(name, value)]
        if not odd:
            return said
        for name in odd:
            if name not in self._told:
                self._told.add(name)
                self._tell(f"the attribute {name!a} holds characters that no label file can keep; "
                           f"“{_INSTEAD}” stands for them." if name.strip() else
                           "an attribute has no name and is left out.")
        return {_fit(name): _fit(value) if isinstance(value, str) else value
                for name, value in said.items() if name.strip()} or NO_ATTRIBUTES


def _is_unfit(name: str, value: str | float | bool) -> bool:
    return bool(_UNFIT.search(name) or (isinstance(value, str) and _UNFIT.search(value)))


def _fit(text: str) -> str:
    return _UNFIT.sub(_INSTEAD, text)
