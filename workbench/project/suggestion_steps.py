"""Steps of undo that change what is suggested."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from workbench.core.paths import is_file
from workbench.project.cache import cache_place
from workbench.project.suggestion import Suggested
from workbench.project.suggestion_file import FILE, SOUNDS_FILE
from workbench.project.suggestions import Suggestions, suggestions_of

if TYPE_CHECKING:
    from workbench.project.session import Session


class SuggestionStep:
    """Images have other suggestions; part of the step that accepts or rejects some.

    Parameters
    ----------
    after
        What is suggested from now on, by image.
    rejected
        Which of those that were there a person rejected; the others of them became labels.
    """

    def __init__(self, suggestions: Suggestions, after: Mapping[str, Suggested], text: str,
                 rejected: Mapping[str, Suggested] | None = None) -> None:
        self.text = text
        self.key = next(iter(after)) if len(after) == 1 else ""
        self._suggestions = suggestions
        self._after = dict(after)
        self._before = {key: suggestions.without(key, ()) for key in after}
        self._rejected = dict(rejected or {})
        self._first = [key for key in after if not suggestions.is_reviewed(key)]

    def do(self) -> None:
        store = self._suggestions
        store.note_reviewed(self._after, judged=True)
        store.put(self._after, {key: (*store.rejected(key), *gone)
                                for key, gone in self._rejected.items()})

    def undo(self) -> None:
        store = self._suggestions
        store.note_reviewed(self._first, judged=False)
        store.put(self._before, {
            key: tuple(item for item in store.rejected(key) if item not in gone)
            for key, gone in self._rejected.items()})


class SuggestStep:
    """A model's answers are suggested, as :meth:`Suggestions.suggest` does it."""

    def __init__(self, suggestions: Suggestions, found: Mapping[str, Suggested], run: str,
                 text: str) -> None:
        self.text, self.key = text, ""
        self._suggestions, self._found, self._run = suggestions, found, run
        self._before: dict[str, tuple[Suggested, str]] = {}

    def do(self) -> None:
        store = self._suggestions
        self._before = {key: (store.without(key, ()), store.asked(key)) for key in self._found}
        store.suggest(self._found, self._run)

    def undo(self) -> None:
        self._suggestions.take_back(self._before)


class AddSuggestions:
    """More is suggested, besides what is there."""

    def __init__(self, suggestions: Suggestions, added: Mapping[str, Suggested],
                 text: str) -> None:
        self.text, self.key = text, ""
        self._suggestions, self._added = suggestions, added

    def do(self) -> None:
        store = self._suggestions
        store.put({key: (*store.without(key, ()), *items)
                   for key, items in store.new_among(self._added).items()})

    def undo(self) -> None:
        store = self._suggestions  # what a model suggested since stays
        store.put({key: store.without(key, items) for key, items in self._added.items()})


class RelabelSuggestions:
    """Suggestions of a class that is called otherwise now, or is gone; part of that step."""

    def __init__(self, suggestions: Suggestions, old: str, new: str | None, text: str) -> None:
        self.text, self.key = text, ""
        self._suggestions, self._old, self._new = suggestions, old, new
        self._before: tuple[dict[str, Suggested], dict[str, Suggested]] = ({}, {})

    def do(self) -> None:
        self._before = self._suggestions.of_class(self._old)
        self._suggestions.put(*({key: self._relabelled(found) for key, found in table.items()}
                                for table in self._before))

    def undo(self) -> None:
        self._suggestions.put(*self._before)

    def _relabelled(self, found: Suggested) -> Suggested:
        old, new = self._old, self._new
        if new is None:
            return tuple(item for item in found if item.label != old)
        return tuple(item._replace(label=new) if item.label == old else item for item in found)


def relabel_suggestions(session: Session, old: str, new: str | None,
                        text: str) -> list[RelabelSuggestions]:
    """The steps, called ``text``, that give suggestions of class ``old`` its new name, or take
    them away for None; none where there are none of it. What nobody looked at yet is read."""
    stores = []
    for sounds, file in ((False, FILE), (True, SOUNDS_FILE)):
        if (Suggestions, sounds) in session.parts or is_file(cache_place(session.folder) / file):
            stores.append(suggestions_of(session, sounds=sounds))
            stores[-1].require_read()
    return [RelabelSuggestions(store, old, new, text) for store in stores
            if any(store.of_class(old)[0])]
