"""What the shell says of classifiers of images."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any

from workbench.core.errors import UsageError, WorkbenchError
from workbench.core.text import count, figure, table_lines
from workbench.evaluation.class_report import figure_lines
from workbench.evaluation.regression import evaluate_numbers
from workbench.evaluation.tags import evaluate_tags
from workbench.extension.engine_task import Reporter
from workbench.extension.registry import load
from workbench.extension.shell import Measured, ShellTask
from workbench.formats.scores import load_scores
from workbench.media.images.header import IMAGE_SUFFIXES
from workbench.project.datasets.dataset import no_samples_text
from workbench.project.manifest import Manifest
from workbench.project.runs import RunFolder
from workbench.tasks.image_classification.report import (
    write_image_report,
    write_number_report,
    write_tag_report,
)
from workbench.tasks.image_classification.results import open_numbers, open_tags, read_parts

_SCORES = "workbench.tasks.image_classification.engine.predict:ensure_scores"


def _measure(options: argparse.Namespace, run: RunFolder, reporter: Reporter) -> Measured:
    from workbench.engine.class_scores import measured
    from workbench.tasks.image_classification.engine.stored import evaluate_images

    if run.config.get("kind", "class") != "class":
        return _measure_other(options, run, reporter)
    report = evaluate_images(options.project, run, options.split, lambda part: load(_SCORES)(
        options.project, run, part, reporter, options.device))
    return measured(report, "image", options.project, run, write_image_report)


def _measure_other(options: argparse.Namespace, run: RunFolder, reporter: Reporter) -> Measured:
    project: Path = options.project
    kind, labels = run.config["kind"], read_parts(project, run)
    part = options.split or ("test" if labels.parts["test"] else "val")
    samples = labels.parts.get(part, ())
    if not samples:
        raise UsageError(no_samples_text(labels.parts, part, "images"))
    unreadable = load_scores(load(_SCORES)(project, run, part, reporter, options.device)).meta.get(
        "unreadable", [])
    if len(unreadable) >= len(samples):
        raise WorkbenchError(f"none of the {len(samples)} images of “{part}” could be read")
    notes = [*filter(None, (labels.gone[part],))]
    manifest = Manifest.load(project)
    about: dict[str, Any] = {"title": manifest.name, "run": run.name, "split": part,
                             "config": run.config}
    if kind == "tags":
        tags = open_tags(run, part, labels, manifest.classes, {})
        if tags.problem:
            reporter.warn(tags.problem)
        found = evaluate_tags(tags.scores, tags.truth, tags.classes, tags.counting)
        write: Callable[[Path], object] = partial(
            write_tag_report, result=found, images=tags.samples,
            colors=manifest.class_colors(tags.classes), doubt=tags.doubt, **about)
        return Measured(part, {"kind": kind, **found.to_json()}, unreadable, write, notes)
    numbers = open_numbers(run, part, labels, (), {})
    near = evaluate_numbers(numbers.found, numbers.truth)
    write = partial(write_number_report, result=near, images=numbers.samples, doubt=numbers.doubt,
                    **about)
    return Measured(part, {"kind": kind, **near.to_json()}, unreadable, write, notes)


def _figure_lines(data: Mapping[str, Any]) -> Iterator[str]:
    kind = data.get("kind", "class")
    if kind == "class":
        yield from figure_lines(data, "image")
        return
    yield f"{data['run']} on {data['split']}: {count(data['samples'], 'image')}"
    if kind == "number":
        yield (f"mean error {figure(data['mae'])}  root mean square {figure(data['rmse'])}  "
               f"R² {figure(data['r2'])}")
        yield f"bias {figure(data['bias'])}  median error {figure(data['median'])}"
        return
    yield (f"mAP {figure(data['map'], 4)}  F1 {figure(data['f1'], 4)}  ROC area "
           f"{figure(data['roc_auc'])}  all tags right {figure(data['exact'], 4)}")
    yield (f"all decisions: precision {figure(data['micro_precision'], 4)}  recall "
           f"{figure(data['micro_recall'], 4)}  F1 {figure(data['micro_f1'], 4)}")
    yield ""
    names = ("average_precision", "precision", "recall", "f1", "threshold")
    rows = [["tag", "images", "average precision", "precision", "recall", "F1", "from a score of"]]
    yield from table_lines(rows + [[item["name"], str(item["support"]),
                                    *(figure(item[name]) for name in names)]
                                   for item in data["per_tag"]])


def _found_text(item: Mapping[str, Any]) -> str:
    if "value" in item:
        return f"{item['value']:g}"
    names = item.get("labels", [item["label"]])
    return ", ".join(f"{name} ({item['scores'][name]:.2f})" for name in names) or "no tag"


TASK = ShellTask("image", IMAGE_SUFFIXES, _measure, _figure_lines, _found_text)
