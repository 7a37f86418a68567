"""Which clips the list shows: a few words and one of the chips All, Unlabelled."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import ClassVar

from workbench.core.text import count, tr
from workbench.gui.label.sample_filter import SampleFilter, Test
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
    chips: ClassVar[Mapping[str, Test]] = {"todo": _WORDS["unlabelled"]}

    def other(self, word: str, classes: Iterable[str]) -> Test:
        if word.startswith("class:"):
            name = word.removeprefix("class:")
            return lambda _, s: any(label.casefold() == name for label, _ in s.classes)
        if word.startswith("group:"):
            name = word.removeprefix("group:")
            return lambda _, s: s.group.casefold() == name
        return lambda key, s: (word in key.casefold() or word in s.group.casefold()
                               or any(word in label.casefold() for label, _ in s.classes))


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
