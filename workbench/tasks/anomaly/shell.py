"""What the shell says of models of good images."""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from workbench.core.errors import UsageError, WorkbenchError
from workbench.core.text import count, figure, table_lines
from workbench.evaluation.differing import LIMIT
from workbench.extension.engine_task import Reporter
from workbench.extension.registry import load
from workbench.extension.shell import JudgedSample, Measured, ShellTask
from workbench.media.images.header import IMAGE_SUFFIXES
from workbench.project.datasets.dataset import no_samples_text
from workbench.project.manifest import Manifest
from workbench.project.runs import RunFolder
from workbench.tasks.anomaly.saving import odd_regions

_PREDICT = "workbench.tasks.anomaly.engine.predict:ensure_predictions"
_SHOWN = 5  # images that are named


def _measure(options: argparse.Namespace, run: RunFolder, reporter: Reporter) -> Measured:
    from workbench.tasks.anomaly.messages import verdict
    from workbench.tasks.anomaly.report import write_report
    from workbench.tasks.anomaly.results import Chosen, open_results, read_labels, snapshot

    project: Path = options.project
    labels = read_labels(project, run)
    part = options.split or ("test" if labels.parts["test"] else "val")
    samples = labels.parts.get(part, ())
    if not samples:
        raise UsageError(no_samples_text(labels.parts, part, "images"))
    load(_PREDICT)(project, run, part, reporter, options.device)
    results = open_results(run, part, labels, {})
    if not results.samples:
        raise WorkbenchError(f"none of the {len(samples)} images of “{part}” could be read")
    limit = LIMIT if options.score_thresh is None else float(options.score_thresh)
    shown = snapshot(results, limit, Chosen(), "odd")
    found = shown.judged
    images = [{"file": results.samples[image].key, "class": results.samples[image].label,
               "score": round(float(found.scores[image]), 6), "differs": bool(found.called[image])}
              for image in shown.rows.tolist()]
    classes = [{"name": row.label, "good": row.good, "images": row.images, "differs": row.called}
               for row in shown.rows_of_classes]
    figures = {**found.to_json(), "pixels": results.pixels().to_json(limit),
               "good_class": results.good, "verdict": verdict(found),
               "per_class": classes, "per_image": images}
    unreadable = {item.key for item in samples}.intersection(
        results.found.meta.get("unreadable", ()))
    title = Manifest.load(project).name
    return Measured(
        part, figures, sorted(unreadable),
        lambda path: write_report(path, shown, title=title, config=run.config),
        [*filter(None, (labels.doubts.get(part, ""), results.masks_doubt))],
        [JudgedSample(item.key, int(called != item.good), int(called == item.good))
         for item, called in zip(results.samples, found.called.tolist(), strict=True)])


def _figure_lines(data: Mapping[str, Any]) -> Iterator[str]:
    yield (f"{data['run']} on {data['split']}: {count(data['good'], 'good image')}, "
           f"{count(data['faulty'], 'faulty one')}")
    yield data["verdict"]
    yield (f"AUROC {figure(data['auroc'])}  precision {figure(data['precision'])}  recall "
           f"{figure(data['recall'])}  F1 {figure(data['f1'])}  from a score of "
           f"{data['limit']:g} on")
    pixels = data["pixels"]
    if "aupro" in pixels:
        yield (f"pixel AUROC {figure(pixels['pixel_auroc'])}  AUPRO {figure(pixels['aupro'])}  "
               f"pixel IoU {figure(pixels['pixel_iou'])}  on "
               f"{count(pixels['images'], 'faulty image')} with a mask")
    yield ""
    yield from table_lines([["class", "images", "differ"], *(
        [item["name"] or "no class", str(item["images"]), str(item["differs"])]
        for item in data["per_class"])])
    yield "\nmost different images"
    yield from table_lines([["file", "class", "score"], *(
        [item["file"], item["class"], f"{item['score']:.3f}"]
        for item in data["per_image"][:_SHOWN])])


def _found_text(item: Mapping[str, Any]) -> str:
    said = f"{item['label']} ({item['score']:.2f})"
    regions = odd_regions(item)
    return f"{said}, {count(len(regions), 'place')}" if regions else said


TASK = ShellTask("image", IMAGE_SUFFIXES, _measure, _figure_lines, _found_text)
