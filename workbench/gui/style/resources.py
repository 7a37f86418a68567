"""Where the icons and the fonts that come with the program lie. Imports no Qt."""

from __future__ import annotations

from pathlib import Path

from workbench.core.shipped import shipped_folder


def icon_path(name: str) -> Path:
    """File of the icon ``name``."""
    return shipped_folder("resources") / "icons" / f"{name}.svg"


def font_paths() -> list[Path]:
    """Files of the interface font that comes with the program."""
    return sorted((shipped_folder("resources") / "fonts").glob("*.otf"))
