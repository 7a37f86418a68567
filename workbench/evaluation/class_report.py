"""A classifier's figures in words: the report, one HTML file, and the lines of a terminal."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from workbench.core.arrays import IntArray
from workbench.core.text import count, figure, several, table_lines
from workbench.evaluation.classification import BACKGROUND, NONE, Classification
from workbench.evaluation.report_page import (
    ReportImage,
    class_colors,
    decimal,
    render_report,
)

_TEMPLATE = Path(__file__).parent / "templates" / "classifier.html"
MOST_IN_MATRIX, MOST_IN_TERMINAL = 100, 30
"""Classes of a matrix in a report, which lists the most confused pairs of more, and in a
terminal."""
_MOST_CURVES = 20
_RATES = ("precision", "recall", "f1")


def render_class_report(
    result: Classification, noun: str, *, title: str, run: str, split: str,
    config: Mapping[str, Any] | None = None, colors: Sequence[str] = (), doubt: str = "",
    mistakes: Sequence[ReportImage] = (), mistakes_note: str = "", small: bool = False,
) -> str:
    """One HTML document.

    Parameters
    ----------
    result
        What is reported.
    noun
        What a sample is called ("sound").
    title, run, split
        Project, run's name, "test"; shown at the top.
    config
        The run's frozen configuration; nested tables are flattened with dots.
    colors
        "#rrggbb" for each class.
    doubt
        Why the scores say little about new samples, or ""; shown beside the figures.
    mistakes, mistakes_note, small
        Pictures of :func:`worst_mistakes`, in their order, with captions, what is said below them,
        and whether they are small.
    """
    own = class_colors(colors, len(result.classes))
    rows: list[tuple[str, Sequence[str]]] = [
        (item.name, (decimal(item.precision), decimal(item.recall), decimal(item.f1),
                     decimal(item.roc_auc), decimal(item.average_precision), f"{item.support:,}"))
        for item in result.per_class]
    rows += [(name, (*(decimal(means[rate]) for rate in _RATES),
                     "", "", ""))
             for name, means in zip(("Mean", f"Weighted by {several(noun)}"),
                                    result.means().values(), strict=True)]
    few = len(result.classes) <= MOST_IN_MATRIX
    none = bool(result.threshold) or result.none != NONE  # else nothing can be “none”
    names = [*result.classes, *([result.none] if none else [])]
    figures = result.to_json()
    cards = [("Accuracy", figures["accuracy"]), ("Top 5", result.top), ("F1", figures["f1"]),
             ("ROC area", figures["roc_auc"]), ("Average precision", result.map),
             ("Calibration error", figures["calibration"]["error"])]
    cards = [card for card in cards if card != ("Top 5", None)]
    return render_report(
        _TEMPLATE, title=title, run=run, split=split, config=config, noun=noun,
        result=result, cards=cards,
        doubt=doubt, images=mistakes, images_note=mistakes_note, small=small, rows=rows,
        colors=[*own, "", ""],
        mistakes=int((result.predicted != result.truth).sum()), names=names, none=none,
        background=result.none == BACKGROUND, calibration=result.calibration,
        matrix=result.confusion[:-1, : len(names)].tolist() if few else [],
        pairs=[] if few else most_confused(result),
        lines=[(name, color, ranking.roc(), ranking.recall_precision()) for name, color, ranking
               in zip(result.classes, own, result.rankings, strict=True)
               if len(own) <= _MOST_CURVES],
    )


def most_confused(result: Classification, most: int = 50) -> list[tuple[str, str, int]]:
    """Class, what it was taken for, and how often; the most frequent first."""
    return confused_pairs(result.confusion[:-1, :-1], result.classes, most)


def confused_pairs(matrix: IntArray, names: Sequence[str], most: int = 50
                   ) -> list[tuple[str, str, int]]:
    """:func:`most_confused` of a matrix whose rows are what is true, columns what was found."""
    wrong = matrix.copy()
    np.fill_diagonal(wrong, 0)
    order = np.argsort(-wrong, axis=None, kind="stable")[:most]
    rows, columns = np.unravel_index(order, wrong.shape)
    return [(names[row], names[column], int(wrong[row, column]))
            for row, column in zip(rows, columns, strict=True) if wrong[row, column]]


def figure_lines(data: Mapping[str, Any], noun: str) -> Iterator[str]:
    """What ``workbench evaluate`` prints of :meth:`Classification.to_json`, with "run", "split"
    and perhaps "doubt"."""
    yield f"{data['run']} on {data['split']}: {count(data['samples'], noun)}"
    if data.get("doubt"):
        yield data["doubt"]
    top = f"top 5 {figure(data['top5'], 4)}  " if data["top5"] is not None else ""
    yield (f"accuracy {figure(data['accuracy'], 4)}  {top}F1 {figure(data['f1'], 4)}  ROC area "
           f"{figure(data['roc_auc'])}  average precision {figure(data['map'])}  calibration error "
           f"{figure(data['calibration']['error'])}")
    rows = [["class", several(noun), "precision", "recall", "F1", "ROC area", "average precision"]]
    rows += [[item["name"], str(item["support"]), figure(item["precision"]),
              figure(item["recall"]), figure(item["f1"]), figure(item["roc_auc"]),
              figure(item["average_precision"])]
             for item in data["per_class"]]
    rows += [[word, "", *(figure(data[key][part]) for part in _RATES), "", ""]
             for word, key in (("mean", "macro"), ("weighted", "weighted"))]
    yield ""
    yield from table_lines(rows)
    names = data["confusion"]["classes"]
    if not data["threshold"] and names[-1] == NONE:
        names = names[:-1]
    if len(names) <= MOST_IN_TERMINAL:
        yield "\nconfusion (rows truth, columns predicted)"
        matrix = zip(data["confusion"]["classes"][:-1], data["confusion"]["matrix"], strict=False)
        yield from table_lines([["", *names], *([name, *map(str, row[: len(names)])]
                                                for name, row in matrix)])
