"""What can be kept of what was heard: tables of files and of regions, and tables for Raven."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from workbench.core.annotation import Annotation, LabeledObject
from workbench.core.errors import WorkbenchError
from workbench.core.shapes import Region
from workbench.extension.saving import Answer, Color, FilesOfAnswer, Row, Saving
from workbench.formats.atomic import disk_reason, write_atomic

_TABLE = ".Table.1.selections.txt"


def _rows(item: Answer) -> Iterator[Row]:
    """The regions of a long recording, or the class of a short sound as a whole."""
    regions = item.get("regions")
    if regions is None:
        yield (item["label"], item["scores"][item["label"]], "", "")
        return
    for region in regions:
        yield (region["label"], region["score"], region["start"], region["end"])


def _sum_row(item: Answer, classes: Sequence[str]) -> Row:
    regions = item.get("regions")
    heard = "" if regions is None else len(regions)
    return (item["label"], heard, *(item["scores"].get(name, "") for name in classes))


def annotation(item: Answer) -> Annotation:
    """The regions of a recording; of a short sound nothing but its class."""
    return Annotation(tuple(
        LabeledObject(region["label"], Region(region["start"], region["end"]),
                      {"score": round(region["score"], 3)})
        for region in item.get("regions") or ()), labels=(item["label"],))


def raven(item: Answer, folder: Path, name: str, _color: Color) -> None:
    """Write the regions as a selection table, which Raven shows over the recording."""
    from workbench.formats.raven import new_raven
    from workbench.media.sounds.sound_info import read_sound_info

    source = Path(item["file"])
    info = read_sound_info(source)
    found = annotation(item)
    if item.get("regions") is None:
        whole = LabeledObject(item["label"], Region(0.0, info.duration))
        found = Annotation((whole,))
    path = folder / f"{name}{_TABLE}"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise WorkbenchError(disk_reason(error), path=path.parent) from error
    write_atomic(path, new_raven().render(found, info.sample_rate / 2))


SAVING = Saving(
    columns=("label", "score", "start", "end"), rows=_rows,
    sums=lambda classes: ("label", "regions", *classes), sum_row=_sum_row,
    annotation=annotation,
    files={"raven": FilesOfAnswer("raven", "Tables for Raven", raven)},
)
