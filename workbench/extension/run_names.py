"""What a run is called wherever a person reads of it: "Compact #2". Imports no torch."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from workbench.core.lazy_pattern import lazy_pattern
from workbench.extension.registry import recipes

_UNFIT = lazy_pattern(r"[^\w. +()-]+")  # what a folder's name leaves out of a recipe's id


def run_title(name: str, recipe_id: str, own: str = "") -> str:
    """The title of the run in ``runs/NAME``.

    ``2026-11-20-compact-n-3`` of the recipe "compact-n" is "Compact #3". A name that a person gave
    stays as it is. ``own`` is the title of a recipe that came from a file of the project.
    """
    base = re.escape(_UNFIT.sub("-", recipe_id))
    made = re.fullmatch(rf"\d{{4}}-\d\d-\d\d-{base}(?:-(\d+))?", name)
    if made is None or not recipe_id:
        return name
    return f"{own or recipe_title(recipe_id)} #{made.group(1) or 1}"


def title_of_run(name: str, config: Mapping[str, Any]) -> str:
    """The title of the run in ``runs/NAME`` with this configuration."""
    return run_title(name, str(config.get("recipe", "")), str(config.get("recipe_title", "")))


def title_of_name(name: str) -> str:
    """The title of the run in ``runs/NAME`` by its name alone."""
    recipe = name[len("2026-11-20-"):]
    known, _, number = recipe.rpartition("-")
    return run_title(name, known if number.isdigit() and known in recipes else recipe)


def recipe_title(recipe_id: str) -> str:
    """The recipe's words, or its id where it is not installed any more."""
    return recipes.get(recipe_id).title if recipe_id in recipes else recipe_id
