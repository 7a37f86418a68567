"""Where the files that come with the program lie."""

from __future__ import annotations

import sys
from pathlib import Path


def resources_folder() -> Path:
    """The ``resources`` folder: beside the package in a checkout, under ``share`` in an install."""
    beside = Path(__file__).resolve().parents[2] / "resources"
    if beside.is_dir():
        return beside
    return Path(sys.prefix) / "share" / "workbench" / "resources"


def icon_path(name: str) -> Path:
    """File of the icon ``name``."""
    return resources_folder() / "icons" / f"{name}.svg"
