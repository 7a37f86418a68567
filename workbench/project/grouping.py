"""What a person has said that shall stay in one part of the split: the table ``split`` of
workbench.toml.

::

    [split]
    group_by = "station"     # what was made at one place is either learned from or judged by
    [split]
    group_by = "name"
    pattern = "{group}_*"    # the animal, say: "lynx07_0001.jpg"

It counts where samples are divided: the first time, when a person has them divided anew, and for
samples that come later. Nobody who is in a part leaves it for that.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from workbench.core.errors import UsageError
from workbench.core.name_patterns import NamePattern
from workbench.core.schema import Field, Schema

TABLE = "split"
AUTO, NOTHING, STATION, DAY, NIGHT, FOLDER, RECORDING, NAME = (
    "auto", "nothing", "station", "day", "night", "folder", "recording", "name")
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
    NOTHING: "Each sample is divided by itself.",
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
NOUNS: Mapping[str, str] = {
    STATION: "station", DAY: "day at a station", NIGHT: "night at a station", FOLDER: "folder",
    RECORDING: "recording", NAME: "group"}
"""What one of the groups is called."""
PLURALS: Mapping[str, str] = {DAY: "days at stations", NIGHT: "nights at stations"}
_LONGEST = 200
"""Characters of a pattern."""


@dataclass(frozen=True, slots=True)
class KeptTogether:
    """What is kept together."""

    by: str = AUTO
    """One of the choices of :data:`SCHEMA`."""
    pattern: str = ""
    """Of :data:`NAME` only."""

    @property
    def declared(self) -> bool:
        """Whether somebody has said anything."""
        return self.by != AUTO

    @property
    def noun(self) -> str:
        return NOUNS.get(self.by, "group")

    @property
    def plural(self) -> str:
        return PLURALS.get(self.by, f"{self.noun}s")

    def values(self) -> dict[str, Any]:
        """As :data:`SCHEMA` has them: for forms, and as JSON."""
        return {"group_by": self.by, "pattern": self.pattern}

    def table(self) -> dict[str, Any]:
        """For workbench.toml; None for what is not said."""
        return {"group_by": self.by if self.declared else None, "pattern": self.pattern or None}


NOT_GROUPED = KeptTogether()
"""Nobody has said anything."""


def grouping_of(values: Mapping[str, Any]) -> KeptTogether:
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
    made = KeptTogether(str(found["group_by"]), str(found["pattern"]))
    if made.by != NAME:
        return KeptTogether(made.by)
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
