"""An entry of the applications menu, as a desktop of Linux reads it."""

from __future__ import annotations

import configparser
import shlex
from collections.abc import Mapping
from pathlib import Path

from workbench.desktop import linux


def read_entry(group: str = "Desktop Entry") -> Mapping[str, str]:
    """The keys of a group of Workbench's own entry."""
    parsed = configparser.RawConfigParser()
    parsed.optionxform = str  # type: ignore[assignment,method-assign]  # keeps capitals
    parsed.read(linux.entry_file(), "utf-8")
    return parsed[group]


def exec_words(*dropped: Path, group: str = "Desktop Entry") -> list[str]:
    """What a desktop runs: the value is unescaped, split as a shell would, then %F is filled in."""
    value = read_entry(group)["Exec"].replace("\\\\", "\\")
    words = [word.replace("%%", "%") for word in shlex.split(value) if word != "%F"]
    return [*words, *map(str, dropped)]
