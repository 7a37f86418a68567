"""What a person can say of what stays together in the split: the one declaration of form, flags and
``workbench.toml``, and how that is read. Apart from :mod:`workbench.project.grouping`, which every
project needs before the window's first paint.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from workbench.core.errors import UsageError
from workbench.core.name_patterns import NamePattern
from workbench.core.schema import Field, Schema
from workbench.project.grouping import (
    AUTO,
    DAY,
    FOLDER,
    NAME,
    NIGHT,
    NOTHING,
    RECORDING,
    STATION,
    Grouping,
)

SCHEMA = Schema(
    Field("group_by", "choice", AUTO, "Keep together",
          "What was taken by the same camera, or in the same night, looks alike: where some of it "
          "is learned from and the rest is judged, scores are too good. What has this in common "
          "stays in one part.",
          choices=((AUTO, "What names make clear"), (NOTHING, "Nothing"),
                   (STATION, "Station or camera"), (DAY, "Station and day"),
                   (NIGHT, "Station and night"), (FOLDER, "Folder"),
                   (RECORDING, "Video or recording"), (NAME, "Part of the name"))),
    Field("pattern", "text", "", "Pattern",
          "Of part of the name: {group} is what is kept together, {n} a number and * anything "
          "else, as in {group}_*. With a / in it, it is about the folders, too."),
)
HELP: Mapping[str, str] = {
    AUTO: "Frames of a clip, copies of a photo, sounds of a speaker or of a recording, where file "
          "names make these clear.",
    NOTHING: "Each sample goes into a part by itself.",
    STATION: "The innermost folder of a file that is called as a place: as no date, no class, no "
             "part of a split and no DCIM or images. Where there is none, what a recorder puts "
             "before the date in the name.",
    DAY: "What one station made on one day, by the date in the file or its name.",
    NIGHT: "What one station made between two noons.",
    FOLDER: "The files of one folder.",
    RECORDING: "The frames of a video or clip, the pages of a stack, the sounds of a speaker or "
               "recording.",
    NAME: "What a pattern finds in the name: {group} is what is kept together, {n} a number and * "
          "anything else, as in {group}_*. With a / in it, it is about the folders, too.",
}
_LONGEST = 200
"""Characters of a pattern."""


def grouping_of(values: Mapping[str, Any]) -> Grouping:
    """What a form, flags or the table of workbench.toml say; keys of later versions are passed by.

    Raises
    ------
    UsageError
        If a value does not fit.
    """
    for name, value in values.items():
        if name in SCHEMA and not isinstance(value, str):
            raise UsageError(f"{name} is “{value}”, which is no text in quotes")
    found = SCHEMA.validate({name: value for name, value in values.items() if name in SCHEMA})
    made = Grouping(str(found["group_by"]), str(found["pattern"]))
    if made.by != NAME:
        return Grouping(made.by)
    group_pattern(made.pattern)
    return made


def group_pattern(pattern: str) -> NamePattern:
    """What finds that which ``pattern`` calls ``{group}``.

    Raises
    ------
    UsageError
        If it has no ``{group}``, or something else in braces.
    """
    names = re.findall(r"\{(\w+)\}", pattern)
    if "group" not in names or {*names} - {"group", "n"}:
        raise UsageError(f"the pattern “{pattern}” needs {{group}} and may have {{n}} and *, as in "
                         "{group}_*")
    if len(pattern) > _LONGEST:
        raise UsageError(f"a pattern can have {_LONGEST} characters")
    return NamePattern(pattern)
