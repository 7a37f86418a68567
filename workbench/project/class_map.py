"""Which class of the project each class of a model becomes; what a person said is kept beside the
model."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any

from workbench.core.class_names import classes_of_run
from workbench.core.errors import WorkbenchError
from workbench.core.paths import folded
from workbench.core.plain import fitted, parse_json
from workbench.formats.atomic import write_atomic
from workbench.formats.regular_file import read_file
from workbench.project.runs import RunFolder

FILE = "class-names.json"


def read_class_map(run: RunFolder, project: Sequence[str]) -> dict[str, str]:
    """What a person said, the name in the ``project`` with these classes by that of the model, ""
    for what is left out; {} where nothing was said or that cannot be read."""
    with suppress(OSError, ValueError, WorkbenchError):
        return _read(run, project)
    return {}


def _read(run: RunFolder, project: Sequence[str]) -> dict[str, str]:
    data = fitted(parse_json(read_file(run.path / FILE)), dict[str, Any])
    whole = isinstance(data.get("names"), dict)  # else as it was first: names alone
    names = fitted(data["names"] if whole else data, dict[str, str])
    since = classes_of_run(fitted(data["classes"], list[str]) if whole else (), project).renamed
    return {name: since.get(said, said) for name, said in names.items()}


def write_class_map(run: RunFolder, names: Mapping[str, str], project: Sequence[str]) -> None:
    """Keep what a person said of the ``project`` with these classes, by whose order it is told
    later which are called otherwise.

    Raises
    ------
    WorkbenchError
        If the disk refuses.
    """
    path, before = run.path / FILE, dict[str, str]()
    if path.exists():
        try:
            before = _read(run, project)
        except ValueError:
            from workbench.project.imports.files import put_aside

            put_aside(path)
    data = {"names": {**before, **names}, "classes": list(project)}
    write_atomic(path, (json.dumps(data, ensure_ascii=False, indent=1) + "\n").encode())


def class_map(model: Sequence[str], project: Sequence[str],
              said: Mapping[str, str] | None = None) -> dict[str, str]:
    """The classes of a model that are called otherwise in a project, by their names there: as a
    person ``said``, as they were renamed since, or with other capitals."""
    names = dict(classes_of_run(model, project).renamed)
    taken = {*model, *names.values()}
    capitals = {folded(name): name for name in project if name not in taken}
    for name in model:
        if name not in project and name not in names and folded(name) in capitals:
            names[name] = capitals[folded(name)]
    return {**names, **(said or {})}
