"""What steps that change the labels of images are made of. No Qt in here."""

from __future__ import annotations

from collections.abc import Collection, Container, Mapping
from dataclasses import dataclass, field

from workbench.core.classes import class_name
from workbench.core.errors import UsageError
from workbench.core.text import count
from workbench.project.open_project import Changes
from workbench.tasks.image_classification.labels import (
    Kind,
    converted,
    no_number_words,
    number_of,
    tags_label,
    tags_of,
)

KIND_WORDS: Mapping[Kind, str] = {"class": "one class for each image", "tags": "tags",
                                  "number": "numbers"}


@dataclass(slots=True)
class LabelStep:
    """New and old class of some images, "" for none."""

    text: str
    after: dict[str, str]
    before: dict[str, str] = field(default_factory=dict)
    by_hand: bool = False
    """Whether a person labelled these images, and did not change a class as such."""


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


def nameless_words(keys: Collection[str], table: str) -> str:
    """Why images with such names get no label in ``table``."""
    first = min(keys).encode("utf-8", "replace").decode("utf-8")
    more = f" (and {len(keys) - 1:,} more)" if len(keys) > 1 else ""
    return (f"{first}{more}: the name is not UTF-8, so {table} cannot hold a label of it; rename "
            "the file (or its folder), then label it")


def checked_label(label: str, kind: Kind, classes: Container[str]) -> str:
    """A label as it can be given, "" for none; raises UsageError where it cannot."""
    if label and kind == "number":
        if number_of(label) is None:
            raise UsageError(f"“{label}” {no_number_words(label)}")
    elif label and label not in classes:
        label = class_name(label)
    return label


def given_words(images: int, label: str, kind: Kind) -> str:
    """What a step is called that gives images a label."""
    number = count(images, "image")
    return f"label {number} “{label}”" if label else f"take the {kind} off {number}"


def changes_of(before: Mapping[str, str], after: Mapping[str, str]) -> Changes:
    """What a step changes, as an open project tells it."""
    return {key: (before.get(key) or None, label or None) for key, label in after.items()}
