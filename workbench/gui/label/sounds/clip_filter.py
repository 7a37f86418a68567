"""Which clips the list shows: a few words and one of the chips All, Unlabelled."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import ClassVar

from workbench.core.paths import folded
from workbench.core.text import count, tr
from workbench.gui.label.sample_filter import SUGGESTED, Order, SampleFilter, Test
from workbench.gui.label.sounds.time_view import duration_words
from workbench.project.library.clips import ClipSummary


def is_todo(summary: ClipSummary) -> bool:
    """Whether a clip has neither a class nor a region."""
    return not summary.label and not summary.regions and summary.problem is None


_WORDS: dict[str, Test] = {
    "unlabelled": lambda _, s: is_todo(s),
    "unlabeled": lambda _, s: is_todo(s),
    "labelled": lambda _, s: bool(s.label or s.regions),
    "labeled": lambda _, s: bool(s.label or s.regions),
    "problem": lambda _, s: s.problem is not None,
    "regions": lambda _, s: s.regions > 0,
}
"""Words with a meaning of their own; all others are looked for in names, classes and groups."""


class ClipFilter(SampleFilter):
    """A choice of clips.

    Words are ``unlabelled``, ``labelled``, ``regions``, ``problem``, or a part of the name, the
    class or the group; ``class:NAME`` and ``group:NAME`` mean just that one.
    """

    words = _WORDS
    chips: ClassVar[Mapping[str, Test]] = {"todo": _WORDS["unlabelled"],
                                           SUGGESTED: lambda _key, _summary: True}
    orders: ClassVar[Mapping[str, Order]] = {
        "regions": lambda _, s: s.regions,
        "objects": lambda _, s: s.regions,
        "length": lambda _, s: s.info.duration if s.info is not None else 0.0,
        "class": lambda _, s: s.label.casefold(),
        "group": lambda _, s: s.group.casefold(),
        "name": lambda key, _: key.rpartition("/")[2].casefold(),
    }
    order_words = (("name", "By name"), ("class", "By class"), ("group", "By speaker or site"),
                   ("-length", "Longest first"), ("length", "Shortest first"),
                   ("-regions", "Most regions first"))
    choices = (
        ("State", (("Unlabelled", "unlabelled"), ("Labelled", "labelled"),
                   ("With regions", "regions"), ("Cannot be read", "problem"))),
        ("Number of regions", (("None", "=0"), ("One", "=1"), ("More than 5", ">5"))),
        ("Length of a region", (("Shorter than 0.1 s", "length<0.1"), ("0.1 to 1 s",
                                                                    "length:0.1..1"),
                                ("Longer than 1 s", "length>1"))),
    )

    def number(self, summary: ClipSummary) -> int:
        return summary.regions

    def other(self, word: str, classes: Iterable[str]) -> Test:
        if word.startswith("class:"):
            name = word.removeprefix("class:")
            return lambda _, s: any(folded(label) == name for label, _ in s.classes)
        if word.startswith("group:"):
            name = word.removeprefix("group:")
            return lambda _, s: folded(s.group) == name
        return lambda key, s: (word in folded(key) or word in folded(s.group)
                               or any(word in folded(label) for label, _ in s.classes))


def summary_words(summary: ClipSummary) -> str:
    """The second line of a clip in the list: "0.43 s · seven · jackson"."""
    if summary.problem is not None:
        return tr("cannot be read")
    words = [duration_words(summary.info.duration)] if summary.info is not None else []
    if summary.label:
        words.append(summary.label)
    if summary.regions:
        words.append(count(summary.regions, "region"))
    if not summary.label and not summary.regions:
        words.append(tr("no label"))
    if summary.group:
        words.append(summary.group)
    return " · ".join(words)
