"""What is to be known of figures where a model is judged by labels that it suggested itself."""

from __future__ import annotations

from collections.abc import Collection

from workbench.core.text import count, tr
from workbench.project.session import Session
from workbench.project.suggestions import suggestions_of


def own_answers_note(session: Session | None, run: str, keys: Collection[str]) -> str:
    """A sentence about those images of ``keys`` on which a person reviewed what ``run`` suggested;
    "" where there are none."""
    if session is None:
        return ""
    store = suggestions_of(session)
    number = sum(store.asked(key) == run and store.is_reviewed(key) for key in keys)
    return tr("{some} of {images} were labelled with suggestions of this model: they may hold its "
              "own answers, which flatters it.", some=f"{number:,}",
              images=count(len(keys), "image")) if number else ""
