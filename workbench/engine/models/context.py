"""What a recipe is built for, by the kind of its facts. Imports no torch."""

from __future__ import annotations

from collections.abc import Mapping

from workbench.core.schema import Value
from workbench.extension.detection import BuildContext, DataFacts
from workbench.extension.sounds import SoundContext, SoundFacts

Facts = DataFacts | SoundFacts
Context = BuildContext | SoundContext


def context_of(
    classes: tuple[str, ...], settings: Mapping[str, Value], facts: Facts, device: str
) -> Context:
    """The context that a recipe's builder is called with."""
    if isinstance(facts, SoundFacts):
        return SoundContext(classes, settings, facts, device)
    return BuildContext(classes, settings, facts, device)
