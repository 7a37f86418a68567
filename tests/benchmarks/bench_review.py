"""*Review by class* with 12,000 suggestions on 600 images: showing the place, changing the class,
marking, moving the score, and accepting all of a class; and one image after the other by keys."""

from __future__ import annotations

import random
import time
from pathlib import Path
from typing import Any

from common import make_image, quantiles
from window import Window

IMAGES, EACH, MOVES = 600, 20, 40


def measure(folder: Path) -> dict[str, Any]:
    from workbench.gui.label.review.place import ReviewPlace
    from workbench.project.suggestions import Suggestion, suggestions_of

    project, chance = folder / "project", random.Random(0)
    project.mkdir()
    for index in range(IMAGES):
        make_image(project / f"{index:04d}.jpg", 640, 480, index % 40)
    window = Window(folder, folder=project)
    context = window.program.context
    window.until(lambda: not context.session.index.summarizing and len(context.session.index) > 0)
    store = suggestions_of(context.session)
    store.suggest({f"{index:04d}.jpg": [
        Suggestion(f"class{chance.randrange(3)}", _box(chance), chance.uniform(0.5, 1), "run")
        for _ in range(EACH)] for index in range(IMAGES)}, "run")
    began = time.perf_counter()
    context.go("review")
    place = window.program.window.findChild(ReviewPlace)
    window.until(lambda: place.button.isEnabled())
    shown = time.perf_counter() - began
    steps: dict[str, list[float]] = {"class": [], "mark": [], "score": []}
    for move in range(MOVES):
        for name, act in (("class", place.next_class),
                          ("mark", lambda at=move: place.view.review.mark([at])),
                          ("score", lambda at=move: place._score_moved(0.5 + at / 200))):
            began = time.perf_counter()
            act()
            window.app.processEvents()
            steps[name].append(time.perf_counter() - began)
    place.show_state()  # as the last move of the slider left it
    window.until(lambda: place.button.isEnabled())
    number, whole = len(place.view.review.items), store.sums()[0]
    began = time.perf_counter()
    place.confirm()
    window.until(lambda: store.sums()[0] < whole)
    return {"shown_seconds": round(shown, 2), **{f"{name}_ms": quantiles(found)
                                                 for name, found in steps.items()},
            "accepted": number, "accept_seconds": round(time.perf_counter() - began, 2)}


def _box(chance: random.Random) -> tuple[float, float, float, float]:
    x, y = chance.randrange(560), chance.randrange(400)
    return (float(x), float(y), float(x + chance.randrange(20, 80)),
            float(y + chance.randrange(20, 80)))
