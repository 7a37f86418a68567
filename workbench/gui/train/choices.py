"""What can be chosen before a training, without any widget."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from workbench.core.schema import Field, Schema
from workbench.core.text import count, megabytes, millions, several, tr
from workbench.extension.recipe import Recipe, Weights

Connectivity = Literal["unknown", "online", "offline"]

AUTO = "auto"
PLAIN = ("any_way_up",)
"""Common settings that stand in the open; the others wait under "More"."""
SEED = Field("seed", "int", 0, "Seed", "The same seed gives the same run.", minimum=0,
             maximum=2**31 - 1)
EXACT_MINUTES = Field(
    "minutes", "float", 0.0, "Exact time", "Minutes from pressing Train to the last figure; 0 goes "
    "by the time chosen above.", "min", minimum=0.0, maximum=100_000)
PASSES = "epochs"
"""The setting that says how many times every image is shown; 0 in the form goes by the time."""
UNTIL = "until"
USUAL_MINUTES = (2.0, 5.0, 10.0, 30.0)
USUAL_LENGTH = "10 min"


_FROM_RUN = ("Starts from the best model of that run: what it learned is kept, even where the "
             "classes differ.")


@dataclass(frozen=True, slots=True)
class Option:
    """An entry of a list: its value for the request, its words and a longer explanation."""

    value: str
    text: str
    help: str = ""


def weights_here(weights: Weights) -> bool:
    """Whether the file lies on this machine (the engine checks its hash before it is used)."""
    return weights.path.is_file()


def recipe_options(recipes: Iterable[Recipe], task: str, chosen: str = "") -> list[Option]:
    """All recipes for a task, the automatic choice first.

    ``chosen`` is the id that the engine would take for the automatic choice, once it is known.
    """
    fitting = [recipe for recipe in recipes if recipe.task == task and recipe.whole]
    best = next((recipe.title for recipe in fitting if recipe.id == chosen), "")
    auto = tr("Automatic: {best}", best=best) if best else tr("Automatic")
    options = [Option(AUTO, auto, tr("What suits your labels, this machine and the time."))]
    for recipe in fitting:
        text = f"{recipe.title} · {millions(recipe.parameters)}"
        options.append(Option(recipe.id, text, recipe.summary))
    return options


def start_options(
    recipe: Recipe | None, runs: Iterable[tuple[str, str, str]], connectivity: Connectivity,
    file: str = "",
) -> list[Option]:
    """What a training can start from, the natural choice first.

    Parameters
    ----------
    recipe
        The chosen one, or None for the automatic choice.
    runs
        ``(name, title, recipe id)`` of earlier runs that have a model.
    reach
        Whether weights could be downloaded now.
    file
        A file that was chosen before, or "".
    """
    if recipe is None:
        options = [Option(AUTO, tr("Automatic"), tr("Weights on this machine, or none."))]
    else:
        options = [_pretrained(weights, connectivity) for weights in recipe.weights[:1]]
    options.append(_nothing(recipe))
    for name, title, of in runs:
        if recipe is None or of == recipe.registered:
            options.append(Option(name, tr("Run {title}", title=title), _FROM_RUN))
    if file:
        options.append(Option(file, Path(file).name, file))
    return options


def _nothing(recipe: Recipe | None) -> Option:
    if recipe is not None and recipe.from_nothing == "yes":
        return Option("none", tr("Nothing (no weights needed)"),
                      tr("This model type is designed for it."))
    help_ = tr("Without pretrained weights this needs a long time and many images.")
    return Option("none", tr("Nothing"), "" if recipe is None else help_)


def _pretrained(weights: Weights, connectivity: Connectivity) -> Option:
    name = weights.title.partition(",")[0]
    help_ = f"{weights.title}. {weights.licence}".strip()
    if weights_here(weights):
        return Option("pretrained", tr("{name} weights (here)", name=name), help_)
    if connectivity == "offline":
        return Option("pretrained", tr("{name} weights (not here: offline)", name=name),
                      tr("{help}\nThe file {name} is not on this machine and cannot be "
                         "fetched now. Choose nothing, an earlier run or a file.",
                         help=help_, name=weights.name))
    return Option("pretrained", tr("{name} weights (download {megabytes})",
                                   name=name, megabytes=megabytes(weights.size)), help_)


def plain_schema(settings: Schema, common: Schema) -> Schema:
    """The settings of a recipe that stand in the open."""
    return Schema(*(field for field in settings if not _is_folded(field, common)))


def more_schema(settings: Schema, common: Schema, noun: str) -> Schema:
    """The settings of a recipe that wait under "More", how long it takes in figures first; without
    a ``noun`` it is fitted in one go, and that is no question."""
    passes = Field(PASSES, "int", 0, tr("Passes over the {nouns}", nouns=several(noun)),
                   tr("How many times every {noun} is shown to the model, instead of a time; "
                      "0 uses the time chosen above.", noun=noun),
                   minimum=0, maximum=100_000)
    folded = [replace(field, advanced=False) for field in settings
              if field.name != PASSES and _is_folded(field, common)]
    return Schema(*((EXACT_MINUTES, passes) if noun else ()), *folded, SEED)


def _is_folded(field: Field, common: Schema) -> bool:
    return field.advanced or (field.name in common and field.name not in PLAIN)


# --- how long -------------------------------------------------------------------------------------


def minutes_value(minutes: float) -> str:
    """The value of the option for so many minutes ("10 min")."""
    return f"{minutes:g} min"


def passes_value(passes: int) -> str:
    """The value of the option for so many passes ("25 passes")."""
    return f"{passes} passes"


def length_of(value: str) -> tuple[float | None, int | None, bool]:
    """Minutes, passes, and whether it goes on until nothing improves: what a value stands for."""
    if value == UNTIL:
        return None, None, True
    number, _, unit = value.partition(" ")
    return (float(number), None, False) if unit == "min" else (None, int(number), False)


LONGEST = 100_000
"""Minutes or passes, at most."""


def is_length(value: str) -> bool:
    """Whether ``value`` is one that :func:`length_of` understands (it may be a remembered one)."""
    try:
        minutes, passes, _ = length_of(value)
    except ValueError:
        return False
    return value == UNTIL or 0 < (minutes or passes or 0) <= LONGEST


def is_exact(value: str) -> bool:
    """Whether it is none of the usual ones but a figure of its own."""
    return is_length(value) and value not in (UNTIL, *map(minutes_value, USUAL_MINUTES))


def length_options(chosen: str) -> list[Option]:
    """The usual times, and ``chosen`` where it is none of them."""
    options = [Option(minutes_value(minutes), length_words(minutes_value(minutes)),
                      tr("The training ends within this time.")) for minutes in USUAL_MINUTES]
    options.append(Option(UNTIL, length_words(UNTIL),
                          tr("The training ends by itself when the score "
                             "on validation data has not risen for a while.")))
    if chosen not in {option.value for option in options}:
        options.append(Option(chosen, length_words(chosen), tr("As set under More.")))
    return options


def length_words(value: str) -> str:
    """A length for people ("10 minutes", "25 passes", "Until it stops improving")."""
    minutes, passes, _ = length_of(value)
    if minutes is not None:
        if minutes == int(minutes):
            return count(int(minutes), "minute")
        return tr("{minutes:g} minutes", minutes=minutes)
    return count(passes, "pass", "passes") if passes is not None else tr("Until it stops improving")
