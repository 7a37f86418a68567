"""The figures of found boxes, as the shell prints them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from workbench.core.text import count, figure, several, table_lines
from workbench.evaluation.verdict import IMAGES, Nouns


def figure_lines(data: Mapping[str, Any], nouns: Nouns = IMAGES) -> Iterator[str]:
    """The figures of boxes for a terminal, of what ``workbench evaluate --json`` prints."""
    yield (f"{data['run']} on {data['split']}: {count(data['images'], nouns.sample)}, "
           f"{count(data['truths'], nouns.thing)}")
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
               f"bias {counts['bias']:+.3f} (one fixed number would be off by "
               f"{figure(counts['fixed_number_error'])})")
    limits = data["thresholds"]
    yield (f"at score {limits['score_thresh']:g} and NMS {limits['nms_thresh']:g}: "
           f"precision {figure(data['precision'])}  recall {figure(data['recall'])}  "
           f"F1 {figure(data['f1'])}")
    rows = [["class", several(nouns.thing), "AP", "AP50", "precision", "recall", "F1"]]
    rows += [[item["name"], str(item["support"]), figure(item["ap"]), figure(item["ap_50"]),
              figure(item["precision"]), figure(item["recall"]), figure(item["f1"])]
             for item in data["per_class"]]
    yield ""
    yield from table_lines(rows)
    names = data["confusion"]["classes"]
    yield "\nconfusion (rows truth, columns detected)"
    matrix = zip(names, data["confusion"]["matrix"], strict=True)
    yield from table_lines([["", *names], *([name, *map(str, row)] for name, row in matrix)])
