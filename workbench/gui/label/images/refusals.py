"""What a person refused of what is suggested while they paint; each time is a step of undo."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from workbench.core.annotation import LabeledObject
    from workbench.core.arrays import BoolArray
    from workbench.core.commands import UndoStack


class Refused(NamedTuple):
    """What is not suggested."""

    regions: BoolArray | None = None
    """(h, w) of the map of what is suggested: nothing there."""
    while_labels: tuple[LabeledObject, ...] | None = None
    """Nothing at all as long as these are the labels of the image."""


class Refusals:
    """Those of one image, as long as it is shown.

    Parameters
    ----------
    key
        The image.
    stack
        Where the steps go.
    changed
        Called when something else is refused.
    """

    def __init__(self, key: str, stack: UndoStack | None, changed: Callable[[], object]) -> None:
        self.refused = Refused()
        self.over = False
        self._key, self._stack, self._changed = key, stack, changed
        self._any = False

    def refuse(self, refused: Refused, words: str) -> None:
        """Refuse this, as a step that is called ``words``."""
        if self._stack is not None:
            self._any = True
            self._stack.push(_RefuseStep(self, self._key, refused, words))

    def put(self, refused: Refused) -> None:
        """Have this refused from now on."""
        self.refused = refused
        self._changed()

    def end(self) -> None:
        """Another image is shown, or nothing is suggested any more: to undo it would show
        nothing, so these steps are forgotten."""
        self.over = True
        if self._any and self._stack is not None:
            self._stack.drop_lost()


class _RefuseStep:
    def __init__(self, refusals: Refusals, key: str, after: Refused, text: str) -> None:
        self.text, self.key = text, key
        self._refusals, self._before, self._after = refusals, refusals.refused, after

    @property
    def lost(self) -> bool:
        return self._refusals.over

    def do(self) -> None:
        self._refusals.put(self._after)

    def undo(self) -> None:
        self._refusals.put(self._before)
