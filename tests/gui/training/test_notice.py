"""Rail and title tell how a training stands, wherever one is."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from workbench.gui.app.context import PlaceNotice
from workbench.gui.shell.places import BUNDLED
from workbench.gui.shell.rail import Rail
from workbench.gui.shell.run_notice import ended_notice, interrupted_notice, running_notice
from workbench.project.runs import RunFolder


@pytest.mark.parametrize(("state", "open_end", "words"), [
    ("starting", False, "starting"), ("running", False, "42 %"), ("running", True, "training"),
    ("paused", False, "paused")])
def test_a_running_one(state: str, open_end: bool, words: str) -> None:
    assert running_notice("Compact #2", state, 0.429, open_end=open_end).text == (
        f"Compact #2 {words}")


def test_an_ended_one() -> None:
    assert ended_notice("Compact #2", "finished") == PlaceNotice("train", "ok",
                                                                 "Compact #2 finished")
    assert ended_notice("Compact #2", "cancelled") is None


def test_one_that_was_interrupted_is_found_in_the_folder(tmp_path: Path) -> None:
    assert interrupted_notice(tmp_path) is None
    run = RunFolder.create(tmp_path, "compact-n", {"recipe": "compact-n"})
    run.write_state(state="finished")
    assert interrupted_notice(tmp_path) is None
    run.write_state(state="interrupted")
    notice = interrupted_notice(tmp_path)
    assert notice is not None and notice.tone == "warn" and "was interrupted" in notice.text
    (run.path / "config.json").write_text("{")
    assert interrupted_notice(tmp_path) is None, "a damaged run stops nobody"


def test_it_is_told_while_it_runs_and_after(
    bench: Callable[..., object], qtbot: QtBot
) -> None:
    made = bench(epochs=2, steps=4)
    place, context = made.show(), made.context  # type: ignore[attr-defined]
    qtbot.waitUntil(lambda: place.check.state == "ready", timeout=30_000)
    told: list[PlaceNotice | None] = []
    context.notice_changed.connect(lambda: told.append(context.notice))
    place.train()
    qtbot.waitUntil(lambda: place.controller.live is None, timeout=30_000)
    texts = [notice.text for notice in told if notice is not None]
    assert any(text.endswith(" %") for text in texts)
    assert texts[-1] == "Compact #1 finished"
    place.entered()
    assert context.notice is None, "who comes here has seen it"


def test_the_rail_shows_and_says_it(qtbot: QtBot) -> None:
    rail = Rail(BUNDLED)
    qtbot.addWidget(rail)
    rail.show()
    button = rail.button("train")
    plain = button.grab().toImage()
    button.set_notice("ok", "Compact #2 finished")
    assert button.grab().toImage() != plain
    assert button.toolTip().startswith("Compact #2 finished")
    assert button.accessibleDescription() == "Compact #2 finished"
    button.set_notice("", "")
    assert button.grab().toImage() == plain
