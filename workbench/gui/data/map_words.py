"""What is said of a map, by what its points are."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from workbench.core.text import several, tr

if TYPE_CHECKING:
    from workbench.project.sample_places import PlacedSamples

SAMPLES, OBJECTS = "samples", "objects"
"""As :mod:`workbench.formats.sample_maps`, which needs numpy."""


class MapWords(NamedTuple):
    """Of a map by its points."""

    noun: str
    """Of one point, in plain English."""
    sample: str
    """Of what one file is."""

    @property
    def things(self) -> str:
        """All points, for a sentence."""
        return several(self.noun)

    @property
    def place(self) -> str:
        """Where they are labelled."""
        return tr("Audio") if self.sample == "sound" else tr("Images")

    @property
    def title(self) -> str:
        """What the map is good for, in a few words."""
        text = "See all {things} by how they sound" if self.sample == "sound" \
            else "See all {things} by how they look"
        return tr(text, things=self.things)

    @property
    def about(self) -> str:
        """The same in sentences."""
        if self.sample == "sound":
            return tr("What sounds alike lies near each other: you see groups, what is unusual, "
                      "labels that do not fit and, once a model is trained, what it gets wrong. "
                      "Nothing leaves this computer.")
        return tr("What looks alike lies near each other: you see groups, what is unusual, labels "
                  "that do not fit and, once a model is trained, what it gets wrong. It takes some "
                  "seconds for a hundred images, and nothing leaves this computer.")


_NOUNS = {("images", SAMPLES): "image", ("images", OBJECTS): "object",
          ("sounds", SAMPLES): "sound", ("sounds", OBJECTS): "region"}


def map_words(medium: str, what: str) -> MapWords:
    """Of a map of :data:`SAMPLES` or :data:`OBJECTS` of a project about "images" or "sounds"."""
    medium = "sounds" if medium == "sounds" else "images"
    return MapWords(_NOUNS[medium, what], _NOUNS[medium, SAMPLES])


def point_name(placed: PlacedSamples, row: int) -> str:
    """What a point is called: its file, of a sound's region with when it is."""
    key = placed.found.keys[row]
    if placed.medium != "sounds":
        return key.rpartition("/")[2]
    from workbench.gui.label.sounds.names import excerpt_name

    start, _, end, _ = placed.boxes[row].tolist()
    return excerpt_name(key, (start, end) if placed.are_objects else None)
