"""Finding and loading plugins.

A plugin is a folder with an ``__init__.py`` that has a function ``register()``; importing it must
be quick and must not import torch. Bundled plugins lie under ``plugins/`` beside the package, the
person's own under ``$WORKBENCH_PLUGINS`` (a path list). A plugin that cannot be loaded is told and
left out; it never keeps the program from starting.
"""

from __future__ import annotations

import importlib
import importlib.util
import os
import sys
from pathlib import Path

from workbench.core.errors import Problem

BUNDLED = Path(__file__).resolve().parents[2] / "plugins"

_loaded: dict[str, list[Problem]] = {}


def load_plugins() -> list[Problem]:
    """Register the built-in recipes and all plugins, once; return what could not be loaded."""
    if "done" not in _loaded:
        _loaded["done"] = []
        importlib.import_module("workbench.extension.builtin").register()
        for folder in _plugin_folders():
            problem = _load(folder)
            if problem is not None:
                _loaded["done"].append(problem)
    return _loaded["done"]


def _plugin_folders() -> list[Path]:
    own = os.environ.get("WORKBENCH_PLUGINS", "")
    roots = [BUNDLED, *(Path(part) for part in own.split(os.pathsep) if part)]
    return [
        folder
        for root in roots
        if root.is_dir()
        for folder in sorted(root.iterdir())
        if (folder / "__init__.py").is_file()
    ]


def _load(folder: Path) -> Problem | None:
    name = f"workbench_plugin_{folder.name}"
    spec = importlib.util.spec_from_file_location(
        name, folder / "__init__.py", submodule_search_locations=[str(folder)]
    )
    if spec is None or spec.loader is None:
        return Problem(str(folder), "plugin", "this folder is not a plugin")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
        module.register()
    except Exception as error:  # a plugin is foreign code: whatever it raises must not stop us
        del sys.modules[name]
        return Problem(str(folder), "plugin", f"the plugin could not be loaded: {error}")
    return None
