"""What pages of results are made for: results, what is on the screen of them, and their parts."""

from __future__ import annotations

from typing import Any, Protocol, TypeVar

from workbench.gui.results.loading import ResultsLoader
from workbench.gui.results.toolbar import ResultsToolbar


class Results(Protocol):
    """One run on one split."""

    @property
    def run(self) -> str: ...
    @property
    def split(self) -> str: ...
    @property
    def classes(self) -> tuple[str, ...]: ...
    @property
    def missing(self) -> int: ...


class ShownResults(Protocol):
    """All that is on the screen at one setting."""

    @property
    def results(self) -> Any: ...
    @property
    def milliseconds(self) -> float: ...


LoadingT = TypeVar("LoadingT", bound=ResultsLoader[Any, Any, Any])
BarT = TypeVar("BarT", bound=ResultsToolbar)
SetT = TypeVar("SetT", bound=Results)
ShownT = TypeVar("ShownT", bound=ShownResults)
