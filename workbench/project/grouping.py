"""What a person has said that shall stay in one part of the split: the table ``split`` of
workbench.toml.

::

    [split]
    group_by = "station"     # what was made at one place is either learned from or judged by
    [split]
    group_by = "name"
    pattern = "{group}_*"    # the animal, say: "lynx07_0001.jpg"

It counts where samples are split: the first time, when a person has them split again, and for
samples that come later. Nobody who is in a part leaves it for that.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

TABLE = "split"
AUTO, NOTHING, STATION, DAY, NIGHT, FOLDER, RECORDING, NAME = (
    "auto", "nothing", "station", "day", "night", "folder", "recording", "name")
NOUNS: Mapping[str, str] = {
    STATION: "station", DAY: "day at a station", NIGHT: "night at a station", FOLDER: "folder",
    RECORDING: "recording", NAME: "group"}
"""What one of the groups is called."""
PLURALS: Mapping[str, str] = {DAY: "days at stations", NIGHT: "nights at stations"}


@dataclass(frozen=True, slots=True)
class Grouping:
    """What is kept together."""

    by: str = AUTO
    """One of the choices of :data:`workbench.project.grouping_schema.SCHEMA`."""
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
        """As :data:`workbench.project.grouping_schema.SCHEMA` has them: for forms, and as JSON."""
        return {"group_by": self.by, "pattern": self.pattern}

    def table(self) -> dict[str, Any]:
        """For workbench.toml; None for what is not said."""
        return {"group_by": self.by if self.declared else None, "pattern": self.pattern or None}


NOT_GROUPED = Grouping()
"""Nobody has said anything."""
