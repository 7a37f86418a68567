"""Which images the list shows: a few words and a chip: All, Unlabelled, Labelled, Verified."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Literal

from workbench.project.library.index import ImageSummary

Chip = Literal["all", "unlabelled", "labelled", "verified"]
Test = Callable[[str, ImageSummary | None], bool]

_WORDS: dict[str, Test] = {
    "unlabelled": lambda _, s: s is not None and not s.labelled,
    "unlabeled": lambda _, s: s is not None and not s.labelled,
    "labelled": lambda _, s: s is not None and s.labelled and s.problem is None,
    "labeled": lambda _, s: s is not None and s.labelled and s.problem is None,
    "verified": lambda _, s: s is not None and s.verified,
    "unverified": lambda _, s: s is None or not s.verified,
    "problem": lambda _, s: s is not None and s.problem is not None,
    "difficult": lambda _, s: bool(getattr(s, "difficult", 0)),
    "truncated": lambda _, s: bool(getattr(s, "truncated", 0)),
}
"""Words with a meaning of their own; all others are looked for in names and classes."""

_CHIPS: dict[Chip, Test] = {
    "all": lambda _, s: True,
    "unlabelled": _WORDS["unlabelled"],
    "labelled": _WORDS["labelled"],
    "verified": _WORDS["verified"],
}


def _labelled_only(_key: str, summary: ImageSummary | None) -> bool:
    """Labels to look at once more."""
    return summary is not None and summary.labelled and not (summary.verified or summary.problem)


NEXT: dict[Chip, tuple[Test, str]] = {
    "all": (_WORDS["unlabelled"], "No unlabelled images left in this list."),
    "unlabelled": (_WORDS["unlabelled"], "No unlabelled images left in this list."),
    "labelled": (_labelled_only, "All labelled images in this list are verified."),
    "verified": (_WORDS["verified"], "No other verified image in this list."),
}
"""With each chip, which image comes next in the work, and what is said where there is none."""
NOT_VERIFIED: tuple[Test, str] = (_WORDS["unverified"], "Every image in this list is verified.")


@dataclass(frozen=True, slots=True)
class MediaFilter:
    """A choice of images.

    Parameters
    ----------
    text
        Words that must all match: ``unlabelled``, ``verified``, ``difficult``, ``problem``, a
        number of boxes (``>20``, ``<5``, ``=0``), a class name, or a part of the file name.
        ``class:NAME`` means the class only.
    chip
        ``all``, ``unlabelled``, ``labelled`` or ``verified``.
    """

    text: str = ""
    chip: Chip = "all"

    @property
    def shows_all(self) -> bool:
        return not self.text.strip() and self.chip == "all"

    def choose(self, keys: Iterable[str], summary: Callable[[str], ImageSummary | None],
               classes: Iterable[str]) -> list[str]:
        """The keys to be shown, in their order."""
        names = {name.casefold(): name for name in classes}
        tests = [_test(word, names) for word in self.text.split()]
        if self.chip != "all":
            tests.append(_CHIPS[self.chip])
        chosen = []
        for key in keys:
            found = summary(key)
            if all(test(key, found) for test in tests):
                chosen.append(key)
        return chosen


def _test(word: str, classes: dict[str, str]) -> Test:
    folded = word.casefold()
    if folded in _WORDS:
        return _WORDS[folded]
    if folded[0] in "<>=" and folded[1:].isdigit():
        return _count_test(folded[0], int(folded[1:]))
    if folded.startswith("class:"):
        return _class_test(folded.removeprefix("class:"), classes)
    of_class = _class_test(folded, classes)
    return lambda key, summary: folded in key.casefold() or of_class(key, summary)


def _count_test(sign: str, number: int) -> Test:
    compare: dict[str, Callable[[int], bool]] = {
        "<": lambda count: count < number,
        ">": lambda count: count > number,
        "=": lambda count: count == number,
    }
    fits = compare[sign]
    return lambda _, summary: summary is not None and fits(summary.boxes)


def _class_test(text: str, classes: dict[str, str]) -> Test:
    """Images with a class of that name, or with any whose name holds the text."""
    if text in classes:
        wanted = {classes[text]}
    else:
        wanted = {name for folded, name in classes.items() if text in folded}
    return lambda _, summary: summary is not None and not wanted.isdisjoint(summary.classes)


def summary_words(summary: ImageSummary | None) -> str:
    """The second line of an image in the list: "14 boxes · 3 classes"."""
    if summary is None:
        return "…"
    if summary.problem is not None:
        return "labels cannot be used"
    if not summary.boxes:
        return "no boxes" if summary.labelled else "no boxes yet"
    boxes = "1 box" if summary.boxes == 1 else f"{summary.boxes:,} boxes"
    if len(summary.classes) < 2:
        return boxes
    return f"{boxes} · {len(summary.classes)} classes"
