"""What is said of a map, by what its points are."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from workbench.project.sample_places import PlacedSamples

SAMPLES, OBJECTS = "samples", "objects"
"""As :mod:`workbench.formats.sample_maps`, which needs numpy."""


class MapWords(NamedTuple):
    """Plain English; translated where it is shown."""

    chip: str
    noun: str
    """Of one point."""
    sample: str
    """Of what one file is."""
    title: str
    arrange: str
    arranging: str
    show: str
    """On the button that leads to where they are labelled."""
    show_many: str
    """The same with "{samples}"."""
    open: str
    hear: str
    """What things that are alike do, in the empty state."""


_IMAGES = ("Show in Images", "Show {samples} in Images", "Double click: show it in Images.",
           "What looks alike lies near each other: you see groups, what is unusual, and labels "
           "that do not fit. It takes some seconds for a hundred images, and nothing leaves this "
           "computer.")
_SOUNDS = ("Show in Audio", "Show {samples} in Audio", "Double click: show it in Audio.",
           "What sounds alike lies near each other: you see groups, what is unusual, and labels "
           "that do not fit. Nothing leaves this computer.")
_WORDS = {
    ("images", SAMPLES): MapWords(
        "Images", "image", "image", "See all images by how they look", "Arrange all images",
        "Arranging all images …", *_IMAGES),
    ("images", OBJECTS): MapWords(
        "Objects", "object", "image", "See all objects by how they look", "Arrange all objects",
        "Arranging all objects …", *_IMAGES),
    ("sounds", SAMPLES): MapWords(
        "Sounds", "sound", "sound", "See all sounds by how they sound", "Arrange all sounds",
        "Arranging all sounds …", *_SOUNDS),
    ("sounds", OBJECTS): MapWords(
        "Regions", "region", "sound", "See all regions by how they sound", "Arrange all regions",
        "Arranging all regions …", *_SOUNDS),
}


def map_words(medium: str, what: str) -> MapWords:
    """Of a map of :data:`SAMPLES` or :data:`OBJECTS` of a project about "images" or "sounds"."""
    return _WORDS["sounds" if medium == "sounds" else "images", what]


def point_name(placed: PlacedSamples, row: int) -> str:
    """What a point is called: its file, of a sound's region with when it is."""
    key = placed.found.keys[row]
    if placed.medium != "sounds":
        return key.rpartition("/")[2]
    from workbench.gui.label.sounds.names import excerpt_name

    start, _, end, _ = placed.boxes[row].tolist()
    return excerpt_name(key, (start, end) if placed.are_objects else None)
