"""Lines and zones count each thing once, in the right direction, however it trembles."""

from __future__ import annotations

import math
import random
from itertools import pairwise

import pytest

from workbench.evaluation.counting import (
    CROSSING,
    ENTRY,
    EXIT,
    IN,
    OUT,
    SEEN,
    CountingLine,
    CountingPlace,
    CountingZone,
    Sum,
    Tally,
    TrackEvent,
    place_of_text,
)

SIDE = 40.0
ZONE = CountingZone("yard", ((100.0, 100.0), (300.0, 100.0), (300.0, 300.0), (100.0, 300.0)))


def walk(tally: Tally, points: list[tuple[float, float]], track: int = 1, label: str = "cat",
         rate: float = 10.0) -> list[TrackEvent]:
    """A thing of 40 × 40 pixels goes from point to point; what happens but being seen."""
    for frame, (x, y) in enumerate(points):
        tally.see(track, label, frame, frame / rate,
                  (x - SIDE / 2, y - SIDE / 2, x + SIDE / 2, y + SIDE / 2))
    return [event for event in tally.in_order() if event.event != SEEN]


def straight(start: tuple[float, float], end: tuple[float, float], steps: int = 20,
             tremble: float = 0.0, rng: random.Random | None = None) -> list[tuple[float, float]]:
    rng = rng or random.Random(0)
    return [(start[0] + (end[0] - start[0]) * step / steps + rng.uniform(-tremble, tremble),
             start[1] + (end[1] - start[1]) * step / steps + rng.uniform(-tremble, tremble))
            for step in range(steps + 1)]


@pytest.mark.parametrize("seed", range(60))
def test_a_way_across_a_turned_line_counts_once_in_its_direction(seed: int) -> None:
    rng = random.Random(seed)
    angle, reach = rng.uniform(0, 2 * math.pi), rng.uniform(60, 200)
    along, right = (math.cos(angle), math.sin(angle)), (-math.sin(angle), math.cos(angle))

    def at(forward: float, aside: float) -> tuple[float, float]:
        return (300 + forward * along[0] + aside * right[0],
                300 + forward * along[1] + aside * right[1])

    line = CountingLine("gate", (at(-reach, 0), at(reach, 0)))
    inside, outside = rng.uniform(-0.8, 0.8) * reach, rng.choice((-1.4, 1.4)) * reach
    way = straight(at(inside, -50), at(inside, 50), rng.randrange(1, 40), 1.5, rng)
    [event] = walk(Tally([line]), way)
    assert (event.event, event.place, event.direction) == (CROSSING, "gate", IN)
    back = walk(Tally([line]), way[::-1])
    assert [item.direction for item in back] == [OUT]
    past = straight(at(outside, -50), at(outside, 50), 20, 1.5, rng)
    assert walk(Tally([line]), past) == [], "beside the line's end"
    there_and_back = walk(Tally([line]), [*way, *way[::-1], *past, *way[::-1]])
    assert [item.direction for item in there_and_back] == [IN, OUT, OUT], "around its end"


@pytest.mark.parametrize("seed", range(40))
def test_trembling_on_a_border_is_not_counted_twice(seed: int) -> None:
    rng = random.Random(seed)
    line = CountingLine("gate", ((0.0, 200.0), (400.0, 200.0)))
    tremble = [(200 + rng.uniform(-4, 4), 200 + rng.uniform(-3.9, 3.9)) for _ in range(200)]
    assert walk(Tally([line]), tremble) == []
    goes_on = walk(Tally([line]), [(200, 150), *tremble, (200, 250)])
    assert [item.direction for item in goes_on] == [IN]
    assert walk(Tally([line]), [(200, 150), *tremble, (200, 150)]) == [], "it turned round"
    edge = [(x, y - 100) for x, y in tremble]
    stay = walk(Tally([ZONE]), [(200, 50), *edge, (200, 200), *edge, (200, 50)])
    assert [item.event for item in stay] == [ENTRY, EXIT]


