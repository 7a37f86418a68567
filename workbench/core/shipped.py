"""Where the folders lie that come with the program but are no part of the package."""

from __future__ import annotations

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parents[1]


def checkout() -> Path | None:
    """The program's folder with its ``packaging/``; None for one that was installed as a wheel."""
    root = _PACKAGE.parent
    whole = (root / "pyproject.toml").is_file() and (root / "packaging" / "bootstrap.py").is_file()
    return root if whole else None


def shipped_folder(name: str) -> Path:
    """Folder ``name`` ("resources" or "plugins") that came with this program.

    In a checkout it lies beside the package. An installed program has it under
    ``share/workbench`` of the environment it was installed into; a folder of that name beside an
    installed package belongs to somebody else and is never taken.
    """
    root = checkout()
    if root is not None:
        return root / name
    shares = [parent / "share" / "workbench" / name for parent in _PACKAGE.parents]
    return next((share for share in shares if share.is_dir()), shares[-1])
