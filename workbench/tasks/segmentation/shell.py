"""What the shell says of models of areas."""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Mapping
from functools import partial
from math import isnan
from pathlib import Path
from typing import Any

from workbench.core.errors import UsageError, WorkbenchError
from workbench.core.text import count, figure, share_text, table_lines
from workbench.evaluation.class_report import MOST_IN_TERMINAL
from workbench.extension.engine_task import Reporter
from workbench.extension.registry import load
from workbench.extension.shell import Measured, ShellTask
from workbench.media.images.header import IMAGE_SUFFIXES
from workbench.project.datasets.dataset import no_samples_text
from workbench.project.manifest import Manifest
from workbench.project.own_answers import own_answers, own_answers_text
from workbench.project.runs import RunFolder
from workbench.tasks.segmentation.saving import found_shares

_PREDICT = "workbench.tasks.segmentation.engine.predict:ensure_predictions"
_WORST = 5  # images that are named


def _measure(options: argparse.Namespace, run: RunFolder, reporter: Reporter) -> Measured:
    from workbench.tasks.segmentation.messages import class_notes
    from workbench.tasks.segmentation.report import write_report
    from workbench.tasks.segmentation.results import (
        learned_text,
        open_results,
        read_labels,
        snapshot,
    )

    project: Path = options.project
    labels = read_labels(project, run.split)
    part = options.split or ("test" if labels.parts["test"] else "val")
    records = labels.parts.get(part, ())
    if not records:
        raise UsageError(no_samples_text(labels.parts, part, "images"))
    if not _is_stored(run, part, [record.key for record in records]):
        load(_PREDICT)(project, run, part, reporter, options.device)
    manifest = Manifest.load(project)
    results = open_results(run, part, labels, manifest.classes, {},
                           partial(reporter, "Comparing areas with labels"))
    if not results.records:
        raise WorkbenchError(f"none of the {len(records)} images of “{part}” could be read")
    shown = snapshot(results, options.score_thresh, None, "worst")
    images = [{"file": results.records[image].key,
               "miou": _plain(float(shown.figures.miou[image])),
               "wrong": _plain(float(shown.figures.wrong[image]))}
              for image in shown.rows.tolist()]
    classes = {"renamed": dict(results.known.renamed), "unknown": dict(results.known.unknown)}
    figures = {**shown.evaluation.to_json(), "unlabelled": results.unlabelled, "classes": classes,
               "per_image": images}
    wanted = {record.key for record in records}
    own = own_answers(run.name, {record.key: record.objects for record in results.records})
    return Measured(
        part, figures, sorted(wanted.intersection(results.found.meta.get("unreadable", ()))),
        lambda path: write_report(path, results, options.score_thresh, title=manifest.name,
                                  config=run.config,
                                  colors=manifest.class_colors(results.classes)),
        [*filter(None, (labels.doubts[part] or learned_text(run, results.records),
                        own_answers_text(len(own), len(results.records)))),
         *class_notes(results)])


def _is_stored(run: RunFolder, part: str, keys: list[str]) -> bool:
    """Whether the run's own model has looked at all of these: then no torch is needed."""
    from workbench.engine.models.card import read_card
    from workbench.formats.class_maps import class_maps_of_model

    found = class_maps_of_model(run.predictions_path(part), read_card(run.best_path).id)
    return found is not None and {*found.files, *found.meta.get("unreadable", ())} >= {*keys}


def _plain(value: float) -> float | None:
    return None if isnan(value) else round(value, 6)


def _figure_lines(data: Mapping[str, Any]) -> Iterator[str]:
    yield (f"{data['run']} on {data['split']}: {count(data['images'], 'image')}, "
           f"{count(data['pixels'], 'pixel')} judged")
    yield (f"mean IoU {figure(data['miou'])}  mean Dice {figure(data['mean_dice'])}  "
           f"pixel accuracy {figure(data['pixel_accuracy'])}  from a score of "
           f"{data['score_thresh']:g} on")
    yield ""
    rows = [["class", "IoU", "Dice", "precision", "recall", "share of the pixels"]]
    background, *classes = data["per_class"]
    rows += [[item["name"], *(figure(item[name]) for name in ("iou", "dice", "precision",
                                                              "recall")),
              share_text(item["truth"] / max(1, data["pixels"]))]
             for item in (*classes, background)]
    yield from table_lines(rows)
    names = data["confusion"]["classes"]
    if len(names) <= MOST_IN_TERMINAL:
        yield "\nconfusion in pixels (rows labelled, columns found)"
        matrix = zip(names, data["confusion"]["matrix"], strict=True)
        yield from table_lines([["", *names], *([name, *map(str, row)] for name, row in matrix)])
    worst = [item for item in data["per_image"] if item["miou"] is not None and item["wrong"]]
    if worst:
        yield "\nworst images"
        yield from table_lines([["file", "mean IoU", "wrong pixels"], *(
            [item["file"], figure(item["miou"]), share_text(item["wrong"])]
            for item in worst[:_WORST])])


def _found_text(item: Mapping[str, Any]) -> str:
    return ", ".join(f"{name} {share_text(share)}" for name, share in found_shares(item)) \
        or "nothing"


TASK = ShellTask("image", IMAGE_SUFFIXES, _measure, _figure_lines, _found_text)
