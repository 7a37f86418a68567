"""What is to be known of figures where a model is judged by labels that it suggested itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from workbench.core.annotation import LabeledObject
from workbench.core.text import count, tr
from workbench.project.own_answers import own_answers, own_answers_text
from workbench.project.session import Session
from workbench.project.suggestions import suggestions_of


def own_answers_note(session: Session | None, run: str,
                     labels: Mapping[str, Sequence[LabeledObject]]) -> str:
    """A sentence about those images, of which the ``labels`` are given, that have labels of which
    ``run`` was the maker, or on which a person reviewed what it suggested last; "" where there are
    none."""
    return own_answers_text(_own(session, run, labels), len(labels))


def beside_own_answers_note(session: Session | None, runs: Mapping[str, str],
                            labels: Mapping[str, Sequence[LabeledObject]]) -> str:
    """The same of ``runs``, names and titles, that are compared with each other: one that made the
    labels looks better than a better one that did not; "" where none did."""
    said = []
    for run, title in runs.items():
        number = _own(session, run, labels)
        if number:
            said.append(tr("Labelled with suggestions of {run}: {some} of {images}. These may be "
                           "its own answers, so it looks better here than it is.",
                           some=f"{number:,}", images=count(len(labels), "image"), run=title))
    return " ".join(said)


def _own(session: Session | None, run: str, labels: Mapping[str, Sequence[LabeledObject]]) -> int:
    if session is None:
        return 0
    store, made = suggestions_of(session), own_answers(run, labels)
    return sum(key in made or (store.asked(key) == run and store.is_reviewed(key))
               for key in labels)
