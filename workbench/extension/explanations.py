"""Ways to show what a model sees or why it answers as it does. Imports no torch."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from workbench.core.progress import StageCallback
from workbench.extension.registry import Registry

if TYPE_CHECKING:
    from workbench.core.schema import Value

__all__ = ["Explanation", "ExplanationMethod", "ExplanationRequest", "explanation_methods"]


@dataclass(frozen=True, slots=True)
class ExplanationMethod:
    """One way of explaining."""

    id: str
    """Stable name."""
    title: str
    """A few words for a list."""
    tasks: tuple[str, ...]
    """Ids of the tasks whose models it explains; empty for all."""
    explain: str
    """``"package.module:function"``, imported in the engine only: called with an
    :class:`ExplanationRequest`, it returns an :class:`Explanation`."""


@dataclass(frozen=True, slots=True)
class ExplanationRequest:
    """What is to be explained."""

    file: Path
    """The image or sound."""
    recipe: str
    settings: Mapping[str, Value]
    facts: Any
    """What the model was, or would be, built with."""
    load_model: Callable[[], Any]
    """Builds the trained model on the CPU; raises ``WorkbenchError`` where there is none yet."""
    start: float = 0.0
    end: float = 0.0
    """Seconds of a part of a sound; ``end`` 0 is all of it."""
    seed: int = 0
    """Another one draws other variations."""
    check: Callable[[], None] = lambda: None
    """Called often; may raise to end the work."""
    classes: tuple[str, ...] = ()
    """Names in the order of the model's answers."""
    report: StageCallback = lambda text, done, total: None
    """Tells progress, in words, and calls ``check``: what is done, of how much."""


@dataclass(frozen=True, slots=True)
class Explanation:
    """What is shown: plain data about the input, and views, each with "id" and "title"; see
    :class:`workbench.jobs.events.Explained`."""

    features: Mapping[str, Any] = field(default_factory=dict)
    views: list[dict[str, Any]] = field(default_factory=list)


explanation_methods: Registry[ExplanationMethod] = Registry("explanation")
"""All methods, the usual one of each task first."""
