"""What the classes of a run are called in its project now: one rule for all who show figures."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from workbench.core.text import several


@dataclass(frozen=True, slots=True)
class RunClasses:
    """Names by which a run is judged."""

    names: tuple[str, ...]
    """The run's, in the order of its model's outputs, as they are called now."""
    renamed: Mapping[str, str] = field(default_factory=dict)
    """The name now by the name in training, where they differ."""
    unknown: Mapping[str, int] = field(default_factory=dict)
    """Objects by class of the labels that the run does not know."""
    gone: tuple[str, ...] = ()
    """The run's names that neither the project nor these labels know, as after a merge."""

    @property
    def all(self) -> tuple[str, ...]:
        """The run's names, then those that only labels know."""
        return (*self.names, *self.unknown)

    def words(self, noun: str = "object", fate: str = "counted as missed") -> list[str]:
        """What a person should know, a sentence each; ``fate`` is what becomes of the unknown."""
        sentences = [f"“{old}” is called “{new}” now." for old, new in self.renamed.items()]
        if self.unknown:
            names = ", ".join(f"“{name}”" for name in self.unknown)
            count = sum(self.unknown.values())
            them = f"1 {noun} is" if count == 1 else f"{count:,} {several(noun)} are"
            sentences.append(f"This model was not trained on {names}: {them} {fate}.")
        if self.gone:
            names = ", ".join(f"“{name}”" for name in self.gone)
            are, them = ("is", "it") if len(self.gone) == 1 else ("are", "them")
            sentences.append(f"{names} {are} not among this project's classes, so finding {them} "
                             "counts as wrong. After merging or deleting classes, train again.")
        return sentences


def classes_of_run(
    run: Sequence[str], project: Sequence[str], labels: Iterable[str] = ()
) -> RunClasses:
    """Join the classes of a run with those of its project and of the labels.

    The position of a class in ``workbench.toml`` never changes. So a name that the project does
    not know any more, at a position where it now has a name that the run does not know, is a class
    that was renamed; but not where those that both know are in another order, since somebody has
    put the list into another order by hand then, and positions say nothing.

    Parameters
    ----------
    run
        Names in training.
    project
        Names in ``workbench.toml``.
    labels
        The class of every object that is judged.
    """
    ordered = [name for name in run if name in project] == [
        name for name in project if name in run]
    names = tuple(
        project[i] if ordered and name not in project and i < len(project)
        and project[i] not in run else name
        for i, name in enumerate(run)
    )
    counted = Counter(labels)
    unknown = {label: number for label, number in counted.items() if label not in names}
    renamed = {old: new for old, new in zip(run, names, strict=True) if old != new}
    named = {*project, *counted}
    gone = tuple(name for name in names if name not in named) if project else ()
    return RunClasses(names, renamed, dict(sorted(unknown.items())), gone)
