"""What is to be known of figures where a model is judged by labels that it suggested itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from workbench.core.annotation import LabeledObject
from workbench.core.text import count, tr
from workbench.project.session import Session
from workbench.project.suggestion import MADE_BY
from workbench.project.suggestions import suggestions_of


def own_answers_note(session: Session | None, run: str,
                     labels: Mapping[str, Sequence[LabeledObject]]) -> str:
    """A sentence about those images, of which the ``labels`` are given, that have labels of which
    ``run`` was the maker, or on which a person reviewed what it suggested last: what is joined to a
    mask that was there does not say where it comes from. "" where there are none."""
    if session is None:
        return ""
    store = suggestions_of(session)
    number = sum(any(item.attributes.get(MADE_BY) == run for item in objects)
                 or (store.asked(key) == run and store.is_reviewed(key))
                 for key, objects in labels.items())
    return tr("Labelled with suggestions of this model: {some} of {images}. These may be its own "
              "answers, which flatters it.", some=f"{number:,}",
              images=count(len(labels), "image")) if number else ""
