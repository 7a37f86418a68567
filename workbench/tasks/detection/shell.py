"""What the shell says of detectors: boxes on images."""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from workbench.core.text import count, figure, table_lines
from workbench.extension.engine_task import Reporter
from workbench.extension.shell import Measured, ShellTask
from workbench.media.images.header import IMAGE_SUFFIXES
from workbench.project.runs import RunFolder
from workbench.tasks.detection.saving import both_labels


def _measure(options: argparse.Namespace, run: RunFolder, reporter: Reporter) -> Measured:
    from workbench.tasks.detection.shell_evaluate import evaluate_run
    from workbench.tasks.detection.verdict import verdict

    report = evaluate_run(
        options.project, run, options.split, score_thresh=options.score_thresh,
        nms_thresh=options.nms_thresh, match_iou=options.match_iou, device=options.device,
        reporter=reporter,
    )

    def write(path: Path) -> object:
        from workbench.tasks.detection.shell_report import write_report

        return write_report(path, options.project, run, report)

    found = verdict(report.evaluation, report.split)
    words = f"{found.title}. {found.text}".strip()
    classes = {"renamed": dict(report.classes.renamed), "unknown": dict(report.classes.unknown)}
    figures = {**report.evaluation.to_json(), "verdict": words, "classes": classes,
               **report.counts()}
    return Measured(report.split, figures, report.unreadable, write, report.notes(),
                    report.judged())


def _figure_lines(data: Mapping[str, Any]) -> Iterator[str]:
    yield (f"{data['run']} on {data['split']}: {count(data['images'], 'image')}, "
           f"{count(data['truths'], 'object')}")
    yield data["verdict"]
    boxes = "rotated boxes: " if data.get("rotated") else ""
    yield (f"{boxes}mAP {figure(data['map'])}  mAP50 {figure(data['map_50'])}  "
           f"mAP75 {figure(data['map_75'])}")
    if "outline_map" in data:
        yield (f"outlines: mAP {figure(data['outline_map'])}  "
               f"mAP50 {figure(data['outline_map_50'])}  "
               f"mean overlap of hits {figure(data['outline_iou'])}")
    if "keypoint_map" in data:
        yield (f"key points: mAP {figure(data['keypoint_map'])}  "
               f"mAP50 {figure(data['keypoint_map_50'])}  "
               f"found of hits (PCK@0.1) {figure(data['keypoint_pck'])}")
    if "counts" in data:
        counts = data["counts"]
        yield (f"counts: {counts['found']:,} found of {counts['labelled']:,}, an image is off by "
               f"{figure(counts['mean_absolute_error'])} in the mean, "
               f"bias {counts['bias']:+.3f}")
    limits = data["thresholds"]
    yield (f"at score {limits['score_thresh']:g} and NMS {limits['nms_thresh']:g}: "
           f"precision {figure(data['precision'])}  recall {figure(data['recall'])}  "
           f"F1 {figure(data['f1'])}")
    rows = [["class", "objects", "AP", "AP50", "precision", "recall", "F1"]]
    rows += [[item["name"], str(item["support"]), figure(item["ap"]), figure(item["ap_50"]),
              figure(item["precision"]), figure(item["recall"]), figure(item["f1"])]
             for item in data["per_class"]]
    yield ""
    yield from table_lines(rows)
    names = data["confusion"]["classes"]
    yield "\nconfusion (rows truth, columns detected)"
    matrix = zip(names, data["confusion"]["matrix"], strict=True)
    yield from table_lines([["", *names], *([name, *map(str, row)] for name, row in matrix)])


def _found_text(item: Mapping[str, Any]) -> str:
    labels = [both_labels(item, place) for place in range(len(item["labels"]))]
    counts = Counter(labels)
    if not counts:
        return "nothing"
    scores = {name: [score for label, score in zip(labels, item["scores"], strict=True)
                     if label == name] for name in counts}
    return ", ".join(f"{count} {name} ({', '.join(f'{score:.2f}' for score in scores[name][:5])}"
                     f"{', …' if count > 5 else ''})" for name, count in counts.items())


TASK = ShellTask("image", IMAGE_SUFFIXES, _measure, _figure_lines, _found_text,
                 demo="workbench.tasks.detection.shell_demo:TASK")
