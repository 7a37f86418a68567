"""The pictures of a sound and its playing: axes, zoom, pointer, cursor, loudspeaker."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import soundfile
from PySide6.QtCore import QPoint, QPointF, QRect, QRectF, Qt
from PySide6.QtTest import QTest

from tests.gui.audio.conftest import LEFT, NONE, Bench, FakeOutput
from tests.support.touch_pad import pinch
from workbench.core.annotation import Annotation, LabeledObject
from workbench.core.shapes import Region
from workbench.formats.raven import new_raven
from workbench.gui.label.sounds.time_canvas import GUTTER

SHIFT = Qt.KeyboardModifier.ShiftModifier


# --- looking --------------------------------------------------------------------------------------


def test_the_tone_is_where_the_axis_says(bench: Bench, calls: Path) -> None:
    bench.open_project(calls)
    image = bench.canvas.grab().toImage()
    tone, above = bench.at(0.75, 1000), bench.at(0.75, 3000)
    quiet = bench.at(1.3, 1000)
    light = [image.pixelColor(point).lightness() for point in (tone, above, quiet)]
    assert light[0] > light[1] + 60 and light[0] > light[2] + 60


@pytest.mark.parametrize("scale", ["linear", "log", "mel"])
def test_places_and_frequencies_are_inverse(bench: Bench, calls: Path, scale: str) -> None:
    from dataclasses import replace

    bench.open_project(calls)
    bench.place.viewer.set_display(replace(bench.canvas.display, scale=scale))
    for frequency in (120.0, 900.0, 4000.0, 7500.0):
        assert bench.canvas.frequency_at(bench.canvas.y_of(frequency)) \
            == pytest.approx(frequency, rel=0.02)
    assert bench.canvas.frequency_at(bench.canvas.spectrum_rect.bottom() + 5) == 0


def test_the_pointer_reads_time_frequency_and_loudness(bench: Bench, calls: Path) -> None:
    bench.open_project(calls)
    told: list[tuple[float, float, float]] = []
    bench.canvas.pointed.connect(lambda *values: told.append(values))
    QTest.mouseMove(bench.canvas, bench.at(0.75, 1000))
    QTest.mouseMove(bench.canvas, bench.at(1.3, 5000))
    (seconds, frequency, loud), (_, _, quiet) = told[-2:]
    assert seconds == pytest.approx(0.75, abs=0.01)
    assert frequency == pytest.approx(1000, rel=0.03)
    assert loud == pytest.approx(20 * np.log10(0.4), abs=2.5) and quiet < -60


def test_the_wheel_zooms_to_the_pointer_and_shift_pans(bench: Bench, calls: Path) -> None:
    bench.open_project(calls)
    canvas = bench.canvas
    point = bench.at(1.0)
    before = canvas.time.seconds(point.x() - 44)
    bench.wheel(point, 480)
    assert canvas.time.span < 2.5
    assert canvas.time.seconds(point.x() - 44) == pytest.approx(before, abs=0.01)
    start = canvas.time.start
    bench.wheel(point, -120, SHIFT)
    assert canvas.time.start > start
    bench.settle()
    bench.run("fit")
    assert canvas.time.fits


def test_two_fingers_zoom_around_them(bench: Bench, calls: Path) -> None:
    bench.open_project(calls)
    canvas = bench.canvas
    point, span = bench.at(1.0), canvas.time.span
    before = canvas.time.seconds(point.x() - GUTTER)
    pinch(canvas, QPointF(point), 0.6)
    assert canvas.time.span == pytest.approx(span / 1.6)
    assert canvas.time.seconds(point.x() - GUTTER) == pytest.approx(before, abs=0.01)


def test_zooms_to_the_selection(bench: Bench, calls: Path) -> None:
    bench.open_project(calls)
    bench.drag(bench.on_wave(1.0), bench.on_wave(1.5))
    assert bench.place.editor.stretch == pytest.approx((1.0, 1.5), abs=0.02)
    bench.run("zoom_selection")
    assert bench.canvas.time.start == pytest.approx(0.96, abs=0.03)
    assert bench.canvas.time.end == pytest.approx(1.54, abs=0.03)


def test_a_moving_cursor_paints_no_picture_anew(bench: Bench, calls: Path) -> None:
    bench.open_project(calls)
    painted = bench.canvas.scene_paints
    for step in range(20):
        bench.canvas.set_playhead(step * 0.1)
        bench.canvas.repaint()
    assert bench.canvas.scene_paints == painted


def test_zoomed_in_the_samples_themselves_are_drawn(bench: Bench, calls: Path) -> None:
    bench.open_project(calls)
    bench.canvas.show_range(0.7, 0.705)
    bench.settle()
    from workbench.gui.label.sounds import picture

    columns = picture.wave_columns(bench.place.viewer.source, bench.canvas.stretch)
    assert columns is not None
    # five periods of the tone: as many rises through zero
    middle = columns.mean(axis=1)
    rises = np.count_nonzero((middle[1:] > 0) & (middle[:-1] <= 0))
    assert 4 <= rises <= 7


# --- hearing --------------------------------------------------------------------------------------


def test_plays_from_the_cursor_with_the_cursor_moving(bench: Bench, calls: Path) -> None:
    bench.open_project(calls)
    bench.click(bench.on_wave(1.0))
    bench.run("play")
    output = FakeOutput.opened[-1]
    assert (output.rate, output.channels) == (16000, 1) and bench.place.player.playing
    expected, _ = soundfile.read(calls / "calls.wav", dtype="int16")
    first = round(bench.canvas.playhead * 16000)
    heard = np.frombuffer(output.data[:2000], "<i2")
    assert np.abs(heard - expected[first:first + 1000].astype(int)).max() <= 2
    output.time = 0.1
    bench.wait(lambda: bench.canvas.playhead == pytest.approx(1.1, abs=0.02))
    bench.run("play")
    assert not bench.place.player.playing and output.closed


def test_comes_to_its_end_and_goes_back(bench: Bench, calls: Path) -> None:
    bench.open_project(calls)
    bench.place.editor.set_stretch(0.5, 0.8)
    bench.run("play_start")
    FakeOutput.opened[-1].time = 5.0
    bench.wait(lambda: not bench.place.player.playing)
    assert len(FakeOutput.opened[-1].data) == 2 * 4800
    assert bench.canvas.playhead == pytest.approx(0.5, abs=0.01)


def test_loops_at_half_speed(bench: Bench, calls: Path) -> None:
    bench.open_project(calls)
    bench.place.editor.set_stretch(0.5, 0.6)
    bench.run("loop")
    bench.run("half_speed")
    bench.run("play")
    output = FakeOutput.opened[-1]
    bench.wait(lambda: len(output.data) > 2 * 10_000)
    output.time = 0.25
    bench.wait(lambda: bench.canvas.playhead == pytest.approx(0.525, abs=0.005))
    assert bench.place.player.playing


def test_a_loudspeaker_that_goes_away_is_told(bench: Bench, calls: Path) -> None:
    bench.open_project(calls)
    bench.run("play")
    FakeOutput.opened[-1].complaint = "The loudspeaker was disconnected."
    bench.wait(lambda: not bench.place.player.playing)
    assert bench.said[-1] == ("warn", "The loudspeaker was disconnected.")


# --- long recordings ----------------------------------------------------------------------------


@pytest.fixture
def long_clip(bench: Bench, calls: Path) -> Bench:
    rate = 8000
    soundfile.write(calls / "long.wav", np.sin(np.arange(60 * rate) / 3) * 0.2, rate)
    bench.open_project(calls)
    bench.open("long.wav")
    return bench


def test_the_strip_over_a_long_recording_shows_and_moves_what_is_in_view(long_clip: Bench) -> None:
    bench, viewer = long_clip, long_clip.place.viewer
    strip, bar, time = viewer.overview, viewer.time_bar, long_clip.canvas.time
    assert strip.isVisible() and bar.maximum() == 0
    height = bench.canvas.height()
    bench.canvas.show_range(20, 26)
    bench.settle()
    assert bench.canvas.height() == height, "zooming moves nothing"
    assert strip.frame.left() == pytest.approx(strip._x(time.start))
    middle = strip.frame.center().toPoint()
    QTest.mousePress(strip, LEFT, NONE, middle)
    QTest.mouseMove(strip, middle + QPoint(200, 0))
    QTest.mouseRelease(strip, LEFT, NONE, middle + QPoint(200, 0))
    moved = 200 * 60 / (strip.width() - GUTTER)
    assert time.start == pytest.approx(20 - 0.08 * 6 + moved, abs=0.2)
    assert bar.value() / 1_000_000 == pytest.approx(time.start / 60, abs=1e-4)
    QTest.mouseClick(strip, LEFT, NONE, QPoint(strip.width() - 2, 10))
    assert time.end == pytest.approx(60)
    bar.setValue(bar.maximum() // 2)
    assert time.start == pytest.approx((60 - time.span) / 2, abs=0.01)
    bench.drag(bench.at(time.start + 1), bench.at(time.start + 2))
    strip.repaint()
    bench.open("calls.wav")
    assert not strip.isVisible(), "a short sound is seen whole"


@pytest.fixture
def crowded(bench: Bench, tmp_path: Path) -> Bench:
    """A recording of ten minutes with 5,000 short regions of two classes, and one long one."""
    rate = 8000
    soundfile.write(tmp_path / "night.wav", np.zeros(600 * rate, np.int16), rate)
    regions = [LabeledObject("owl" if at % 2 else "frog",
                             Region(0.1 * at, 0.1 * at + 0.08, 100.0, 3900.0))
               for at in range(5000)]
    regions.append(LabeledObject("rain", Region(520.0, 580.0)))
    (tmp_path / "night.selections.txt").write_bytes(
        new_raven().render(Annotation(tuple(regions)), rate / 2))
    bench.open_project(tmp_path)
    return bench


def test_thousands_of_regions_are_painted_as_what_is_seen_of_them(
        crowded: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    canvas, asked = crowded.canvas, []
    rect_of = canvas.rect_of

    def counted(region: LabeledObject) -> QRectF:
        asked.append(region)
        return rect_of(region)

    monkeypatch.setattr(canvas, "rect_of", counted)
    picture = canvas.grab().toImage()
    assert 100 < len(asked) < canvas.width() + 100, "one for each pixel"
    colors = [crowded.place.colors.color(name).rgb() for name in ("owl", "frog")]
    middle = crowded.at(250.0)
    assert picture.pixel(middle) in colors
    assert picture.pixel(crowded.at(510.0)) not in colors, "there is none"

    asked.clear()
    canvas.set_playhead(250.0)
    canvas.grab(QRect(middle.x() - 2, 0, 5, canvas.height()))
    assert 0 < len(asked) < 40, "those under the cursor"

    asked.clear()
    at, part = canvas.pointer.hit(QPointF(crowded.at(300.04)))
    assert part == "body" and abs(crowded.place.editor.objects[at].start - 300.0) < 1.0
    assert len(asked) < 40, "times alone tell of the others"
    at, part = canvas.pointer.hit(QPointF(crowded.at(550.0)))
    assert crowded.place.editor.objects[at].label == "rain" and part == "body"


def test_all_of_thousands_can_be_selected_moved_and_deleted(crowded: Bench) -> None:
    editor = crowded.place.editor
    editor.select(range(5000))
    crowded.canvas.repaint()
    assert editor.delete() and [item.label for item in editor.objects] == ["rain"]
    crowded.canvas.repaint()
    assert list(editor.parts) == [0]
    crowded.run("undo")
    assert len(editor.parts) == 5001
