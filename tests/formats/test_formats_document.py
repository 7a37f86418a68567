"""``docs/formats.md`` says what the program itself goes by.

``python -m tests.formats.test_formats_document`` writes the table.
"""

from __future__ import annotations

from pathlib import Path

from workbench.extension.annotation_formats import (
    ANY,
    BOX,
    DOT,
    KEYPOINTS,
    MASK,
    POLYGON,
    ROTATED,
    VERIFIED,
    AnnotationFormat,
    annotation_formats,
)
from workbench.extension.holds import becomes

DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "formats.md"
START, END = "<!-- table -->\n", "<!-- end -->"
_SHAPES = {BOX: "box", POLYGON: "polygon", ROTATED: "rotated box", MASK: "mask",
           KEYPOINTS: "key points", DOT: "dot"}


def table() -> str:
    heading = ("format", "`NAME`", "in", "out", *_SHAPES.values(), "parts", "holes", "attributes",
               "whole image", "splits", "empty images")
    lines = [heading, ("---",) * len(heading)]
    lines += [row(kind) for kind in annotation_formats
              if kind.medium == "images" and kind.id in BUNDLED]
    return "".join(f"| {' | '.join(cells)} |\n" for cells in lines)


BUNDLED = frozenset(kind.id for kind in annotation_formats)


def row(kind: AnnotationFormat) -> tuple[str, ...]:
    holds = kind.holds
    shapes = tuple(f"of {holds.corners} corners, else as {becomes(shape, holds)}"
                   if shape == POLYGON and holds.corners else "yes" if shape in holds.shapes
                   or (shape == DOT and KEYPOINTS in holds.shapes) else
                   f"as {becomes(shape, holds)}" if becomes(shape, holds) else "–"
                   for shape in _SHAPES)
    said = "any" if holds.attributes == ANY else ", ".join(holds.attributes) or "–"
    whole = [*(["labels"] if holds.labels else []),
             *(["any attribute"] if ANY[0] in holds.of_sample else []),
             *(["verified"] if VERIFIED in holds.of_sample else []),
             *(name for name in holds.of_sample if name not in (ANY[0], VERIFIED)),
             *(["size of a pixel"] if holds.scale else [])]
    polygons = POLYGON in holds.shapes
    return (kind.title, f"`{kind.id}`", "yes" if kind.read else "–", "yes" if kind.write else "–",
            *shapes, _yes(holds.parts) if polygons else "", _yes(holds.holes) if polygons else "",
            said, ", ".join(whole) or "–", _yes(holds.splits), _yes(holds.empty))


def _yes(value: bool) -> str:
    return "yes" if value else "–"


def test_the_table_is_what_the_formats_hold() -> None:
    text = DOCUMENT.read_text("utf-8")
    assert text.partition(START)[2].partition(END)[0] == table()


if __name__ == "__main__":
    before, _, rest = DOCUMENT.read_text("utf-8").partition(START)
    DOCUMENT.write_text(before + START + table() + END + rest.partition(END)[2], "utf-8")
