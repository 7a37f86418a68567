"""What a sound, or a part of it, is called where many are shown small."""

from __future__ import annotations

from workbench.media.recording_place import place_in
from workbench.media.recording_time import is_recorders, recorder_in_name


def excerpt_name(key: str, span: tuple[float, float] | None = None) -> str:
    """The file, of recorders with the station that its name does not say, and seconds from and to
    where it is a part of it."""
    *folders, file = key.split("/")
    name = file.rpartition(".")[0] or file
    place = place_in(folders) if is_recorders(key) else ""
    if place and not recorder_in_name(key):
        name = f"{place} {name}"
    return name if span is None else f"{name} {span[0]:.2f}–{span[1]:.2f} s"
