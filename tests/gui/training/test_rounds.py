"""Train leads through rounds: train, suggest, review, train again."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from workbench.gui.app.context import StepTarget
from workbench.gui.train.rounds_card import help_words, step_words
from workbench.project.rounds import LabellingState, RoundScore
from workbench.project.runs import list_runs
from workbench.project.suggestions import Suggestion, suggestions_of

LEFT = Qt.MouseButton.LeftButton
ONE = RoundScore("one", 30, "map", 0.5, "test", 90)


def test_the_card_leads_through_a_round(
    bench: Callable[..., Any], draw_project: Callable[..., Path], tmp_path: Path, qtbot: QtBot
) -> None:
    folder = draw_project(tmp_path / "pets", "abcdefghijkl")
    (folder / "a.xml").unlink()
    made = bench(folder, epochs=1, steps=2)
    place = made.show()
    rounds, card = place.rounds, place.rounds.card

    def step(name: str) -> None:
        qtbot.waitUntil(lambda: rounds.step == name and place.controller.live is None,
                        timeout=30_000)

    step("train")
    qtbot.waitUntil(card.isVisible)
    assert card.words.text() == "11 images labelled: train a first model (up to 10 minutes)."
    assert not card.curve_button.isVisible() and not card.alone_button.isVisible()
    qtbot.mouseClick(card.button, LEFT)
    assert not card.button.isVisible() or place.controller.live is not None
    step("suggest")
    run = list_runs(folder)[0]
    assert card.button.text() == "Suggest on 1 image"
    qtbot.mouseClick(card.button, LEFT)
    assert made.went[-1] == ("images", StepTarget("suggest"))

    store = suggestions_of(made.session)
    store.suggest({"a.png": [Suggestion("cat", (2.0, 2.0, 20.0, 20.0), 0.9, run.name)]}, run.name)
    step("review")
    assert card.words.text() == "The model suggests 1 object on 1 image: keep what is right."
    assert card._right.full_text() == "11 of 12 images labelled · 1 suggested · 1 left"
    store.clear()
    step("again")
    assert card.button.text() == "Train again"

    qtbot.mouseClick(card.curve_button, LEFT)
    qtbot.waitUntil(lambda: "0.100 more" in card.help.text(), timeout=30_000)
    assert len(card.chart.curves["score"].series) == 2

    assert card.alone_button.isVisible()
    qtbot.mouseClick(card.alone_button, LEFT)
    live = place.controller.live
    assert live is not None and live.plan.request.teacher == run.name
    assert place.view.history is live.history, "it is shown at once, with its buttons"
    qtbot.waitUntil(lambda: place.controller.live is None, timeout=30_000)
    assert "Not better than its teacher" in made.messages[-1][1], "the scripted engine says so"
    assert list_runs(folder) == [run], "it lies in the trash"
    made.offers[-1].action()
    assert len(list_runs(folder)) == 2


def test_images_that_were_not_looked_at_are_not_all_those_without_labels() -> None:
    for asked, left, words in (
            (0, 51, "Have the newest model look at the 51 images without labels."),
            (50, 1, "The newest model has not looked at 1 image without labels yet.")):
        now = LabellingState(60, 9, asked=asked, left=left)
        assert step_words("suggest", now, 0, "2 minutes", "image") == words


def test_what_a_curve_says() -> None:
    two = RoundScore("two", 60, "map", 0.61, "test", 90)
    assert help_words([ONE, two], "image") == (
        "mAP 0.610 on the same 90 held-back images, which no round learned from: 0.110 more than "
        "the round before.")
    assert "0.110 less" in help_words([two, ONE], "image")
    few = RoundScore("two", 60, "accuracy", 0.5, "test", 5)
    assert help_words([few], "sound") == "There is nothing to compare yet."
    assert help_words([few, few], "sound").endswith(
        "With so few a small difference is mostly chance.")
    seen = RoundScore("old", 9, "map", 0.9, "test", 90, "it learned from 3 samples of those")
    assert help_words([seen, ONE, two], "image").endswith(
        "Not comparable: round 1 (it learned from 3 samples of those).")
