"""COCO's run lengths of masks, as numbers or as text, and masks of this program.

COCO counts down the columns of the whole image, outside first;
:class:`~workbench.core.outlines.Mask` counts along the rows of its window. A text is a code of the
counts in characters from "0" on, five bits each, from the fourth count on as the difference to the
one before the last. Source: maskApi.c of the COCO API.
"""

from __future__ import annotations

from collections.abc import Sequence

from workbench.core.outlines import Mask

MOST_PIXELS = 1 << 30


def mask_of_counts(counts: Sequence[int], height: int, width: int) -> Mask:
    """The mask with these run lengths.

    Raises
    ------
    ValueError
        If they do not make up the image.
    """
    import numpy as np

    if not (height > 0 and width > 0 and height * width <= MOST_PIXELS):
        raise ValueError(f"a mask of {width} × {height} is no image's")
    if any(type(run) is not int or run < 0 for run in counts) or sum(counts) != height * width:
        raise ValueError("the run lengths do not make up the image")
    runs = np.asarray(counts, np.int64)
    ends = np.cumsum(runs)
    starts = ends - runs
    first, last = starts[1::2], ends[1::2]
    kept = last > first
    first, last = first[kept], last[kept]
    if not len(first):
        return Mask(0, 0, 0, 0, ())
    left, right = int(first[0] // height), int((last[-1] - 1) // height) + 1
    columns = np.zeros((right - left) * height + 1, np.int8)
    columns[first - left * height] += 1
    columns[last - left * height] -= 1
    pixels = np.cumsum(columns[:-1], dtype=np.int8).reshape(right - left, height).T
    rows = np.flatnonzero(pixels.any(axis=1))
    top, bottom = int(rows[0]), int(rows[-1]) + 1
    return Mask(left, top, right - left, bottom - top, _runs(pixels[top:bottom].ravel()))


def counts_of_mask(mask: Mask, height: int, width: int) -> list[int]:
    """Run lengths of ``mask`` in an image of that size; what lies outside is cut off."""
    import numpy as np

    mask = mask.clipped((width, height))
    if not mask.area:
        return [height * width]
    values = np.zeros(len(mask.runs), bool)
    values[1::2] = True
    pixels = np.repeat(values, mask.runs).reshape(mask.height, mask.width)
    strip = np.zeros((mask.width, height), bool)
    strip[:, mask.y : mask.y + mask.height] = pixels.T
    runs = list(_runs(strip.ravel()))
    runs[0] += mask.x * height
    rest = (width - mask.x - mask.width) * height
    if len(runs) % 2:
        runs[-1] += rest
    elif rest:
        runs.append(rest)
    return runs


def counts_of_text(text: str) -> list[int]:
    """The run lengths that a text stands for; raises ValueError for one that is none."""
    counts: list[int] = []
    value = shift = 0
    for character in text:
        code = ord(character) - 48
        if not 0 <= code < 64 or shift > 60:
            raise ValueError("the run lengths are not readable")
        value |= (code & 0x1F) << shift
        shift += 5
        if code & 0x20:
            continue
        if code & 0x10:
            value -= 1 << shift
        if len(counts) > 2:
            value += counts[-2]
        counts.append(value)
        value = shift = 0
    if shift:
        raise ValueError("the run lengths are cut off")
    return counts


def text_of_counts(counts: Sequence[int]) -> str:
    """Run lengths as a text."""
    found: list[str] = []
    for at, run in enumerate(counts):
        value = run - counts[at - 2] if at > 2 else run
        while True:
            code = value & 0x1F
            value >>= 5
            more = value != (-1 if code & 0x10 else 0)
            found.append(chr(48 + (code | 0x20 if more else code)))
            if not more:
                break
    return "".join(found)


def _runs(pixels: object) -> tuple[int, ...]:
    """Run lengths of a flat array, outside first."""
    import numpy as np

    flat = np.asarray(pixels).astype(np.int8)
    edges = np.flatnonzero(np.diff(flat, prepend=np.int8(0))).tolist()
    ends = [*edges, flat.size]
    return tuple(end - start for start, end in zip([0, *edges], ends, strict=True))
