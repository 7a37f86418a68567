"""What tracks are measured by, as options of ``measure`` and ``predict``."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from workbench.core.speeds import Speed
    from workbench.project.measurements.tracks import TrackRules

NAMES = ("smooth", "gap", "moving", "frame")


def add(command: argparse.ArgumentParser) -> None:
    """Give a command the options."""
    command.add_argument("--smooth", type=_smooth, metavar="SECONDS",
                         help="of tracks: smooth positions over so long, so that boxes that "
                         "tremble make no way; 0 for not at all (default: 0.2)")
    command.add_argument("--gap", type=_seconds, metavar="SECONDS",
                         help="of tracks: nothing is said of the way of what is not seen for "
                         "longer than that (default: 0.5)")
    command.add_argument("--moving", type=_speed, metavar="SPEED",
                         help="of tracks: from which speed on a thing moves: “20 px/s”, "
                         "“3 mm/s”, or of its own size (default: “0.5 body lengths/s”)")
    command.add_argument("--frame-every", type=duration, dest="frame", metavar="TIME",
                         help="of tracks in a time-lapse: what passes from each frame to the next, "
                         "as “60 s” or “5 min” (default: what the project says, else as the video "
                         "plays)")


def option(name: str) -> str:
    """What the option is called that gives one of :data:`NAMES`."""
    return "frame-every" if name == "frame" else name


def rules_of(options: argparse.Namespace) -> TrackRules:
    """The rules that were asked for."""
    from workbench.project.measurements.tracks import TrackRules

    return TrackRules(**{name: getattr(options, name) for name in NAMES
                         if getattr(options, name) is not None})


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = -1.0
    if not 0 <= seconds < 1e9:
        raise argparse.ArgumentTypeError(f"“{text}” is not a number of seconds")
    return seconds


def _smooth(text: str) -> float:
    from workbench.evaluation.motion import MOST_SMOOTH

    seconds = _seconds(text)
    if seconds > MOST_SMOOTH:
        raise argparse.ArgumentTypeError(f"{text} s are too long: {MOST_SMOOTH:g} at most")
    return seconds


def _speed(text: str) -> Speed:
    from workbench.core.speeds import parse_speed

    try:
        return parse_speed(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{text}: {error}") from None


def duration(text: str) -> float:
    """Seconds of a time such as "5 min", for an option."""
    from workbench.core.durations import parse_duration

    try:
        return parse_duration(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{text}: {error}") from None
