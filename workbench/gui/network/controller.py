"""The network that is being worked on: its steps of undo, its file, and what is said of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

from workbench.core.commands import Command, UndoStack
from workbench.core.errors import WorkbenchError
from workbench.core.signal import Signal
from workbench.formats.regular_file import read_file
from workbench.project.networks.files import (
    FOLDER,
    design_files,
    machine_memory,
    new_path,
    read_design,
    text_of,
)
from workbench.project.networks.layers import Layer
from workbench.project.networks.network import IMAGES, Design, InputKind, Report, report_of
from workbench.project.networks.presets import EMPTY
from workbench.project.session import Session

Show = Callable[[Design, int], None]


@dataclass(slots=True)
class _Edit:
    """A step from one network to another; ``at`` is the row that it was made at."""

    text: str
    before: Design
    after: Design
    rows: tuple[int, int]
    show: Show
    joins: str = ""
    key: str = ""

    def do(self) -> None:
        self.show(self.after, self.rows[1])

    def undo(self) -> None:
        self.show(self.before, self.rows[0])

    def absorb(self, later: Command) -> bool:
        """Further letters in one field are one step."""
        if not isinstance(later, _Edit) or not self.joins or later.joins != self.joins:
            return False
        self.after = later.after
        return True


class NetworkController:
    """One network of a project at a time.

    Attributes
    ----------
    design, report
        The network as it is, and what is said of it.
    """

    def __init__(self) -> None:
        self.changed: Signal[bool] = Signal()
        """Emitted when any of this is another; its argument is whether the change came from what
        was typed, so that the form need not be made again."""
        self.session: Session | None = None
        self.path: Path | None = None
        self.undo = UndoStack()
        self.row = 0
        """The chosen row: 0 is the image, then the layers, then the classes."""
        self.kind: InputKind = IMAGES
        self.classes = 2
        self._typed = False
        self._read_text = ""
        self._show(EMPTY, 0)

    # --- files ----------------------------------------------------------------------------------

    def open_project(self, session: Session | None) -> None:
        """Begin with the networks of another project, or with none."""
        self.session = session
        self.close()

    def be_of(self, kind: InputKind) -> None:
        """Read and make networks for this input from now on."""
        if kind is not self.kind:
            self.kind = kind
            self.close()

    def files(self) -> list[Path]:
        """The networks of the project."""
        return design_files(self.session.folder) if self.session is not None else []

    def open(self, path: Path) -> None:
        """Show the network of a file; what was changed has to be on the disk.

        Raises
        ------
        WorkbenchError
            If it cannot be read; what was shown stays.
        """
        assert self.session is not None
        design, data = read_design(path, self.kind), read_file(path)
        self.session.saver.remember(path, data)
        self._read_text = data.decode("utf-8")
        self._begin(path, design)

    def create(self, design: Design) -> None:
        """Make a new file in the project, and show it; those made before have to be there.

        Raises
        ------
        WorkbenchError
            If the folder cannot be made.
        """
        assert self.session is not None
        design = replace(design.of_kind(self.kind), title=self._free_title(design.title))
        path = new_path(self.session.folder, design.title)
        try:
            path.parent.mkdir(exist_ok=True)
        except OSError as error:
            raise WorkbenchError("the folder cannot be made", path=path.parent) from error
        self.session.saver.remember(path, None)
        self._read_text = ""
        self._begin(path, design)
        self._save()

    def is_file(self, key: str) -> bool:
        """Whether it is the saver's key of the network that is shown."""
        return self.path is not None and key == self._key(self.path)

    def reload(self) -> None:
        """Show what the disk holds, and forget what could not be saved.

        Raises
        ------
        WorkbenchError
            If it cannot be read.
        """
        if self.session is not None and self.path is not None:
            self.session.saver.drop(self._key(self.path))
            self.open(self.path)

    def close(self) -> None:
        """Show none."""
        self._begin(None, EMPTY.of_kind(self.kind))

    def _free_title(self, title: str) -> str:
        known: set[str] = set()
        number = 2
        for path in self.files():
            try:
                known.add(read_design(path).title)
            except WorkbenchError:
                continue
        free = title
        while free in known:
            free, number = f"{title} {number}", number + 1
        return free

    def _begin(self, path: Path | None, design: Design) -> None:
        self.path, self.undo = path, UndoStack()
        self.undo.changed.connect(lambda: self.changed.emit(self._typed))
        self._show(design, min(1, len(design.layers)))

    def _key(self, path: Path) -> str:
        return f"{FOLDER}/{path.name}"

    def _save(self) -> None:
        if self.session is not None and self.path is not None:
            content = partial(_content, self._read_text, self.design, self.path)
            self.session.saver.submit(self._key(self.path), self.path, content)

    # --- what is shown --------------------------------------------------------------------------

    def set_data(self, classes: int) -> None:
        """Measure for so many classes from now on."""
        if classes != self.classes:
            self.classes = classes
            self._show(self.design, self.row)

    def choose(self, row: int) -> None:
        """Choose a row."""
        row = max(0, min(row, len(self.design.layers) + 1))
        if row != self.row:
            self.row = row
            self.changed.emit(False)

    @property
    def layer(self) -> Layer | None:
        """The chosen layer."""
        at = self.row - 1
        return self.design.layers[at] if 0 <= at < len(self.design.layers) else None

    def _show(self, design: Design, row: int) -> None:
        self.design = design
        self.report: Report = report_of(design, self.classes, machine_memory())
        self.row = max(0, min(row, len(design.layers) + 1))
        self.changed.emit(self._typed)

    # --- edits ----------------------------------------------------------------------------------

    def _edit(self, text: str, after: Design, row: int, joins: str = "") -> None:
        if after == self.design or self.path is None:
            return

        def show(design: Design, at: int) -> None:
            self._show(design, at)
            self._save()

        self._typed = bool(joins)
        try:
            self.undo.push(_Edit(text, self.design, after, (self.row, row), show, joins))
        finally:
            self._typed = False

    def _set_layers(self, text: str, layers: Sequence[Layer], row: int) -> None:
        self._edit(text, self.design.with_layers(layers), row)

    def insert(self, layer: Layer, at: int) -> None:
        """Put a layer before the layer number ``at`` (from 0)."""
        layers = list(self.design.layers)
        layers.insert(at, layer)
        self._set_layers("add a layer", layers, at + 1)

    def insert_after_chosen(self, layer: Layer) -> None:
        self.insert(layer, min(self.row, len(self.design.layers)))

    def move(self, source: int, before: int) -> None:
        """Put the layer number ``source`` before what is number ``before`` now."""
        layers = list(self.design.layers)
        moved = layers.pop(source)
        at = before - (before > source)
        layers.insert(at, moved)
        self._set_layers("move a layer", layers, at + 1)

    def move_chosen(self, by: int) -> None:
        """Move the chosen layer up (-1) or down (1)."""
        at = self.row - 1
        if self.layer is not None and 0 <= at + by < len(self.design.layers):
            self.move(at, at + by + (by > 0))

    def remove_chosen(self) -> None:
        at = self.row - 1
        if self.layer is not None:
            layers = list(self.design.layers)
            del layers[at]
            self._set_layers("remove a layer", layers, min(self.row, len(layers)))

    def duplicate_chosen(self) -> None:
        if self.layer is not None:
            self.insert(self.layer, self.row)

    def set_value(self, name: str, value: Any) -> None:
        """Set a setting of the chosen layer, or of the network where the image is chosen."""
        layer = self.layer
        joins = f"{self.row} {name}"
        if layer is not None:
            layers = list(self.design.layers)
            layers[self.row - 1] = Layer(layer.kind, {**layer.values, name: value})
            self._edit("change a layer", self.design.with_layers(layers), self.row, joins)
        elif name == "title":
            self._edit("rename the network", replace(self.design, title=str(value)), self.row,
                       joins)
        else:
            values: Mapping[str, Any] = {**self.design.values, name: value}
            self._edit("change the network", replace(self.design, values=values), self.row, joins)


def _content(before: str, design: Design, path: Path) -> bytes:
    return text_of(design, before, path).encode()
