"""What the key points of a class are called, and which of them are joined."""

from __future__ import annotations

from typing import Any, NamedTuple


class Skeleton(NamedTuple):
    """The key points of one class.

    Parameters
    ----------
    points
        Their names, in the order of the numbers in files.
    lines
        Pairs of positions in ``points`` that are joined by a line.
    """

    points: tuple[str, ...] = ()
    lines: tuple[tuple[int, int], ...] = ()


def table_of(skeleton: Skeleton) -> dict[str, Any]:
    """What :func:`skeleton_of` reads."""
    names = skeleton.points
    lines = [[names[one], names[other]] for one, other in skeleton.lines]
    return {"points": list(names), **({"lines": lines} if lines else {})}


def skeleton_of(table: Any) -> Skeleton:
    """The skeleton that ``{points = ["nose", …], lines = [["nose", "left eye"], …]}`` names.

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
    return Skeleton(tuple(points), tuple(found))
