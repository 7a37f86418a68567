"""The masks of the pages of a stack, put together again as microscopes' programs open them."""

from __future__ import annotations

import re
from collections import defaultdict
from io import BytesIO
from pathlib import Path

_PAGE = re.compile(r"(.+\.(?:tiff?|czi|lif|nd2|dcm)(?:-.+)?)-(\d{6})", re.IGNORECASE)
"""The name of an image that was made of a page: :mod:`workbench.project.stack_images`."""


def write_stacks(folder: Path) -> list[Path]:
    """Write one TIFF of several pages beside the masks (PNG) of pages of one stack, in their order;
    masks of other images, and of different sizes, stay as they are. Returns what was written."""
    stacks: dict[Path, list[tuple[int, Path]]] = defaultdict(list)
    for mask in folder.rglob("*.png"):
        if found := _PAGE.fullmatch(mask.stem):
            stacks[mask.with_name(f"{found[1]}_masks.tif")].append((int(found[2]), mask))
    return [target for target, pages in sorted(stacks.items())
            if len(pages) > 1 and _write(target, [mask for _, mask in sorted(pages)])]


def _write(target: Path, masks: list[Path]) -> bool:
    import numpy as np
    from PIL import Image
    from tifffile import TiffWriter

    from workbench.formats.atomic import write_below

    sizes = set()
    for mask in masks:
        with Image.open(mask) as image:  # the header alone
            sizes.add(image.size)
    if len(sizes) > 1:
        return False
    data = BytesIO()
    with TiffWriter(data) as writer:
        for mask in masks:  # one by one: a stack has hundreds
            with Image.open(mask) as image:
                writer.write(np.asarray(image), photometric="minisblack", compression="zlib",
                             contiguous=False, metadata=None)
    write_below(target, data.getvalue())
    return True
