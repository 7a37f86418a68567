"""What a run is called wherever a person reads of it: "Compact #2". Imports no torch."""

from __future__ import annotations

import re

from workbench.extension.registry import recipes

_UNFIT = re.compile(r"[^\w. +()-]+")  # what a folder's name leaves out of a recipe's id


def run_title(name: str, recipe_id: str) -> str:
    """The title of the run in ``runs/NAME``.

    ``2026-11-20-compact-n-3`` of the recipe "compact-n" is "Compact #3". A name that a person gave
    stays as it is.
    """
    base = re.escape(_UNFIT.sub("-", recipe_id))
    made = re.fullmatch(rf"\d{{4}}-\d\d-\d\d-{base}(?:-(\d+))?", name)
    if made is None or not recipe_id:
        return name
    return f"{recipe_title(recipe_id)} #{made.group(1) or 1}"


def recipe_title(recipe_id: str) -> str:
    """The recipe's words, or its id where it is not installed any more."""
    return recipes.get(recipe_id).title if recipe_id in recipes else recipe_id
