"""``workbench duplicates``."""

from __future__ import annotations

import argparse

from workbench.core.errors import UsageError, WorkbenchError
from workbench.core.paths import is_folder
from workbench.core.terminal import StatusLine, print_json
from workbench.core.text import count


def duplicates(options: argparse.Namespace) -> int:
    """List images that look nearly the same; finding some is no failure."""
    from workbench.project.datasets.splits import declared_split
    from workbench.project.statistics.duplicates import (
        members_first,
        near_duplicates,
        parts_of,
        read_thumbnails,
    )

    if not is_folder(options.project):
        raise UsageError(f"there is no folder {options.project}")
    line = StatusLine()
    thumbnails = read_thumbnails(
        options.project, lambda done, total: line.show(f"Looking {done}/{total}"))
    try:
        parts = parts_of(declared_split(options.project, thumbnails.keys))
    except WorkbenchError:
        parts = {}  # doctor tells
    pairs = near_duplicates(members_first(thumbnails, parts),
                            lambda done, total: line.show(f"Comparing {done}/{total}"))
    line.clear()
    if options.json:
        print_json([{"first": pair.first, "second": pair.second, "like": round(pair.like, 4),
                     "parts": [parts.get(pair.first), parts.get(pair.second)]} for pair in pairs])
        return 0
    for pair in pairs:
        first, second = parts.get(pair.first, ""), parts.get(pair.second, "")
        apart = f"  ({first} and {second})" if first and second and first != second else ""
        print(f"{pair.like:.3f}  {pair.first}  {pair.second}{apart}")
    print(f"{count(len(pairs), 'pair')} of {count(len(thumbnails.keys), 'image')} "
          f"{'looks' if len(pairs) == 1 else 'look'} nearly the same.")
    return 0
