"""The report of a classifier of sounds, for the window and for the shell. No Qt in here."""

from __future__ import annotations

import base64
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from workbench.core.errors import WorkbenchError
from workbench.evaluation.class_report import render_class_report
from workbench.evaluation.classification import Classification, worst_mistakes
from workbench.evaluation.report_page import ReportImage
from workbench.formats.atomic import write_atomic
from workbench.media.sounds.spectrum_png import spectrum_png
from workbench.project.datasets.sounds import SoundSample


def write_sound_report(
    path: Path, result: Classification, sounds: Sequence[SoundSample], *, title: str, run: str,
    split: str, config: Mapping[str, Any], colors: Sequence[str], doubt: str = "",
) -> Path:
    """Write the HTML report to ``path`` and return it; for any thread.

    Parameters
    ----------
    result
        What is reported.
    sounds
        Those that it is about, in its order.
    title, run, split, config
        Project, run and part, and how the run was trained.
    colors
        "#rrggbb" for each class.
    doubt
        Why the scores say little about new sounds, or "".

    Raises
    ------
    WorkbenchError
        If it cannot be written; a report that was there before is untouched.
    """
    html = render_class_report(
        result, "sound", title=title, run=run, split=split, doubt=doubt, config=config,
        colors=colors, mistakes=list(_mistakes(result, sounds)), small=True,
        mistakes_note="low tones at the bottom, time from left to right")
    write_atomic(path, html.encode("utf-8"))
    return path


def _mistakes(result: Classification, sounds: Sequence[SoundSample]) -> Iterator[ReportImage]:
    confidence = result.confidence
    for index in worst_mistakes(result):
        sound = sounds[index]
        believed = result.classes[int(result.predicted[index])]
        where = "" if sound.whole else f", {sound.start:.2f}–{sound.end:.2f} s"
        words = (f"{sound.key.rpartition('/')[2]}{where}: {sound.label} taken for {believed} "
                 f"({confidence[index]:.2f})")
        try:
            picture = spectrum_png(sound.path, sound.start, sound.end)
        except (WorkbenchError, OSError):
            picture = b""  # a file that has gone since: its line stays, without a picture
        yield ReportImage(words, base64.b64encode(picture).decode("ascii"), "image/png")
