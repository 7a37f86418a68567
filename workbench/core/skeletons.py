"""What the key points of a class are called, which of them are joined, and their colours."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any, NamedTuple

from workbench.core.lazy_pattern import lazy_pattern

_COLOR = lazy_pattern("#[0-9a-fA-F]{6}")


class Skeleton(NamedTuple):
    """The key points of one class."""

    points: tuple[str, ...] = ()
    """Their names, in the order of the numbers in files."""
    lines: tuple[tuple[int, int], ...] = ()
    """Pairs of positions in ``points`` that are joined by a line."""
    colors: tuple[str, ...] = ()
    """``#rrggbb`` for each point, "" for that of the class; none at all where all have that."""

    def color(self, number: int) -> str:
        """That of a point; "" for its class's."""
        return self.colors[number] if number < len(self.colors) else ""

    def with_color(self, number: int, color: str) -> Skeleton:
        """With another colour of one point."""
        colors = tuple(color if at == number else self.color(at) for at in range(len(self.points)))
        return self._replace(colors=colors if any(colors) else ())


_SIDES = (("left", "right"), ("Left", "Right"), ("LEFT", "RIGHT"))
_LETTER = lazy_pattern(r"(?:^|(?<=[\W_]))[lrLR](?=$|[\W_])")
_OTHER = {"l": "r", "r": "l", "L": "R", "R": "L"}


def mirrored(names: Sequence[str], count: int) -> tuple[int, ...]:
    """For each of ``count`` key points the one that stands in its place where the picture is
    mirrored: the left ear for the right one, told by their names ("left ear",
    "l_ear"); itself where there is none."""
    places = {name: number for number, name in enumerate(names[:count])}
    found = []
    for number in range(count):
        partner = _partner(names[number]) if number < len(names) else ""
        found.append(places.get(partner, number))
    # where two think of the same one, none is believed
    return tuple(place if found[place] == number else number for number, place in enumerate(found))


def _partner(name: str) -> str:
    for left, right in _SIDES:
        if left in name:
            return name.replace(left, right)
        if right in name:
            return name.replace(right, left)
    return _LETTER.sub(lambda found: _OTHER[found.group()], name)


NO_SKELETONS: Mapping[str, Skeleton] = MappingProxyType({})


def table_of(skeleton: Skeleton) -> dict[str, Any]:
    """What :func:`skeleton_of` reads."""
    names = skeleton.points
    lines = [[names[one], names[other]] for one, other in skeleton.lines]
    colors = {name: color for name, color in zip(names, skeleton.colors, strict=False) if color}
    return {"points": list(names), **({"lines": lines} if lines else {}),
            **({"colors": colors} if colors else {})}


def skeleton_of(table: Any) -> Skeleton:
    """The skeleton that ``{points = ["nose", …], lines = [["nose", "left eye"], …], colors =
    {nose = "#d97706"}}`` names.

    Raises
    ------
    ValueError
        If it is something else; the message says what, as the end of a sentence.
    """
    table = table if isinstance(table, dict) else {}
    points, lines = table.get("points"), table.get("lines", [])
    if not isinstance(points, list) or not points \
            or not all(isinstance(name, str) and name for name in points):
        raise ValueError("points is not a list of names in quotes")
    if len(set(points)) < len(points):
        raise ValueError("two points have the same name")
    found = []
    for line in lines if isinstance(lines, list) else [None]:
        if not isinstance(line, list) or len(line) != 2 or not all(name in points for name in line):
            raise ValueError("lines is not a list of pairs of its points")
        found.append((points.index(line[0]), points.index(line[1])))
    colors = table.get("colors", {})
    if not isinstance(colors, dict) or not all(
            name in points and isinstance(color, str) and _COLOR.fullmatch(color)
            for name, color in colors.items()):
        raise ValueError("colors is not a table of its points, each with “#rrggbb”")
    return Skeleton(tuple(points), tuple(found),
                    tuple(colors.get(name, "") for name in points) if colors else ())
