"""The page that says what the data of a project are, for somebody who does not have the program."""

from __future__ import annotations

import re
import zlib
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from workbench import __version__
from workbench.core.text import count
from workbench.formats.regular_file import read_regular
from workbench.project.datasets.splits import PARTS
from workbench.project.manifest import Manifest

if TYPE_CHECKING:
    from workbench.project.statistics.table import ObjectTable

CARD = "README.md"
_MARK = re.compile(r"<!-- written by Workbench, (?P<sum>[0-9a-f]{8}) -->\s*\Z")
_TO_FILL_IN = """\
## About these data

- What they show, where and when they were taken, with which device:
- Who labelled them, by which rules:
- Licence, and how to cite them:
- Whom to ask:
"""
_HOW_KEPT: Mapping[str, str] = {
    "voc": "Labels are Pascal VOC files (`.xml`), one for each image, with boxes as `xmin`, "
           "`ymin`, `xmax`, `ymax` in pixels{convention}. Polygons, masks, rotated boxes, key "
           "points and attributes stand in the same file beside the box around them.",
    "yolo": "Labels are YOLO files (`.txt`), one for each image; numbers of classes are those of "
            "`data.yaml` (or `classes.txt`).",
    "coco": "Labels are COCO files (`.json`).",
}


def card_to_write(project: Path) -> str | None:
    """The page as it is handed over; None where the folder has one that a person wrote, or has
    changed since the program wrote it."""
    try:
        text = read_regular(project / CARD).decode("utf-8", "replace")
    except OSError:
        return data_card(project)
    mark = _MARK.search(text)
    same = mark is not None and mark["sum"] == _sum(text[:mark.start()])
    return data_card(project) if same else None


def data_card(project: Path) -> str:
    """The page as Markdown: what is in the folder, how labels are kept, classes with their numbers,
    the split, and what only a person can say, to be filled in."""
    from workbench.project.statistics.table import read_objects

    table, manifest = read_objects(project), Manifest.load(project)
    text = "\n".join([
        f"# {manifest.name}", "",
        f"{_numbers(table)}. As of {date.today().isoformat()}, from Workbench {__version__}.", "",
        _TO_FILL_IN, "## What is in this folder", "", *_folders(project, manifest, table), "",
        *_classes(table), *_split(table)])
    return f"{text}\n<!-- written by Workbench, {_sum(text + chr(10))} -->\n"


def _sum(text: str) -> str:
    return f"{zlib.crc32(text.replace(chr(13), '').encode()):08x}"


def _numbers(table: ObjectTable) -> str:
    noun = table.medium.removesuffix("s")
    objects = "region" if table.medium == "sounds" else "object"
    return (f"{count(len(table.keys), noun)}, {int(table.labelled.sum()):,} of them labelled, "
            f"{count(len(table.sample), objects)}, {count(len(table.classes), 'class')}")


def _folders(project: Path, manifest: Manifest, table: ObjectTable) -> list[str]:
    if table.medium == "sounds":
        kept = ("Labels are Raven selection tables (`.txt`) beside the sounds: tab-separated, with "
                "begin and end in seconds and frequencies in Hz; `labels.csv`, where there is one, "
                "has the classes of whole sounds.")
    else:
        from_one = ", counted from 1" if manifest.voc_convention == "voc-1-based" else ""
        kept = _HOW_KEPT.get(manifest.format, "").format(convention=from_one)
        if (project / "labels.csv").is_file():
            kept += " `labels.csv` has the classes of images as a whole."
    places = [f"- {table.medium.capitalize()} are in `{manifest.images}/`." if manifest.images
              else f"- {table.medium.capitalize()} lie in this folder and those below it.",
              f"- {kept}"]
    if manifest.annotations and manifest.format == "voc":
        places[-1] += f" They are in `{manifest.annotations}/`."
    return [*places,
            "- `workbench.toml` names the classes in their order, with colours and attributes.",
            "- `splits/`, where it is there, says which samples are for training, validation and "
            "test (JSON).",
            "- `runs/`, where it is there, holds trained models: weights (`best.safetensors`), "
            "settings (`config.json`), scores of every epoch (`metrics.jsonl`) and answers "
            "(`predictions-*.npz`)."]


def _classes(table: ObjectTable) -> list[str]:
    if not table.classes:
        return []
    rows = ["## Classes", "", f"| class | labels | {table.medium} |", "| --- | ---: | ---: |"]
    for number, name in enumerate(table.classes):
        of_class = table.label == number
        rows.append(f"| {name.replace('|', chr(92) + '|')} | {int(of_class.sum()):,} | "
                    f"{len(np.unique(table.sample[of_class])):,} |")
    return [*rows, ""]


def _split(table: ObjectTable) -> list[str]:
    counts = {part: int((table.part == at).sum()) for at, part in enumerate(PARTS)}
    if not any(counts.values()):
        return []
    return ["## Split", "", "| part | " + table.medium + " |", "| --- | ---: |",
            *(f"| {part} | {number:,} |" for part, number in counts.items()), ""]
