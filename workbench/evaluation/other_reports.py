"""The reports of models that give each sample tags, or a number: one HTML file each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from workbench.core.arrays import Float64Array
from workbench.evaluation.regression import Estimation
from workbench.evaluation.report_page import (
    ReportImage,
    class_colors,
    decimal,
    render_report,
)
from workbench.evaluation.tags import Tagging
from workbench.evaluation.ticks import span, ticks

_TEMPLATES = Path(__file__).parent / "templates"
_MOST_CURVES = 20
_MOST_DOTS = 2000  # with more, every n-th is drawn
MOST_MISTAKES = 24
"""Samples that a report shows."""


def render_tag_report(
    result: Tagging, noun: str, *, title: str, run: str, split: str,
    config: Mapping[str, Any] | None = None, colors: Sequence[str] = (), doubt: str = "",
    mistakes: Sequence[ReportImage] = (),
) -> str:
    """One HTML document about tags; see :func:`.class_report.render_class_report`."""
    own = class_colors(colors, len(result.per_tag))
    found = result.figures()
    rows: list[tuple[str, Sequence[str]]] = [
        (item.name, (decimal(item.average_precision), decimal(item.roc_auc),
                     decimal(item.precision), decimal(item.recall), decimal(item.f1),
                     f"{item.hits:,}", f"{item.missed:,}", f"{item.alarms:,}",
                     f"{item.threshold:.2f}")) for item in result.per_tag]
    for name, word in (("Mean", "{}"), ("All decisions", "micro_{}")):
        figures = [decimal(found[word.format(key)]) for key in ("precision", "recall", "f1")]
        areas = [decimal(found["map"]), decimal(found["roc_auc"])] if word == "{}" else ["", ""]
        rows.append((name, (*areas, *figures, "", "", "", "")))
    cards = [("Mean average precision", found["map"]), ("F1", found["f1"]),
             ("F1 of all decisions", found["micro_f1"]), ("ROC area", found["roc_auc"]),
             ("All right", found["exact"])]
    return render_report(
        _TEMPLATES / "tags.html", title=title, run=run, split=split, config=config, noun=noun,
        result=result, cards=cards, doubt=doubt, rows=rows,
        colors=[*own, "", ""], wrong=int(result.wrong.sum()), images=mistakes,
        lines=[(item.name, color, ranking.roc(), ranking.recall_precision())
               for item, color, ranking in zip(result.per_tag, own, result.rankings, strict=True)
               if len(own) <= _MOST_CURVES])


def worst_tagged(result: Tagging, most: int = MOST_MISTAKES) -> list[int]:
    """Numbers of the samples with a wrong tag, the most surprising first."""
    wrong = np.flatnonzero(result.wrong.any(1))
    order = np.argsort(-result.losses.sum(1)[wrong], kind="stable")
    return [int(place) for place in wrong[order][:most]]


def render_number_report(
    result: Estimation, names: Sequence[str], noun: str, *, title: str, run: str, split: str,
    config: Mapping[str, Any] | None = None, doubt: str = "",
    mistakes: Sequence[ReportImage] = (),
) -> str:
    """One HTML document about numbers; ``names`` are what the samples are called, in order."""
    cards = [("Mean error", _number(result.mae)), ("Root mean square", _number(result.rmse)),
             ("R²", decimal(result.r2)), ("Bias", _number(result.bias)),
             ("Median error", _number(result.median))]
    return render_report(
        _TEMPLATES / "numbers.html", title=title, run=run, split=split, config=config,
        noun=noun, result=result, cards=cards, doubt=doubt, images=mistakes,
        plots=_plots(result, names) if len(result.truth) else [])


def worst_estimated(result: Estimation, most: int = MOST_MISTAKES) -> list[int]:
    """Numbers of the samples that are farthest off, the largest error first."""
    order = np.argsort(-np.abs(result.errors), kind="stable")
    return [int(place) for place in order[:most]]


def _plots(result: Estimation, names: Sequence[str]) -> list[tuple[Any, ...]]:
    """What the template draws: estimate and error over the true number."""
    step = -(-len(result.truth) // _MOST_DOTS)
    truth, found = result.truth[::step], result.found[::step]
    words = [f"{name}: {a:.4g}, estimated {b:.4g}"
             for name, a, b in zip(names[::step], truth, found, strict=True)]
    across = span(float(result.truth.min()), float(result.truth.max()))
    both = span(float(min(result.truth.min(), result.found.min())),
                float(max(result.truth.max(), result.found.max())))
    errors = result.errors[::step]
    up = span(float(min(0, result.errors.min())), float(max(0, result.errors.max())))
    zero = (0 - up[0]) / (up[1] - up[0])
    return [
        ("Estimate over truth", "true number", _marked(both), _marked(both), (0, 0, 1, 1),
         list(zip(_share(truth, both), _share(found, both), words, strict=True))),
        ("Error over truth", "true number", _marked(across), _marked(up), (0, zero, 1, zero),
         list(zip(_share(truth, across), _share(errors, up), words, strict=True))),
    ]


def _share(values: Float64Array, ends: tuple[float, float]) -> list[float]:
    return [float(value) for value in (values - ends[0]) / (ends[1] - ends[0])]


def _marked(ends: tuple[float, float]) -> list[tuple[float, str]]:
    return [((value - ends[0]) / (ends[1] - ends[0]), f"{value:g}") for value in ticks(*ends)]


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:.4g}"
