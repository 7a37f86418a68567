"""Which page of Results shows a run, or else the project: one for each kind of labels."""

from __future__ import annotations

from workbench.core.errors import WorkbenchError
from workbench.project.runs import RunFolder
from workbench.project.session import Session
from workbench.tasks.image_classification.label_store import labels_of
from workbench.tasks.image_classification.labels import peek_kind

_PAGE = "workbench.tasks.image_classification.window.page"
_PAGES = {"class": f"{_PAGE}:ImageClassResults", "tags": f"{_PAGE}:ImageTagResults",
          "number": f"{_PAGE}:ImageNumberResults"}


def choose_page(session: Session, run: RunFolder | None) -> str:
    """The page of a run; without one that of the labels of now."""
    if run is not None:
        try:
            return _PAGES.get(str(run.config.get("kind", "class")), _PAGES["class"])
        except WorkbenchError:
            pass  # a damaged run, which Train says
    store = labels_of(session)
    return _PAGES[store.kind if store.ready else peek_kind(session.folder, session.manifest)]
