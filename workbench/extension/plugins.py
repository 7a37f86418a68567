"""Finding and loading plugins.

A plugin is a folder with an ``__init__.py`` that has a function ``register()``; importing it must
be quick and must not import torch. Bundled plugins come with the program
(:func:`workbench.core.shipped.shipped_folder`), the person's own lie under ``$WORKBENCH_PLUGINS``
(a path list). A plugin that cannot be loaded is reported and left out, together with whatever it
had registered before it failed; it never keeps the program from starting.
"""

from __future__ import annotations

import importlib.util
import os
import re
import sys
import traceback
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any

from workbench.core.errors import Problem, WorkbenchError
from workbench.core.shipped import shipped_folder
from workbench.extension.annotation_formats import annotation_formats
from workbench.extension.augmentations import augmentations
from workbench.extension.explanations import explanation_methods
from workbench.extension.exports import export_formats
from workbench.extension.registry import Registry, loaded, recipes
from workbench.extension.shell import shell_commands
from workbench.extension.tasks import register_bundled, tasks
from workbench.extension.training import optimizers, samplers, schedules
from workbench.extension.window import actions, cards, labelling_tools, places

REGISTRIES: tuple[Registry[Any], ...] = (
    tasks, recipes, optimizers, schedules, samplers, augmentations, annotation_formats,
    explanation_methods, export_formats, shell_commands, places, cards, labelling_tools,
    actions)
"""All that a plugin can add to."""
_loaded: dict[str, list[Problem]] = {}
_PREFIX = "workbench_plugin_"
_PACKAGE = re.compile(rf"{_PREFIX}([^.]+)")


def load_plugins() -> list[Problem]:
    """Register the bundled tasks and all plugins, once; return what could not be loaded."""
    if "done" not in _loaded:
        _loaded["done"] = []
        register_bundled()
        for folder in _plugin_folders():
            problem = _load(folder)
            if problem is not None:
                _loaded["done"].append(problem)
        loaded.emit()
    return _loaded["done"]


def _plugin_folders() -> list[Path]:
    own = os.environ.get("WORKBENCH_PLUGINS", "")
    roots = [shipped_folder("plugins"), *(Path(part) for part in own.split(os.pathsep) if part)]
    return [
        folder
        for root in roots
        if root.is_dir()
        for folder in sorted(root.iterdir())
        if (folder / "__init__.py").is_file()
    ]


def _load(folder: Path) -> Problem | None:
    name = f"{_PREFIX}{folder.name}"
    spec = importlib.util.spec_from_file_location(
        name, folder / "__init__.py", submodule_search_locations=[str(folder)]
    )
    if spec is None or spec.loader is None:
        return Problem(str(folder), "plugin", "this folder is not a plugin")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    known = [registry.ids() for registry in REGISTRIES]
    try:
        with redirect_stdout(sys.stderr):  # where a command may have promised JSON alone
            spec.loader.exec_module(module)
            if not hasattr(module, "register"):
                raise WorkbenchError("it has no function register()")
            module.register()
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # foreign code: whatever it raises must not stop us
        del sys.modules[name]
        for registry, ids in zip(REGISTRIES, known, strict=True):
            registry.keep_only(ids)
        return _failure(folder, error)
    return None


def _words(error: BaseException) -> str:
    if isinstance(error, SystemExit):
        return f"it tried to end the program (sys.exit({error.code!r}))"
    if isinstance(error, WorkbenchError):
        return error.sentence().removesuffix(".")
    kind, text = type(error).__name__, traceback.format_exception_only(error)[0]
    said = text.rstrip("\n").partition(": ")[2]  # also of an error whose own words fail
    return f"{kind}: {said}" if said else kind


def _failure(folder: Path, error: BaseException) -> Problem:
    """The problem to report, with the last place in the plugin's own files that was reached."""
    if isinstance(error, SyntaxError):
        path, line = error.filename or str(folder), error.lineno
        what = error.msg
    else:
        inside = [frame for frame in traceback.extract_tb(error.__traceback__)
                  if Path(frame.filename).is_relative_to(folder)]
        path = inside[-1].filename if inside else str(folder / "__init__.py")
        line = inside[-1].lineno if inside else None
        what = _words(error)
    where = f"{Path(path).name}, line {line}" if line else Path(path).name
    return Problem(path, "plugin",
                   f"the plugin “{folder.name}” could not be loaded: {what} ({where})", line=line)


def fault_place(error: BaseException) -> tuple[str, str]:
    """The plugin that a fault happened in, and the last place there ("model.py, line 7"); two
    empty texts for a fault of the program."""
    for frame, line in reversed(list(traceback.walk_tb(error.__traceback__))):
        plugin = _PACKAGE.match(frame.f_globals.get("__name__", ""))
        if plugin is not None:
            return plugin[1], f"{Path(frame.f_code.co_filename).name}, line {line}"
    return "", ""


def fault_text(error: BaseException) -> str:
    """A sentence for a fault in the program or a plugin, with what is known of it."""
    words = " ".join(str(error).split())[:300]
    plugin, place = fault_place(error)
    if isinstance(error, ImportError) and not plugin:
        return f"A part that the program needs is missing or damaged ({words}). Set it up again."
    if isinstance(error, SystemExit):
        words = f"it tried to end the program (sys.exit({error.code!r}))"
    else:
        words = f"{type(error).__name__}: {words}" if words else type(error).__name__
    where, at = (f"the plugin “{plugin}”", f" ({place})") if plugin else ("the program", "")
    return f"Something in {where} went wrong: {words}{at}."
