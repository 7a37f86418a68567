"""Where a model is judged by labels that it suggested itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from workbench.core.annotation import LabeledObject
from workbench.core.text import count, tr
from workbench.project.suggestion import MADE_BY


def own_answers(run: str, labels: Mapping[str, Sequence[LabeledObject]]) -> set[str]:
    """Those of the images, of which the ``labels`` are given, on which ``run`` made some. What was
    joined to a mask that a person had painted does not say that."""
    return {key for key, objects in labels.items()
            if any(item.attributes.get(MADE_BY) == run for item in objects)}


def own_answers_text(some: int, images: int) -> str:
    """A sentence about ``some`` of so many ``images``; "" for none."""
    return tr("Labelled with suggestions of this model: {some} of {images}. These may be its own "
              "answers, which flatters it.", some=f"{some:,}",
              images=count(images, "image")) if some else ""
