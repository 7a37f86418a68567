"""Designed networks as files of a project, ``networks/NAME.toml``, and as recipes."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path

from workbench.core.errors import FormatError, WorkbenchError
from workbench.core.schema import Value
from workbench.core.text import count
from workbench.extension.recipe import Recipe
from workbench.formats.atomic import write_atomic
from workbench.formats.toml_file import format_toml, parse_toml, patch_toml, read_toml_text
from workbench.project.networks.network import (
    IMAGES,
    LAYERS_SETTING,
    Design,
    InputKind,
    design_from,
    design_from_text,
    report_of,
)

FOLDER = "networks"
_SUFFIX = ".toml"
_UNFIT = re.compile(r"[^\w.+()-]+")


def design_files(project: Path) -> list[Path]:
    """The files of a project's networks, by name."""
    try:
        return sorted(path for path in (project / FOLDER).glob(f"*{_SUFFIX}")
                      if not path.name.startswith("."))
    except OSError:
        return []


def read_design(path: Path, kind: InputKind = IMAGES) -> Design:
    """Read a network.

    Raises
    ------
    WorkbenchError
        If the file cannot be read.
    FormatError
        If it holds no network.
    """
    data = parse_toml(read_toml_text(path), path)
    try:
        return design_from(data, path.stem, kind)
    except ValueError as error:
        raise FormatError(str(error), path=path, kept="The file was left as it is.") from error


def text_of(design: Design, before: str = "", path: Path | None = None) -> str:
    """What is written of a network; comments and keys that the program does not know stay as they
    are in ``before``.

    Raises
    ------
    FormatError
        If ``before`` cannot be read.
    """
    plain = design.to_plain()
    return patch_toml(before, plain, path=path) if before else format_toml(plain)


def write_design(path: Path, design: Design) -> None:
    """Write a network, whole or not at all.

    Raises
    ------
    WorkbenchError
        If it cannot be written, or what is there cannot be read.
    """
    before = read_toml_text(path) if path.exists() else ""
    path.parent.mkdir(parents=True, exist_ok=True)
    write_atomic(path, text_of(design, before, path).encode())


def new_path(project: Path, title: str) -> Path:
    """A file for a network called ``title`` that is not there yet."""
    base = _UNFIT.sub("-", title.lower()).strip("-.") or "network"
    path, number = project / FOLDER / f"{base}{_SUFFIX}", 2
    while path.exists():
        path, number = path.with_name(f"{base}-{number}{_SUFFIX}"), number + 1
    return path


# --- as recipes -----------------------------------------------------------------------------------


class DesignedRecipes:
    """See :class:`workbench.extension.recipe.RecipeFiles`.

    Parameters
    ----------
    own
        The registered recipe of the task that builds designed networks.
    kind
        What comes into them.
    """

    def __init__(self, own: Recipe, kind: InputKind) -> None:
        self._own, self.kind = own, kind

    def listed(self, project: Path) -> list[Recipe]:
        return [self._listed(path, project) for path in design_files(project)]

    def carried(self, recipe: Recipe, values: Mapping[str, Value]) -> Recipe:
        try:
            design = design_from_text(str(values[LAYERS_SETTING]), self.kind)
        except ValueError as error:
            raise WorkbenchError(f"its network cannot be read: {error}") from error
        return replace(recipe, title=design.title, fixed={**recipe.fixed, **values},
                       parameters=report_of(design).parameters)

    def find(self, project: Path, wanted: str) -> Recipe | None:
        for path in _places(project, wanted):
            if path.is_file():
                design = read_design(path, self.kind)
                return self._recipe(path, project, design, _checked(design, path))
        return None

    def _listed(self, path: Path, project: Path) -> Recipe:
        """One that cannot be read is listed, too: what is wrong is said when it is chosen."""
        try:
            return self._recipe(path, project, read_design(path, self.kind))
        except WorkbenchError as error:
            return replace(self._own, id=_id(path, project), title=path.stem,
                           kept_as=self._own.id, summary=error.sentence(),
                           fixed={LAYERS_SETTING: ""})

    def _recipe(self, path: Path, project: Path, design: Design, text: str = "") -> Recipe:
        report = report_of(design, memory=machine_memory())
        return replace(
            self._own, id=_id(path, project), title=design.title, kept_as=self._own.id,
            parameters=report.parameters, fixed={LAYERS_SETTING: text},
            summary=report.first_problem() or f"{count(len(design.layers), 'layer')} of your own, "
            f"in {FOLDER}/{path.name}.")


def _places(project: Path, wanted: str) -> list[Path]:
    """Where a recipe that is called ``wanted`` may lie."""
    if wanted.endswith(_SUFFIX):
        return [project / wanted, Path(wanted).expanduser()]
    name = f"{wanted}{_SUFFIX}"
    return [project / FOLDER / name] if Path(name).name == name else []


def _id(path: Path, project: Path) -> str:
    """Its path in the project, or the whole one of a file from elsewhere."""
    try:
        return path.resolve().relative_to(project.resolve()).as_posix()
    except ValueError:
        return str(path.resolve())


def _checked(design: Design, path: Path) -> str:
    """The text that a new training carries."""
    problem = report_of(design, memory=machine_memory()).first_problem()
    if problem:
        raise WorkbenchError(problem, path=path)
    return design.to_text()


@cache
def machine_memory() -> int:
    """Bytes of memory that this machine has."""
    import psutil  # not before somebody has a network

    return int(psutil.virtual_memory().total)
