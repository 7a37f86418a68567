"""What is to be known of figures where a model is judged by labels that it suggested itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from workbench.core.annotation import LabeledObject
from workbench.project.own_answers import own_answers, own_answers_text
from workbench.project.session import Session
from workbench.project.suggestions import suggestions_of


def own_answers_note(session: Session | None, run: str,
                     labels: Mapping[str, Sequence[LabeledObject]]) -> str:
    """A sentence about those images, of which the ``labels`` are given, that have labels of which
    ``run`` was the maker, or on which a person reviewed what it suggested last; "" where there are
    none."""
    if session is None:
        return ""
    store, made = suggestions_of(session), own_answers(run, labels)
    number = sum(key in made or (store.asked(key) == run and store.is_reviewed(key))
                 for key in labels)
    return own_answers_text(number, len(labels))
