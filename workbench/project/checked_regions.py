"""What a person said of regions that a model found: right or wrong, a file for each training."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from workbench.core.errors import FormatError
from workbench.core.plain import fitted, parse_json
from workbench.core.text import share_text, tr
from workbench.formats.atomic import write_atomic
from workbench.formats.regular_file import read_file

_NAME = "checked_regions.json"


class CheckedRegion(NamedTuple):
    """A region as it was found, in the file at a path."""

    file: str
    label: str
    start: float
    end: float


class RegionVerdict(NamedTuple):
    """Whether it was right, and how sure the model was."""

    right: bool
    score: float


Verdicts = dict[CheckedRegion, RegionVerdict]


def checked_path(project: Path, run: str) -> Path:
    """The file about what the model of a training found; its folder is there as long as that is."""
    return project / "runs" / run / _NAME


def read_checked(path: Path) -> Verdicts:
    """What is kept in a file; nothing where there is none.

    Raises
    ------
    WorkbenchError
        If it cannot be read.
    """
    if not path.exists():
        return {}
    try:
        rows = fitted(parse_json(read_file(path)), list[tuple[str, str, float, float, bool, float]])
    except ValueError as error:
        raise FormatError(str(error), path=path) from error
    return {CheckedRegion(*row[:4]): RegionVerdict(*row[4:]) for row in rows}


def changed(verdicts: Verdicts, said: Mapping[CheckedRegion, RegionVerdict | None]) -> Verdicts:
    """Verdicts with what was said since; None for what was taken back."""
    return {region: verdict for region, verdict in {**verdicts, **said}.items()
            if verdict is not None}


def change_checked(path: Path, said: Mapping[CheckedRegion, RegionVerdict | None]) -> None:
    """Keep what was said beside what another window said meanwhile.

    Raises
    ------
    WorkbenchError
        If it cannot be read, and then stays as it is, or the disk refuses.
    """
    rows = [[*region, *verdict] for region, verdict in changed(read_checked(path), said).items()]
    write_atomic(path, json.dumps(rows).encode("ascii"))


def checked_words(verdicts: Sequence[RegionVerdict]) -> str:
    """ "34 of 40 checked are right (85 %). Score 0.9 to 1: 20 of 20, 0.8 to 0.9: 14 of 20"."""
    if not verdicts:
        return ""
    right = sum(verdict.right for verdict in verdicts)
    tenths: dict[int, list[bool]] = {}
    for verdict in verdicts:
        tenths.setdefault(min(9, int(verdict.score * 10 + 1e-6)), []).append(verdict.right)
    parts = [tr("{low:g} to {high:g}: {right:,} of {total:,}", low=tenth / 10,
                high=(tenth + 1) / 10, right=sum(those), total=len(those))
             for tenth, those in sorted(tenths.items(), reverse=True)]
    return tr("{right:,} of {total:,} checked are right ({share}). By score: {parts}.",
              right=right, total=len(verdicts), share=share_text(right / len(verdicts)),
              parts=", ".join(parts))
