"""What the shell says of detectors of calls."""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from workbench.core.errors import UsageError, WorkbenchError
from workbench.evaluation.box_lines import figure_lines
from workbench.evaluation.verdict import RECORDINGS
from workbench.extension.engine_task import Reporter
from workbench.extension.registry import load
from workbench.extension.shell import JudgedSample, Measured, ShellTask
from workbench.media.sounds.sound_info import AUDIO_SUFFIXES
from workbench.project.datasets.dataset import no_samples_text
from workbench.project.manifest import Manifest
from workbench.project.runs import RunFolder

_FIND = "workbench.tasks.sound_detection.engine.predict:ensure_calls"
_TOLD = 5  # calls of a class that are told with their score


def _measure(options: argparse.Namespace, run: RunFolder, reporter: Reporter) -> Measured:
    from workbench.engine.models.card import read_card
    from workbench.evaluation.judged_boxes import counts_by_sample
    from workbench.evaluation.result import Thresholds
    from workbench.evaluation.verdict import verdict
    from workbench.tasks.sound_detection.engine.stored import stored_of
    from workbench.tasks.sound_detection.report import write_report
    from workbench.tasks.sound_detection.results import open_calls, read_labels, snapshot

    project: Path = options.project
    labels = read_labels(project, run)
    part = options.split or ("test" if labels.parts["test"] else "val")
    records = labels.parts.get(part, ())
    if not records:
        raise UsageError(no_samples_text(labels.parts, part, "recordings"))
    if not stored_of(run.predictions_path(part), read_card(run.best_path)).complete(
            [record.key for record in records]):
        load(_FIND)(project, run, part, reporter, options.device)
    manifest = Manifest.load(project)
    results = open_calls(run, part, labels, manifest.classes, {})
    if not results.records:
        raise WorkbenchError(f"none of the {len(records)} recordings of “{part}” could be read")
    shown = snapshot(results, Thresholds(options.score_thresh, options.nms_thresh,
                                         options.match_iou), "mistakes", "worst")
    said = verdict(shown.evaluation, part, nouns=RECORDINGS)
    classes = {"renamed": dict(results.known.renamed), "unknown": dict(results.known.unknown)}
    figures = {**shown.evaluation.to_json(), "verdict": f"{said.title}. {said.text}".strip(),
               "classes": classes}
    there = {record.key for record in results.records}
    return Measured(
        part, figures, [record.key for record in records if record.key not in there],
        lambda path: write_report(path, shown, title=manifest.name, config=run.config,
                                  colors=manifest.class_colors(results.classes)),
        [*filter(None, (results.doubt,)), *results.known.words()],
        [JudgedSample(key, *counts) for key, counts in zip(
            results.keys, counts_by_sample(shown.evaluation), strict=True)])


def _found_text(item: Mapping[str, Any]) -> str:
    counts = Counter(region["label"] for region in item["regions"])
    return ", ".join(f"{number} {name} ({_scores(item, name)})"
                     for name, number in counts.items()) or "nothing"


def _scores(item: Mapping[str, Any], name: str) -> str:
    best = sorted((region["score"] for region in item["regions"] if region["label"] == name),
                  reverse=True)
    return ", ".join([*(f"{score:.2f}" for score in best[:_TOLD]),
                      *(["…"] if len(best) > _TOLD else [])])


def _lines(data: Mapping[str, Any]) -> Iterator[str]:
    return figure_lines(data, RECORDINGS)


TASK = ShellTask("sound", AUDIO_SUFFIXES, _measure, _lines, _found_text)
