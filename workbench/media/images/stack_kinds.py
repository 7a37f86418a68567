"""Which files are stacks: by suffix, what reads their headers and what reads their planes."""

from __future__ import annotations

import os
from collections.abc import Iterable
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from workbench.core.text import listed
from workbench.media.images.tiff_header import TIFF_SUFFIXES

if TYPE_CHECKING:
    from workbench.media.images.stack import Stack
    from workbench.media.images.stack_pages import StackReader

_HERE = "workbench.media.images"


class StackKind(NamedTuple):
    """One kind of file."""

    title: str
    suffixes: tuple[str, ...]
    headers: str
    """The function that gives the stacks of a path; it raises :class:`WorkbenchError` for a file
    that cannot be read."""
    planes: str
    """The class that reads planes, as :class:`~workbench.media.images.stack_pages.StackReader`."""

    def read(self, path: Path) -> list[Stack]:
        """What a file holds, from its headers."""
        found: list[Stack] = _loaded(self.headers)(path)
        return found

    def open(self, path: Path, stack: Stack) -> StackReader:
        """What reads the planes of a stack."""
        made: StackReader = _loaded(self.planes)(path, stack)
        return made


TIFF = StackKind("TIFF", TIFF_SUFFIXES, f"{_HERE}.stack:read_stacks",
                 f"{_HERE}.stack_pages:StackReader")
_TILES = f"{_HERE}.tile_reader:TileReader"
UNSHOWN = (
    StackKind("Zeiss CZI", (".czi",), f"{_HERE}.czi:read_czi", _TILES),
    StackKind("Leica LIF", (".lif",), f"{_HERE}.lif:read_lif", _TILES),
    StackKind("Nikon ND2", (".nd2",), f"{_HERE}.nd2:read_nd2", _TILES),
    StackKind("DICOM", (".dcm", ".dicom"), f"{_HERE}.dicom:read_dicom",
              f"{_HERE}.dicom_reader:DicomReader"),
)
"""Files of which nothing is shown but the images that are made of them."""
UNSHOWN_SUFFIXES = frozenset(suffix for kind in UNSHOWN for suffix in kind.suffixes)
_KINDS = {suffix: kind for kind in (TIFF, *UNSHOWN) for suffix in kind.suffixes}
STACK_SUFFIXES = frozenset(_KINDS)
"""Of all kinds."""


def stack_kind_of(name: str | os.PathLike[str]) -> StackKind | None:
    """The kind of a file by its suffix; None for no stack."""
    return _KINDS.get(os.path.splitext(name)[1].lower())  # noqa: PTH122  there may be 100,000


def stack_titles(names: Iterable[str | os.PathLike[str]]) -> str:
    """Of which kinds they are ("Leica LIF and Zeiss CZI")."""
    return listed(sorted({kind.title for kind in map(stack_kind_of, names) if kind is not None}))


def _loaded(name: str) -> Any:
    module, _, function = name.partition(":")
    return getattr(import_module(module), function)
