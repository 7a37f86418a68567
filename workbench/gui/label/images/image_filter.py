"""Which images the list shows: a few words and a chip: All, Unlabelled, Labelled, Verified."""

from __future__ import annotations

from collections.abc import Iterable

from workbench.core.paths import folded
from workbench.core.text import count, tr
from workbench.gui.label.sample_filter import SUGGESTED, SampleFilter, Test, named
from workbench.project.library.image_rows import ImageSummary

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

_CHIPS: dict[str, Test] = {
    SUGGESTED: lambda _key, _summary: True,
    "unlabelled": _WORDS["unlabelled"],
    "labelled": _WORDS["labelled"],
    "verified": _WORDS["verified"],
}


def _labelled_only(_key: str, summary: ImageSummary | None) -> bool:
    """Labels to look at once more."""
    return summary is not None and summary.labelled and not (summary.verified or summary.problem)


NEXT: dict[str, tuple[Test, str]] = {
    "all": (_WORDS["unlabelled"], "No unlabelled images left in this list."),
    "unlabelled": (_WORDS["unlabelled"], "No unlabelled images left in this list."),
    "labelled": (_labelled_only, "All labelled images in this list are verified."),
    "verified": (_WORDS["verified"], "No other verified image in this list."),
}
"""With each chip, which image comes next in the work, and what is said where there is none."""
NOT_VERIFIED: tuple[Test, str] = (_WORDS["unverified"], "Every image in this list is verified.")


class ImageFilter(SampleFilter):
    """A choice of images.

    Words are ``unlabelled``, ``verified``, ``difficult``, ``problem``, a class, or a part of the
    file name.
    """

    words = _WORDS
    chips = _CHIPS
    orders = {  # noqa: RUF012
        "objects": lambda _, s: s.boxes if s is not None else 0,
        "classes": lambda _, s: len(s.classes) if s is not None else 0,
        "verified": lambda _, s: s is not None and s.verified,
        "name": lambda key, _: key.rpartition("/")[2].casefold(),
    }
    order_words = (("name", "By name"), ("-objects", "Most objects first"),
                   ("objects", "Fewest objects first"), ("-classes", "Most classes first"),
                   ("verified", "Not verified first"))
    choices = (
        ("State", (("Unlabelled", "unlabelled"), ("Labelled", "labelled"),
                   ("Verified", "verified"), ("Not verified", "unverified"),
                   ("Labels cannot be used", "problem"))),
        ("Number of objects", (("None", "=0"), ("One", "=1"), ("More than 5", ">5"),
                               ("More than 20", ">20"))),
        ("Kind of shape", (("Boxes", "boxes>0"), ("More than 12 boxes", "boxes>12"),
                           ("Polygons", "polygons>0"), ("Masks", "masks>0"),
                           ("Rotated boxes", "rotated>0"), ("Key points", "keypoints>0"))),
        ("Size of an object", (("Smaller than 16 px", "size<16"), ("Smaller than 32 px", "size<32"),
                               ("32 to 96 px", "size:32..96"), ("Larger than 96 px", "size>96"))),
        ("Form of an object", (("Wide", "aspect>2"), ("Tall", "aspect<0.5"),
                               ("About square", "aspect:0.8..1.25"))),
        ("Marks of an object", (("Difficult", "has:difficult"), ("Truncated", "has:truncated"),
                                ("Occluded", "has:occluded"))),
    )

    def number(self, summary: ImageSummary) -> int:
        return summary.boxes

    def other(self, word: str, classes: Iterable[str]) -> Test:
        if word.startswith("class:"):
            return _class_test(word.removeprefix("class:"), classes)
        of_class = _class_test(word, classes)
        return lambda key, summary: word in folded(key) or of_class(key, summary)


def _class_test(text: str, classes: Iterable[str]) -> Test:
    """Images with a class of that name, or with any whose name holds the text."""
    wanted = named(text, classes)
    return lambda _, summary: summary is not None and not wanted.isdisjoint(summary.classes)


def summary_words(summary: ImageSummary | None) -> str:
    """The second line of an image in the list: "14 objects · 3 classes"."""
    if summary is None:
        return "…"
    if summary.problem is not None:
        return tr("labels cannot be used")
    if not summary.boxes:
        return tr("no objects") if summary.labelled else tr("no labels yet")
    objects = count(summary.boxes, "object")
    if len(summary.classes) < 2:
        return objects
    return tr("{objects} · {classes} classes", objects=objects, classes=len(summary.classes))