def test_a_random_walk_never_goes_in_twice_without_going_out() -> None:
    rng = random.Random(7)
    place, points = 0.0, []
    for _ in range(3000):
        place += rng.uniform(-9, 9) - place * 0.01
        points.append((200.0, 200 + place))
    line = CountingLine("gate", ((0.0, 200.0), (400.0, 200.0)))
    found = [item.direction for item in walk(Tally([line]), points)]
    assert len(found) > 20
    assert all(one != other for one, other in pairwise(found))


def test_a_zone_tells_entries_exits_and_how_long() -> None:
    tally = Tally([ZONE])
    walk(tally, straight((50, 200), (350, 200), 60), 1, "cat")
    walk(tally, straight((200, 200), (200, 400), 40), 2, "cat")  # seen first inside
    walk(tally, straight((200, 50), (200, 200), 30), 3, "dog")  # never seen to leave
    events = [item for item in tally.in_order() if item.event != SEEN]
    assert [(item.event, item.track) for item in events] == [
        (ENTRY, 1), (ENTRY, 3), (EXIT, 2), (EXIT, 1)]
    assert events[-1].seconds == pytest.approx(4.0, abs=0.2), "200 pixels, 50 a second"
    assert tally.sums(ZONE) == {"cat": Sum(1, 2, 2, pytest.approx(3.0, abs=0.2)),
                                "dog": Sum(1, 0, 1, pytest.approx(2.0, abs=0.2))}
    inside = tally.over_time(ZONE)
    assert max(number for _, number in inside) == 3 and inside[-1][1] == 0
    assert inside[0] == (0.0, 1)


def test_events_say_how_long_a_thing_was_seen() -> None:
    line = CountingLine("gate", ((0.0, 100.0), (400.0, 100.0)))
    tally = Tally([line], seen_for=1.0)
    walk(tally, straight((50, 50), (50, 150), 25), 1)
    walk(tally, [(300, 50)] * 9, 2)
    [seen, crossing] = sorted(tally.in_order())
    assert (seen.event, seen.track, seen.time, seen.seconds) == (SEEN, 1, 1.0, 2.5)
    assert (crossing.frame, crossing.time) == (13, 1.3)
    assert tally.over_time(line) == [(crossing.time, 1)]


def test_what_was_counted_stays_where_another_line_is_drawn() -> None:
    line, other = (CountingLine(name, ((0.0, y), (400.0, y))) for name, y in
                   (("one", 200.0), ("two", 260.0)))
    tally = Tally([line, ZONE])
    walk(tally, straight((200, 150), (200, 250)))
    tally.set_places([line, other])
    assert [item.place for item in tally.passings] == ["one"] and not tally.visits
    walk(tally, straight((200, 250), (200, 350)))
    assert [item.place for item in tally.passings] == ["one", "two"]


def test_what_a_person_types_becomes_a_line_or_zone() -> None:
    line, zone = CountingLine, CountingZone
    known: list[CountingPlace] = []
    for kind, text in ((line, "1,2,3.5,4,by the door"), (line, "1,2,3,4"),
                       (zone, "0,0,9,0,9,9,7"), (zone, "0,0, 9,0, 9,9, 0,9")):
        known.append(place_of_text(kind, text, known))
    assert [item.name for item in known] == ["by the door", "Line 1", "7", "Zone 1"]
    assert known[0].points == ((1.0, 2.0), (3.5, 4.0)) and len(known[3].points) == 4
    for kind, wrong in ((line, "1,2,3"), (line, "1,2,1,2"), (line, "a,b"), (zone, "0,0,9,9"),
                        (zone, "0,0,0,0,0,0"), (line, "1,2,nan,4"), (line, "1,2,3,4,Line 1"),
                        (line, "1,2,3,4,5,6")):
        with pytest.raises(ValueError, match=r"point|line|zone|number|two called"):
            place_of_text(kind, wrong, known)
