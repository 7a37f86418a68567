"""Tasks: kinds of learning, each a folder of its own; listed without importing torch or Qt."""

from __future__ import annotations

import functools
import importlib
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol

from workbench.core.errors import Problem
from workbench.core.signal import Signal
from workbench.extension.registry import Registry, load

__all__ = ["ImportedLabels", "Task", "WholeLabels", "load", "register_bundled", "tasks"]


@dataclass(slots=True)
class ImportedLabels:
    """What an import took of a task's labels: of how many images, from which files of the source
    (posix paths), the number of images by class, what could not be taken, and the labels of each
    image, or its number, by its key in the source; and what else to say, in sentences."""

    number: int = 0
    files: list[str] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)
    problems: list[Problem] = field(default_factory=list)
    labels: dict[str, tuple[str, ...]] = field(default_factory=dict)
    values: dict[str, float] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)


class WholeLabels(Protocol):
    """The classes that the samples of an open project have as a whole, as they are changed: each
    change is one step of undo, and returns how many samples are others now."""

    changed: Signal[tuple[str, ...]]
    """(keys) these samples have other classes now; () for any."""
    ready: bool
    """Whether they were read."""

    @property
    def kind(self) -> str:
        """ "class", "tags" or "number": what a sample has of."""

    def tags(self, key: str) -> tuple[str, ...]:
        """The classes of a sample."""

    def set_label(self, keys: Iterable[str], label: str) -> int:
        """Give samples one class, "" for none; raises WorkbenchError where that cannot be."""

    def toggle_tag(self, keys: Iterable[str], tag: str) -> int:
        """Give samples a tag besides, or take it off where all have it; raises the same."""


class Task(NamedTuple):
    """One kind of learning."""

    id: str
    """Stable name in ``workbench.toml``, recipes and runs ("detection")."""
    title: str
    """A few words for lists ("Objects in images")."""
    medium: str
    """What it learns from: "images" or "sounds"."""
    noun: str
    """One sample ("image")."""
    engine: str
    window: str = ""
    shell: str = ""
    """Each ``"package.module:NAME"``, imported when that part is used: an
    :class:`~workbench.extension.engine_task.EngineTask`, a ``WindowTask`` ("" for none) and a
    :class:`~workbench.extension.shell.ShellTask` ("" for none)."""
    recognise: str = ""
    """``"package.module:function"``, called with a folder: whether it holds labels of this task and
    no boxes, by a few quick looks; "" where only ``workbench.toml`` can say so."""
    examine: str = ""
    """``"package.module:function"``, called with the folder of a project of this task: yields the
    problems that ``doctor`` tells besides those of all projects; "" for none."""
    begin: str = ""
    """What a person does who wants it instead of another task of the medium ("Draw boxes"); ""
    where nobody can choose it in the window."""
    saving: str = ""
    """``"package.module:NAME"`` of a :class:`~workbench.extension.saving.Saving`: how answers of
    its models are kept as files; "" for none."""
    take_labels: str = ""
    """``"package.module:function"``, called after images were imported with the folder that they
    come from, the project's (None: only count), the key of each image there by that in the
    source, and, where a person has said which of their folders are classes, the number of these as
    in :mod:`workbench.project.class_levels` (0: none): gives them the labels of this task that they
    have there, and returns
    :class:`ImportedLabels`; "" for a task whose labels are files beside the images."""
    recipe_files: str = ""
    """``"package.module:NAME"`` of a :class:`~workbench.extension.recipe.RecipeFiles`: recipes that
    projects hold as files; "" for none."""
    features: str = ""
    """``"package.module:function"``, called with the project's folder for the cache, files, and
    what ends it early (called often): gives the places of those files of which the engine's
    ``describe`` found out what they look like, and that, float32 (number, D); "" for none."""
    videos: bool = False
    """Whether its models look at the frames of videos, too."""
    boxes: bool = False
    """Whether its answers have "boxes" with "labels" and "scores", of which another model can be
    asked what is in them. They may have "outlines" (:mod:`workbench.core.flat_rings`; of
    rotated boxes their corners, and "rotated", see :mod:`workbench.core.found_shapes`) and
    "keypoints" (:mod:`workbench.core.found_points`), too: one for each box, empty where none is
    known; and "skeletons", what is known of the key points by class."""
    crops: bool = False
    """Whether its models can be that other model."""
    gate: bool = False
    """Whether its models can be asked only about what is louder than the background of a
    recording."""
    whole_labels: str = ""
    """``"package.module:function"``, called with the folder of a project: the classes that each
    sample has as a whole, or its number, by its key; "" for a task whose labels are files beside
    the samples."""
    say_folders: str = ""
    """``"package.module:function"``, called with the folder of a project and its manifest: says in
    the manifest which folders are classes, as a copy with some of the samples alone cannot tell;
    "" where no folder is one."""
    areas: bool = False
    """Whether it is about the class of each pixel, so that it is said what labels cover."""
    open_labels: str = ""
    """``"package.module:function"``, called with an open project: its :class:`WholeLabels`, which
    are read from then on; "" for a task that gives samples no classes as a whole."""
    judged: str = ""
    """``"package.module:function"``, called with a run and the project's classes: gives a
    :class:`~workbench.core.judged.Judged` of each thing of the validation and test samples that the
    run's stored answers are right or wrong about, and of each sample as a whole where that is not
    the same; "" where single answers are not right or wrong."""
    operating: str = ""
    """``"package.module:function"``, a :data:`~workbench.project.operating.Find`: from which score
    on answers of a run's model count, as its validation samples say; "" where no score says it."""
    self_training: bool = False
    """Whether a model can teach another one from samples without labels: its ``EngineTask`` has
    ``make_pseudo_labels`` and ``with_pseudo_labels``."""


tasks: Registry[Task] = Registry("task")
"""All tasks; see :func:`workbench.extension.plugins.load_plugins`."""


@functools.cache
def register_bundled() -> None:
    """Register the tasks that come with the program, once; quick enough for the start."""
    importlib.import_module("workbench.tasks").register()
