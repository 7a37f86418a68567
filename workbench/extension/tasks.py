"""Tasks: kinds of learning, each a folder of its own; listed without importing torch or Qt."""

from __future__ import annotations

import functools
import importlib
from dataclasses import dataclass

from workbench.extension.registry import Registry, load

__all__ = ["Task", "load", "register_bundled", "tasks"]


@dataclass(frozen=True, slots=True)
class Task:
    """One kind of learning.

    Parameters
    ----------
    id
        Stable name in ``workbench.toml``, recipes and runs ("detection").
    title
        A few words for lists ("Objects in images").
    medium
        What it learns from: "images" or "sounds".
    noun
        One sample ("image").
    engine, window, shell
        Each ``"package.module:NAME"``, imported when that part is used: an
        :class:`~workbench.extension.engine_task.EngineTask`, a ``WindowTask`` ("" for none) and a
        :class:`~workbench.extension.shell.ShellTask` ("" for none).
    recognise
        ``"package.module:function"``, called with a folder: whether it holds labels of this task
        and no boxes, by a few quick looks; "" where only ``workbench.toml`` can say so.
    examine
        ``"package.module:function"``, called with the folder of a project of this task: yields the
        problems that ``doctor`` tells besides those of all projects; "" for none.
    begin
        What a person does who wants it instead of another task of the medium ("Draw boxes"); ""
        where nobody can choose it in the window.
    saving
        ``"package.module:NAME"`` of a :class:`~workbench.extension.saving.Saving`: how answers of
        its models are kept as files; "" for none.
    """

    id: str
    title: str
    medium: str
    noun: str
    engine: str
    window: str = ""
    shell: str = ""
    recognise: str = ""
    examine: str = ""
    begin: str = ""
    saving: str = ""


tasks: Registry[Task] = Registry("task")
"""All tasks; see :func:`workbench.extension.plugins.load_plugins`."""


@functools.cache
def register_bundled() -> None:
    """Register the tasks that come with the program, once; quick enough for the start."""
    importlib.import_module("workbench.tasks").register()
