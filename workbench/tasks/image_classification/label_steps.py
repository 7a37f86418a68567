"""What steps that change the labels of images are made of. No Qt in here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from workbench.tasks.image_classification.labels import (
    Kind,
    converted,
    tags_label,
    tags_of,
)


@dataclass(slots=True)
class LabelStep:
    """New and old class of some images, "" for none."""

    text: str
    after: dict[str, str]
    before: dict[str, str] = field(default_factory=dict)


def loses(label: str, old: Kind, new: Kind) -> bool:
    """Whether something of a label goes where it becomes one of another kind."""
    kept = converted(label, old, new)
    return not kept or (old == "tags" and new == "class" and len(tags_of(label)) > 1)


def replaced(labels: Mapping[str, str], kind: Kind, name: str, label: str) -> dict[str, str]:
    """The labels of all images with a class, with another in its place ("" for none)."""
    if kind != "tags":
        return {key: label for key, known in labels.items() if known == name}
    return {key: tags_label(new for tag in tags_of(known) if (new := label if tag == name else tag))
            for key, known in labels.items() if name in tags_of(known)}
