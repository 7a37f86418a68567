"""The report of a classifier of sounds, for the window and for the shell. No Qt in here."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

from workbench.evaluation.classification import Classification
from workbench.evaluation.report_page import ReportImage
from workbench.media.sounds.spectrum_png import spectrum_png
from workbench.project.class_results import report_picture, write_class_report
from workbench.project.datasets.sounds import SoundSample
from workbench.tasks.sound_classification.results import noun_of


def write_sound_report(
    path: Path, result: Classification, sounds: Sequence[SoundSample], **values: Any
) -> Path:
    """See :func:`workbench.project.class_results.write_class_report`."""
    return write_class_report(
        path, result, sounds, noun_of(sounds), _picture, small=True,
        mistakes_note="low tones at the bottom, time from left to right", **values)


def _picture(sound: SoundSample, words: str) -> ReportImage:
    where = "" if sound.whole else f", {sound.start:.2f}–{sound.end:.2f} s"
    return report_picture(f"{sound.key.rpartition('/')[2]}{where}: {words}",
                          partial(spectrum_png, sound.path, sound.start, sound.end), "image/png")
