"""Lines and zones on videos: what is counted at them, as tables, and where a person drew them."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from workbench.core.colors import COUNTING, ON_IMAGE_DARK
from workbench.core.errors import WorkbenchError
from workbench.core.paths import file_stamp
from workbench.core.plain import fitted, parse_json
from workbench.core.text import tr
from workbench.core.video import shown_in
from workbench.evaluation.counting import (
    EXIT,
    IN,
    SEEN,
    CountingLine,
    CountingPlace,
    CountingZone,
    PlaceKind,
    Point,
    Tally,
    TrackEvent,
    place_from,
)
from workbench.extension.saving import FollowedThing, Prediction
from workbench.formats.atomic import disk_reason, write_atomic
from workbench.formats.locks import folder_lock
from workbench.formats.regular_file import MB, read_regular
from workbench.project.cache import cache_folder

if TYPE_CHECKING:
    from PIL.Image import Image

Places = tuple[CountingPlace, ...]
FILE = "counting.json"
CAMERA, SCREEN = NO_FILE = "camera", "screen"
"""What those of camera and screen are kept under, in the place of a path."""
EVENT_COLUMNS = ("file", *TrackEvent._fields)
SUM_COLUMNS = ("file", "place", "kind", "label", "in", "out", "visits", "mean_seconds", "points")
_KINDS: dict[str, PlaceKind] = {"line": CountingLine, "zone": CountingZone}
_LIMIT = 16 * MB


def track_numbers(tracks: Sequence[FollowedThing]) -> dict[tuple[int, int], int]:
    """The number of the thing by answer and row of it."""
    return {(at, row): track.row.track for track in tracks for at, row, _ in track.seen}


def with_numbers(item: Prediction, at: int, numbers: Mapping[tuple[int, int], int],
                 ) -> dict[str, Any]:
    """An answer, the one at the place ``at``, that says which thing is which."""
    return {**item, "tracks": [numbers.get((at, row), 0) for row in range(len(item["labels"]))]}


def event_rows(file: str, tally: Tally) -> Iterator[tuple[str | float | int, ...]]:
    """Of a table with :data:`EVENT_COLUMNS`; seconds only where they mean something."""
    for event in tally.in_order():
        yield (file, *event[:-1], event.seconds if event.event in (SEEN, EXIT) else "")


def sum_rows(file: str, tally: Tally) -> Iterator[tuple[str | float | int, ...]]:
    """Of a table with :data:`SUM_COLUMNS`: each class at each line and zone."""
    for place in tally.places:
        is_zone = isinstance(place, CountingZone)
        for label, found in tally.sums(place).items():
            yield (file, place.name, _kind(place), label, found.ins, found.outs,
                   found.visits if is_zone else "", found.dwell if is_zone else "",
                   " ".join(f"{x:g},{y:g}" for x, y in place.points))


def words_at(tally: Tally, place: CountingPlace, time: float) -> str:
    """What was counted at a place until then, in a few words: "gate  3 in, 1 out"."""
    if isinstance(place, CountingZone):
        inside = sum(visit.zone == place.name and visit.first <= time <= visit.last
                     for visit in tally.visits)
        return tr("{name}  {number:,} inside", name=place.name, number=inside)
    found = [event.direction == IN for event in tally.passings
             if event.place == place.name and event.time <= time]
    return tr("{name}  {ins:,} in, {outs:,} out", name=place.name, ins=sum(found),
              outs=len(found) - sum(found))


def draw_places(image: Image, item: Prediction, tally: Tally) -> None:
    """Draw lines and zones on a frame, with what was counted until then."""
    from PIL import ImageDraw, ImageFont

    unit = max(1.0, min(image.size) / 400)
    font = ImageFont.load_default(round(11 * unit))
    canvas = ImageDraw.Draw(image)
    for place in tally.places:
        points = [*place.points, *(place.points[:1] if isinstance(place, CountingZone) else ())]
        canvas.line(points, fill=COUNTING, width=round(2 * unit))
        if isinstance(place, CountingLine):
            canvas.line(_arrow(place, 16 * unit), fill=COUNTING, width=round(2 * unit))
        words = words_at(tally, place, shown_in(item).time)
        left, top, right, bottom = canvas.textbbox((0, 0), words, font=font)
        x, y = min(place.points, key=lambda point: point[1])
        x = min(max(0.0, x), image.width - (right - left) - 6 * unit)
        y = max(0.0, y - (bottom - top) - 4 * unit)
        canvas.rectangle([x, y, x + right - left + 6 * unit, y + bottom - top + 4 * unit],
                         fill=COUNTING)
        canvas.text((x + 3 * unit, y + 2 * unit - top), words, font=font, fill=ON_IMAGE_DARK)


def _arrow(line: CountingLine, length: float) -> list[Point]:
    """From the middle of a line towards the side that "in" leads to, with its head, in one go."""
    (x0, y0), (x1, y1) = line.points
    far = math.dist(*line.points)
    along = ((x1 - x0) / far, (y1 - y0) / far)
    right = (-along[1], along[0])
    middle = ((x0 + x1) / 2, (y0 + y1) / 2)

    def at(forward: float, aside: float) -> Point:
        return (middle[0] + forward * length * right[0] + aside * length * along[0],
                middle[1] + forward * length * right[1] + aside * length * along[1])

    return [at(0, 0), at(1, 0), at(2 / 3, 1 / 3), at(1, 0), at(2 / 3, -1 / 3)]


# --- remembered -----------------------------------------------------------------------------------


def _kind(place: CountingPlace) -> str:
    return next(word for word, kind in _KINDS.items() if isinstance(place, kind))


def read_places(folder: Path) -> dict[str, Places]:
    """What was drawn in a project, by the path of the video; nothing where that cannot be read.
    Such a file is put aside; of one that is damaged in places the rest counts."""
    try:
        path = cache_folder(folder) / FILE
        return _read(folder, path)[0]
    except (WorkbenchError, OSError):
        return {}
    except ValueError:
        from workbench.project.imports.files import put_aside

        with suppress(WorkbenchError):
            put_aside(path)
        return {}


def _read(folder: Path, path: Path) -> tuple[dict[str, Places], bool]:
    """What the file says, and whether all of it could be read; ValueError where nothing can."""
    try:
        data = parse_json(read_regular(path, _LIMIT))
        rows = fitted(data["places"], dict[str, list[Any]])
    except FileNotFoundError:
        return {}, True
    except (KeyError, TypeError) as error:
        raise ValueError(str(error)) from None
    found: dict[str, Places] = {}
    whole = True
    for key, items in rows.items():
        named: dict[str, CountingPlace] = {}
        for item in items:
            with suppress(ValueError, KeyError, TypeError):
                kind, name, points = fitted(item, tuple[str, str, list[tuple[float, float]]])
                named.setdefault(name, place_from(_KINDS[kind], name, points))
        whole = whole and len(named) == len(items)
        found[_absolute(folder, key)] = tuple(named.values())
    return found, whole


def places_to_hand_over(folder: Path) -> bytes | None:
    """The file as it goes along with a project: of its own videos alone; None where nothing was
    drawn on them, or that cannot be read."""
    try:
        found, _ = _read(folder, cache_folder(folder) / FILE)
    except (WorkbenchError, OSError, ValueError):
        return None
    rows = {key: _rows(places) for name, places in found.items()
            if places and (key := _kept_as(folder, name)) != name}
    return _rendered(rows) if rows else None


def _absolute(folder: Path, key: str) -> str:
    return key if key in NO_FILE else str(folder.absolute() / key)


def _kept_as(folder: Path, file: str) -> str:
    """Videos of the project are kept by their place in it: it may be moved, or handed over."""
    path, folder = Path(file), folder.absolute()
    if file not in NO_FILE and path.is_relative_to(folder):
        return path.relative_to(folder).as_posix()
    return file


def places_stamp(folder: Path) -> tuple[int, int] | None:
    """Another one once something else is drawn in a project."""
    with suppress(WorkbenchError):
        return file_stamp(cache_folder(folder) / FILE)
    return None


def zones_on(video: Path, places: Mapping[str, Sequence[CountingPlace]]) -> Sequence[CountingPlace]:
    """What was drawn on a video, by whichever of its paths it was opened."""
    return next((places[name] for name in names_of(video) if name in places), ())


def names_of(video: Path) -> tuple[str, ...]:
    """The paths of a video that something may have been drawn under."""
    return str(video), str(video.absolute()), str(video.resolve())


def remember_places(folder: Path, file: str, places: Sequence[CountingPlace],
                    before: Sequence[CountingPlace] | None = None) -> None:
    """Remember what was drawn on one video; what is known of others stays.

    Parameters
    ----------
    before
        What was there, as far as one knew: what somebody else drew since then stays. All there is
        gives way where it is None.

    Raises
    ------
    WorkbenchError
        If the disk refuses, or the file cannot be read.
    """
    place = cache_folder(folder)
    path = place / FILE
    with folder_lock(place):
        try:
            known, whole = _read(folder, path)
        except OSError as error:
            raise WorkbenchError(disk_reason(error, "read"), path=path) from None
        except ValueError:
            known, whole = {}, False
        if before is not None:
            places = joined(known.get(file, ()), before, places)
        known[file] = tuple(places)
        rows = {_kept_as(folder, name): _rows(found) for name, found in known.items() if found}
        if not whole:
            from workbench.project.imports.files import put_aside

            put_aside(path)
        write_atomic(path, _rendered(rows))


def _rows(places: Sequence[CountingPlace]) -> list[tuple[str, str, Sequence[Point]]]:
    return [(_kind(item), item.name, item.points) for item in places]


def _rendered(rows: Mapping[str, list[tuple[str, str, Sequence[Point]]]]) -> bytes:
    return json.dumps({"version": 1, "places": rows}).encode("ascii")


def joined(now: Sequence[CountingPlace], before: Sequence[CountingPlace],
            after: Sequence[CountingPlace]) -> Places:
    """What is there ``now``, with what was done between ``before`` and ``after``."""
    if tuple(now) == tuple(before):
        return tuple(after)
    old, new = ({item.name: item for item in some} for some in (before, after))
    found = {item.name: item for item in now if item.name in new or item.name not in old}
    return tuple({**found, **{name: item for name, item in new.items()
                              if item != old.get(name)}}.values())
