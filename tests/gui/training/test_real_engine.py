"""The training place with the real engine: torch in a child process, a few tiny pictures."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from pytestqt.qtbot import QtBot

from workbench.gui.app.context import RunTarget
from workbench.gui.app.engine_client import EngineClient
from workbench.gui.train.history_loader import read_history
from workbench.gui.train.place import TrainPlace
from workbench.jobs.commands import TrainRequest
from workbench.jobs.runner import EngineProcess
from workbench.project.datasets.splits import Split, save_split
from workbench.project.runs import list_runs

TINY = TrainRequest(recipe="compact-n", epochs=2, start_from="none",
                    settings={"image_size": 64, "batch_size": 4, "augment": False, "previews": 2})


@pytest.fixture
def real_client() -> Iterator[EngineClient]:
    client = EngineClient(EngineProcess)
    yield client
    client.stop(wait_seconds=15)


@pytest.mark.timeout(240)
def test_from_one_press_to_curves_and_a_model(
    qtbot: QtBot, make_bench: Callable[..., Any], draw_project: Callable[..., Path],
    real_client: EngineClient, tmp_path: Path,
) -> None:
    made = make_bench(real_client, draw_project(tmp_path / "many", "abcdefghijkl"))
    place = made.show()
    place.panel.form.set_request(TINY)
    qtbot.waitUntil(lambda: place.check.state == "ready", timeout=120_000)
    assert place.panel.ready.text.startswith("Ready. 12 images, 2 classes.")
    place.panel.button.click()
    live = place.controller.live.history
    qtbot.waitUntil(lambda: live.ended, timeout=120_000)
    assert (live.state, live.message) == ("finished", "")
    assert live.loss is not None and len(live.loss) > 0 and live.loss.x[-1] == 2.0
    assert {"data", "forward", "backward", "step"} <= set(live.times)
    assert sorted({image.epoch for row in live.previews.values() for image in row}) == [1, 2]
    assert len(live.metrics["map_50"]) == 2
    run = list_runs(made.session.folder)[0]
    assert run.best_path.is_file() and run.checkpoint_path.is_file()
    again = read_history(run)
    assert again.losses.keys() == live.losses.keys()
    assert all(again.losses[name].y.tolist() == series.y.tolist()
               for name, series in live.losses.items())
    assert (again.previews, again.best_epoch) == (live.previews, live.best_epoch)
    made.offers[-1].action()
    assert made.went[-1] == ("results", RunTarget(run.name))
    _ask_again(qtbot, place, made.session.folder, run.name)


def _ask_again(qtbot: QtBot, place: TrainPlace, folder: Path, run: str) -> None:
    """What is said before the button is pressed: beginning with that run, and nothing to learn."""
    ready, form = place.panel.ready, place.panel.form
    qtbot.waitUntil(lambda: form.start_box.findData(run) >= 0, timeout=30_000)
    form.set_request(replace(TINY, recipe="auto", start_from=run))
    words = "taken over from Compact #1"
    qtbot.waitUntil(lambda: place.check.state == "ready" and words in ready.why, timeout=60_000)
    assert "Compact was chosen: the model to start from is of this kind." in ready.why
    keys = [f"{name}.png" for name in "abcdefghijkl"]
    save_split(folder, Split(name="default", test=keys, origin="by hand"))
    form.set_request(TINY)
    qtbot.waitUntil(lambda: place.check.state == "refused", timeout=60_000)
    assert ready.text.startswith("Not yet. The split “default” leaves no image to learn from")
