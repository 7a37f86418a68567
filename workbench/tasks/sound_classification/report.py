"""A sound classifier's report: what the classification says, as one HTML file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

import numpy as np

from workbench.evaluation.classification import BACKGROUND, NONE, Classification
from workbench.evaluation.report_page import (
    ReportImage,
    ReportStyle,
    cards,
    class_colors,
    class_table,
    config_table,
    counted,
    curve_line,
    decimal,
    folded,
    gallery,
    header,
    html_page,
    matrix,
    plot,
)

MOST_MISTAKES = 24
"""Sounds that are shown with their pictures."""


def worst_mistakes(result: Classification, most: int = MOST_MISTAKES) -> list[int]:
    """Numbers of the sounds that were taken for another class, the surest mistake first.

    What is below the threshold was not taken for anything and is left out.
    """
    size = len(result.classes)
    wrong = np.flatnonzero((result.predicted != result.truth) & (result.predicted < size))
    order = np.argsort(-result.confidence[wrong], kind="stable")
    return [int(index) for index in wrong[order][:most]]


def build_sound_report(
    result: Classification, *, title: str, run: str, split: str, created: str = "",
    config: Mapping[str, Any] | None = None, mistakes: Sequence[ReportImage] = (),
    style: ReportStyle | None = None, doubt: str = "",
) -> str:
    """Build the report.

    Parameters
    ----------
    result
        What is reported.
    title, run, split, created
        Project, run's name, "test", and a date in words; shown at the top.
    config
        The run's frozen configuration; nested tables are flattened with dots.
    mistakes
        Pictures of :func:`worst_mistakes`, in their order, with captions.
    style
        Colours.
    doubt
        Why the scores say little about new sounds, or ""; shown beside the figures.

    Returns
    -------
    str
        One HTML document.
    """
    style = style or ReportStyle()
    colors = class_colors(style, len(result.classes))
    return html_page((title, run, split), style, (
        header(title, (run, split, created), _counts(result)),
        _cards(result, doubt),
        matrix([*result.classes, result.none], result.confusion, "actual ↓ predicted →",
               "Last column: no class reached the threshold" + (
                   ", or background was likelier than every class." if result.none == BACKGROUND
                   else ".")),
        _classes(result, colors),
        _roc(result, colors),
        gallery("Surest mistakes", mistakes,
                "low tones at the bottom, time from left to right", small=True),
        config_table(config or {}),
        folded("How it was counted", _HOW_COUNTED),
    ))


def _wrong(result: Classification) -> int:
    return int((result.predicted != result.truth).sum())


def _counts(result: Classification) -> str:
    return (f"{counted(len(result.truth), 'sound')} · {counted(_wrong(result), 'mistake')} · "
            f"{len(result.classes)} classes")


def _cards(result: Classification, doubt: str) -> str:
    figures = result.to_json()
    values = (("Accuracy", figures["accuracy"]), ("F1", figures["f1"]),
              ("ROC area", figures["roc_auc"]))
    note = (f"a sound counts as “{NONE}” below {result.threshold:.2f}" if result.threshold
            else "")
    words = " · ".join(part for part in (f"<b>{escape(doubt)}</b>" if doubt else "", note) if part)
    return cards([(name, decimal(value)) for name, value in values], words)


def _classes(result: Classification, colors: Sequence[str]) -> str:
    rows = [(item.name, (decimal(item.precision), decimal(item.recall), decimal(item.f1),
                         decimal(item.roc_auc), f"{item.support:,}"))
            for item in result.per_class]
    return class_table(("Precision", "Recall", "F1", "ROC area", "Sounds"), rows, colors)


def _roc(result: Classification, colors: Sequence[str]) -> str:
    lines = [curve_line(false, true, color, name)
             for name, color, (false, true) in zip(result.classes, colors, result.curves,
                                                   strict=True) if len(false)]
    if not lines:
        return ""
    return ("<div class=\"pair\"><section><h2>ROC</h2>"
            f"{plot('false positive rate', lines, 'True over false positive rate')}"
            "</section></div>")


_HOW_COUNTED = (
    "Each sound counts for the class with the highest probability, or for “none” where even that "
    "is below the threshold. Accuracy is the share of sounds that count for their own class. "
    "F1 and the ROC area at the top are plain means over the classes that have sounds. The ROC "
    "area of a class tells how often a sound of it gets a higher probability for the class than "
    "a sound of another one; the threshold does not move it."
)
