"""A generated sequence with known truth: things that cross, hide and come back, seen by a detector
that misses some, jitters, and sees what is not there."""

from __future__ import annotations

import random
from typing import NamedTuple

import numpy as np

from tests.support.track_metrics import Boxes
from workbench.core.detections import Detections

WIDTH, HEIGHT = 640, 480


class Scene(NamedTuple):
    truth: list[Boxes]
    found: list[Detections]
    times: list[float]


def scene(seed: int, things: int = 8, frames: int = 120, *, missed: float = 0.08,
          wrong: float = 0.3) -> Scene:
    """Things on straight ways that bounce at the edges; ``missed`` is the share that is not seen
    at all, ``wrong`` the number of false detections a frame. Every thing is half hidden, and seen
    with a low score only, for a tenth of the time."""
    rng = random.Random(seed)
    place = [[rng.uniform(40, WIDTH - 40), rng.uniform(40, HEIGHT - 40)] for _ in range(things)]
    speed = [[rng.uniform(-4, 4), rng.uniform(-3, 3)] for _ in range(things)]
    size = [[rng.uniform(24, 60), rng.uniform(24, 60)] for _ in range(things)]
    starts = [rng.randrange(0, frames // 4) for _ in range(things)]
    dim = [rng.randrange(0, frames) for _ in range(things)]
    made = Scene([], [], [index / 25 for index in range(frames)])
    for index in range(frames):
        ids, real, seen, scores = [], [], [], []
        for one in range(things):
            for axis, most in ((0, WIDTH), (1, HEIGHT)):
                place[one][axis] += speed[one][axis]
                if not 20 < place[one][axis] < most - 20:
                    speed[one][axis] = -speed[one][axis]
            if index < starts[one]:
                continue
            box = [place[one][axis] + side * size[one][axis] / 2
                   for side in (-1, 1) for axis in (0, 1)]
            ids.append(one)
            real.append([round(value, 2) for value in box])
            if rng.random() >= missed:
                seen.append([round(value + rng.gauss(0, 1.5), 2) for value in box])
                hidden = dim[one] <= index < dim[one] + frames // 10
                scores.append(round(rng.uniform(0.15, 0.4) if hidden else rng.uniform(0.6, 0.95),
                                    3))
        if rng.random() < wrong:
            x, y = rng.uniform(0, WIDTH - 50), rng.uniform(0, HEIGHT - 50)
            seen.append([round(x, 2), round(y, 2), round(x + 40, 2), round(y + 40, 2)])
            scores.append(0.7)
        made.truth.append(Boxes(np.array(ids, int), np.array(real, float).reshape(-1, 4)))
        made.found.append(Detections(
            np.array(seen, np.float32).reshape(-1, 4), np.array(scores, np.float32),
            np.zeros(len(seen), np.int64)))
    return made
