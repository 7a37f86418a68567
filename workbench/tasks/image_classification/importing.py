"""Labels of whole images that come along when images are imported."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from workbench.core.errors import Problem
from workbench.core.text import tr
from workbench.extension.tasks import ImportedLabels
from workbench.project.class_levels import KEY, doubt_text
from workbench.project.manifest import Manifest
from workbench.tasks.image_classification.kind import ID
from workbench.tasks.image_classification.labels import (
    ImageLabels,
    declared_level,
    number_of,
    read_labels,
    tags_of,
    write_labels,
)
from workbench.tasks.image_classification.recognise import recognise


def take_labels(source: Path, project: Path | None, keys: Mapping[str, str],
                level: int | None = None) -> ImportedLabels:
    """Give imported images the labels that they have where they come from.

    A label that the project has already is kept, and told where it is another one. A project
    without a task and without boxes becomes one of this task.

    Parameters
    ----------
    project
        None only counts what would be taken.
    keys
        The key of each image in the project, by its key in the source.
    level
        Which of their folders are classes, 0 for none, where a person says it.
    """
    theirs = Manifest.load(source)
    if theirs.task not in ("", ID) or not (theirs.task or level or recognise(source)):
        return ImportedLabels()
    if level is not None:
        theirs.settings.setdefault(ID, {})[KEY] = level
    found = read_labels(source, list(keys), manifest=theirs)
    taken = ImportedLabels(problems=list(found.problems))
    if found.table is not None:
        taken.files.append(found.table.name)
    taken.number, taken.counts = len(found.labels), found.counts()
    if found.kind == "number":
        taken.values = {key: value for key, label in found.labels.items()
                        if (value := number_of(label)) is not None}
    else:
        taken.labels = {key: tags_of(label) if found.kind == "tags" else (label,)
                        for key, label in found.labels.items()}
    if found.levels.doubted is not None:
        doubt = doubt_text(*found.levels.doubted)
        taken.notes.append(tr("{doubt}: “Where labels come from…” in Images takes it, in a shell "
                              "--labels folders:{number}.", doubt=doubt,
                              number=found.levels.doubted[1].number))
    if project is None or not (found.labels or level == 0):
        return taken
    _prepare(project, found, declared_level(theirs))
    own = read_labels(project)
    if own.kind != found.kind:
        taken.number = 0
        taken.problems.append(Problem(
            str(found.table or source), "other-kind", f"The labels of {source.name} are of another "
            "kind than the project's, so they were left out: classes, tags and numbers do not mix.",
            "warning"))
        return taken
    _write_fresh(project, own, {keys[key]: label for key, label in found.labels.items()}, taken)
    return taken


def _write_fresh(project: Path, own: ImageLabels, labels: Mapping[str, str],
                 taken: ImportedLabels) -> None:
    """Write the labels of images that have none in the project; ``own`` are those that it has."""
    others = [key for key, label in labels.items()
              if key in own.names and own.labels.get(key, "") != label]
    if others:
        more = f" and {len(others) - 1:,} more" if len(others) > 1 else ""
        taken.problems.append(Problem(
            str(own.table), "kept", f"{others[0]}{more}: the project gives another label, which "
            "was kept.", "warning"))
    kept = set(others)
    fresh = {key: label for key, label in labels.items() if key not in kept}
    if fresh:
        write_labels(project, fresh)
    taken.number = len(fresh)


def _prepare(project: Path, found: ImageLabels, level: int | None) -> None:
    """A project that nobody said anything about is about labels of this kind from now on."""
    manifest = Manifest.load(project)
    if manifest.task:
        return
    if level is not None:
        manifest.settings.setdefault(ID, {})[KEY] = level
    if found.kind != "class":
        manifest.settings.setdefault(ID, {})["kind"] = found.kind
    annotations = project / manifest.annotations if manifest.annotations else None
    if annotations is None or next(annotations.rglob("*.xml"), None) is None:
        manifest.task = ID
    manifest.save(project)
