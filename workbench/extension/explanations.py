"""Ways to show what a model sees or why it answers as it does. Imports no torch."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from workbench.extension.registry import Registry

if TYPE_CHECKING:
    from workbench.core.schema import Value

__all__ = ["Explanation", "ExplanationMethod", "ExplanationRequest", "explanation_methods"]


@dataclass(frozen=True, slots=True)
class ExplanationMethod:
    """One way of explaining.

    Parameters
    ----------
    id
        Stable name.
    title
        A few words for a list.
    tasks
        Ids of the tasks whose models it explains; empty for all.
    explain
        ``"package.module:function"``, imported in the engine only: called with an
        :class:`ExplanationRequest`, it returns an :class:`Explanation`.
    """

    id: str
    title: str
    tasks: tuple[str, ...]
    explain: str


@dataclass(frozen=True, slots=True)
class ExplanationRequest:
    """What is to be explained.

    Parameters
    ----------
    file
        The image or sound.
    recipe, settings, facts
        What the model was, or would be, built with.
    load_model
        Builds the trained model on the CPU; raises ``WorkbenchError`` where there is none yet.
    start, end
        Seconds of a part of a sound; ``end`` 0 is all of it.
    seed
        Another one draws other variations.
    check
        Called often; may raise to end the work.
    """

    file: Path
    recipe: str
    settings: Mapping[str, Value]
    facts: Any
    load_model: Callable[[], Any]
    start: float = 0.0
    end: float = 0.0
    seed: int = 0
    check: Callable[[], None] = lambda: None


@dataclass(frozen=True, slots=True)
class Explanation:
    """What is shown: plain data about the input, and views, each with "id" and "title"."""

    features: Mapping[str, Any] = field(default_factory=dict)
    views: list[dict[str, Any]] = field(default_factory=list)


explanation_methods: Registry[ExplanationMethod] = Registry("explanation")
"""All methods, the usual one of each task first."""
