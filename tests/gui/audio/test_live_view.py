"""The scrolling spectrogram and the bars of “Listening”."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtGui import QColor, QImage
from pytestqt.qtbot import QtBot

import workbench.gui  # noqa: F401
from workbench.core.classes import ClassList
from workbench.gui.label.sounds.display import DisplaySettings
from workbench.gui.label.sounds.live_view import BINS, HEIGHT, SECONDS, LiveSpectrogramView
from workbench.gui.style.theme import Theme
from workbench.gui.widgets.class_colors import ClassColors
from workbench.tasks.sound_classification.window.score_bars import LINE, MOST_BARS, ScoreBars

RATE = 8000


class Stream:
    """A live view that is 360 pixels wide: a pixel for each column."""

    def __init__(self, qtbot: QtBot) -> None:
        self.display = DisplaySettings()
        self.colors = ClassColors()
        self.colors.set_classes(ClassList(["owl", "frog"]))
        self.view = LiveSpectrogramView(Theme("light"), self.colors, lambda: self.display)
        qtbot.addWidget(self.view)
        self.view.resize(360, HEIGHT)
        self.view.begin(RATE)

    def say(self, seconds: float, level: float = 0.5) -> None:
        wave = level * np.sin(2 * np.pi * 600 * np.arange(round(seconds * RATE)) / RATE)
        for part in np.array_split(wave.astype(np.float32)[None], 10, axis=1):
            self.view.feed(part)

    def picture(self) -> QImage:
        return self.view.grab().toImage()

    def light(self) -> list[int]:
        """Lightness of the brightest pixel in each column, above the words and below the tags."""
        image = self.picture()
        rows = range(60, HEIGHT - 20)
        return [max(image.pixelColor(x, y).lightness() for y in rows)
                for x in range(image.width())]


@pytest.fixture
def stream(qtbot: QtBot) -> Stream:
    return Stream(qtbot)


def test_the_newest_sound_is_at_the_right_and_wanders_left(stream: Stream) -> None:
    stream.say(0.5, 0.0)
    stream.say(0.5)
    light = stream.light()
    assert min(light[-20:-3]) > 120 and max(light[:320]) < 100
    stream.say(2.0, 0.0)
    light = stream.light()
    loud = [x for x, value in enumerate(light) if value > 120]
    assert loud and 200 <= loud[0] <= 215 and 235 <= loud[-1] <= 245


def test_it_scrolls_on_after_the_ring_is_full(stream: Stream) -> None:
    for _ in range(3):
        stream.say(SECONDS, 0.0)
    stream.say(0.4)
    stream.say(1.0, 0.0)
    loud = [x for x, value in enumerate(stream.light()) if value > 120]
    assert loud and 268 <= loud[0] <= 280 and 295 <= loud[-1] <= 305
    assert len(loud) == loud[-1] - loud[0] + 1, "no seam"


def test_colours_are_those_of_the_spectrogram_above(stream: Stream) -> None:
    stream.say(SECONDS)
    one = stream.picture()
    total = stream.view.spectrogram and stream.view.spectrogram.total
    stream.display = DisplaySettings(colormap="gray")
    two = stream.picture()
    assert one != two
    assert two.pixelColor(100, 80).saturation() == 0
    assert stream.view.spectrogram is not None and stream.view.spectrogram.total == total


@pytest.mark.parametrize("floor", [-40.0, -70.0, -120.0])
def test_silence_is_dark_whatever_range_is_chosen(stream: Stream, floor: float) -> None:
    stream.display = DisplaySettings(floor_db=floor)
    stream.say(1.0, 0.0)
    assert max(stream.light()) < 90
    stream.say(1.0, 0.0005)
    assert max(stream.light()[-40:]) < 200, "what is hardly heard is not stretched to the top"


def test_a_class_leaves_a_tag_where_it_lit_up(stream: Stream) -> None:
    stream.say(2.0)
    stream.view.hear(1.0, "owl")
    stream.view.hear(1.05, "owl")
    stream.view.hear(1.1, "")
    stream.view.hear(1.5, "frog")
    assert [(item.label, item.start, item.end) for item in stream.view.lit] == [
        ("owl", 1.0, 1.05), ("frog", 1.5, 1.5)]
    assert [item.row for item in stream.view.lit] == [0, 1], "side by side they would overlap"
    before = stream.view.x_of(1.0)
    image = stream.picture()
    assert image.pixelColor(round(before) + 3, 8) == QColor(stream.colors.name("owl"))
    stream.say(1.0, 0.0)
    assert stream.view.x_of(1.0) == pytest.approx(before - 60, abs=2)
    stream.say(SECONDS, 0.0)
    assert stream.view.lit == [], "gone with the sound it belongs to"


def test_another_stream_begins_empty(stream: Stream) -> None:
    stream.say(1.0)
    stream.view.hear(0.5, "owl")
    stream.view.begin(48_000)
    assert stream.view.lit == [] and stream.view.spectrogram is not None
    assert stream.view.spectrogram.total == 0
    assert stream.view.spectrogram.values.shape == (BINS, 360)
    assert max(stream.light()) < 60


# --- the bars -------------------------------------------------------------------------------------


@pytest.fixture
def bars(qtbot: QtBot) -> ScoreBars:
    colors = ClassColors()
    made = ScoreBars(Theme("light"), colors)
    qtbot.addWidget(made)
    made.resize(360, 100)
    return made


def test_ten_bars_stand_in_two_columns_where_there_is_room(bars: ScoreBars) -> None:
    bars.show_scores({str(at): at / 10 for at in range(10)}, 0.6, "9")
    assert (bars.columns, bars.height()) == (2, 5 * LINE)
    bars.resize(200, 100)
    bars.grab()
    assert (bars.columns, bars.height()) == (1, 10 * LINE)


def test_of_many_classes_the_likely_one_is_always_shown_and_others_stay(bars: ScoreBars) -> None:
    names = [f"word {at}" for at in range(35)]
    bars.show_scores(dict.fromkeys(names, 0.01), 0.6, "")
    assert list(bars.scores) == names[:MOST_BARS]
    scores = {**dict.fromkeys(names, 0.01), "word 3": 0.002, "word 30": 0.9}
    bars.show_scores(scores, 0.6, "word 30")
    expected = [*names[:3], "word 30", *names[4:MOST_BARS]]
    assert list(bars.scores) == expected and bars.heard == "word 30"
    bars.clear()
    bars.show_scores({"one": 0.5}, 0.6, "")
    assert list(bars.scores) == ["one"]
