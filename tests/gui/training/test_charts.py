"""Live charts: what is drawn, what is read under the pointer, and how one moves."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from workbench.extension.plugins import register_bundled
from workbench.gui.charts.chart import DEEPEST_ZOOM, LiveChart
from workbench.gui.charts.curve import Curve
from workbench.gui.charts.loader import ChartLoader
from workbench.gui.charts.series import Series
from workbench.gui.style import tokens
from workbench.gui.style.theme import Theme
from workbench.gui.train.cards import ChartLine, CurveCard, ShareBars
from workbench.gui.train.history import RunHistory
from workbench.gui.train.project_files import ProjectFiles
from workbench.gui.train.run_view import RunView, fitted_words
from workbench.jobs.events import Epoch, Started


def test_charts_that_were_shown_before_the_import_was_done_are_built_after_it(
    qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    loader = ChartLoader()
    monkeypatch.setattr("workbench.gui.charts.chart.chart_loader", lambda: loader)
    monkeypatch.setattr("workbench.gui.charts.chart.preload", loader.begin)
    chart = LiveChart(Theme("light"), "Loss")
    qtbot.addWidget(chart)
    chart.show()
    qtbot.waitUntil(lambda: chart.plot is not None, timeout=30_000)


def falling(count: int, span: float = 10.0) -> Series:
    series = Series()
    for at in range(count):
        series.append(span * (at + 1) / count, 2.0 - at / count)
    return series


@pytest.fixture
def theme() -> Theme:
    return Theme("light")


@pytest.fixture
def chart(qtbot: QtBot, theme: Theme) -> Iterator[LiveChart]:
    made = LiveChart(theme, "Loss", x_text=lambda x: f"epoch {x:.1f}")
    made.resize(500, 300)
    made.set_span(0, 10)
    with qtbot.waitExposed(made):
        made.show()
    made.ensure_loaded()
    yield made
    made.close()
    made.deleteLater()


def drawn(chart: LiveChart, qtbot: QtBot) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """The points that pyqtgraph was given, once the drawing is done."""
    qtbot.waitUntil(lambda: not chart.is_stale)
    assert chart.plot is not None
    return chart.plot.points()


def test_a_hundred_thousand_points_are_drawn_as_what_their_pixels_show(
    qtbot: QtBot, chart: LiveChart
) -> None:
    series = falling(99_000)
    series.append(10.0, 9.0)  # a single spike
    for at in range(1000):
        series.append(10 + at / 1000, 1.0)
    chart.set_curves({"loss": Curve("train", series, "accent")})
    x, y = drawn(chart, qtbot)["loss"]
    assert 100 < len(x) <= 2 * chart.width()
    assert y.max() == 9.0 and y.min() == 1.0


def test_zoomed_in_the_single_points_come_out(qtbot: QtBot, chart: LiveChart) -> None:
    chart.set_curves({"loss": Curve("train", falling(100_000), "accent")})
    with qtbot.waitSignal(chart.zoomed):
        for _ in range(30):
            chart.zoom(1.5, 5.0)
    low, high = chart.in_view()
    assert low < 5.0 < high
    assert high - low == pytest.approx(10 / DEEPEST_ZOOM)  # and no deeper than makes sense
    x, _ = drawn(chart, qtbot)["loss"]
    assert np.diff(x).min() == pytest.approx(1e-4, rel=0.01)
    chart.show_all()
    assert chart.in_view() == (0, 10) and not chart.is_zoomed


def test_the_view_never_leaves_the_run(chart: LiveChart) -> None:
    chart.zoom(2.0)
    for _ in range(20):
        chart.pan(0.5)
    assert chart.in_view()[1] == pytest.approx(10)
    for _ in range(20):
        chart.pan(-0.5)
    assert chart.in_view()[0] == pytest.approx(0)
    chart.zoom(0.01)
    assert not chart.is_zoomed


def test_readout_names_every_curve_at_the_nearest_point(qtbot: QtBot, chart: LiveChart) -> None:
    loss, val = falling(10), Series(1)
    val.append(5.0, 1.25)
    chart.set_curves({
        "raw": Curve("raw", loss, "accent", faint=True),
        "mean": Curve("train", loss, "accent"), "val": Curve("validation", val, "warn"),
    })
    assert chart.set_cursor(5.1) == "epoch 5.0 · train 1.6 · validation 1.25"
    assert chart.accessibleDescription() == "epoch 5.0 · train 1.6 · validation 1.25"
    assert chart.set_cursor(None) == ""


def test_log_axis_draws_logarithms_and_leaves_out_what_has_none(
    qtbot: QtBot, chart: LiveChart
) -> None:
    series = Series(1)
    for x, y in ((1, 100.0), (2, 0.0), (3, 0.01)):
        series.append(x, y)
    chart.set_curves({"lr": Curve("rate", series, "accent")})
    chart.set_log(True)
    _, y = drawn(chart, qtbot)["lr"]
    assert y.tolist() == [2.0, -2.0]


def test_keys_move_the_readout_zoom_and_switch_the_axis(qtbot: QtBot, chart: LiveChart) -> None:
    chart.set_curves({"loss": Curve("train", falling(100), "accent")})
    chart.setFocus()
    qtbot.keyClick(chart, Qt.Key.Key_Right)
    first = chart.accessibleDescription()
    qtbot.keyClick(chart, Qt.Key.Key_Right)
    assert first.startswith("epoch 5.2") and chart.accessibleDescription() != first
    qtbot.keyClick(chart, Qt.Key.Key_Plus)
    assert chart.is_zoomed
    qtbot.keyClick(chart, Qt.Key.Key_0)
    assert not chart.is_zoomed
    qtbot.keyClick(chart, Qt.Key.Key_L)
    assert chart.log


def wheel(chart: LiveChart, modifiers: Qt.KeyboardModifier) -> bool:
    """Turn the wheel over the plot; returns whether the chart took it."""
    assert chart.plot is not None
    viewport = chart.plot.widget.viewport()
    middle = QPointF(viewport.rect().center())
    event = QWheelEvent(middle, QPointF(viewport.mapToGlobal(middle.toPoint())), QPoint(),
                        QPoint(0, 120), Qt.MouseButton.NoButton, modifiers,
                        Qt.ScrollPhase.NoScrollPhase, False)
    QApplication.sendEvent(viewport, event)
    return event.isAccepted()


def test_the_wheel_scrolls_the_page_and_zooms_with_ctrl_only(chart: LiveChart) -> None:
    assert not wheel(chart, Qt.KeyboardModifier.NoModifier) and not chart.is_zoomed
    assert wheel(chart, Qt.KeyboardModifier.ControlModifier) and chart.is_zoomed


def test_drag_pans_and_double_click_shows_all(qtbot: QtBot, chart: LiveChart) -> None:
    assert chart.plot is not None
    chart.zoom(2.0)
    drawn(chart, qtbot)
    low = chart.in_view()[0]
    viewport = chart.plot.widget.viewport()
    qtbot.mousePress(viewport, Qt.MouseButton.LeftButton, pos=QPoint(300, 100))
    qtbot.mouseMove(viewport, QPoint(200, 100))
    qtbot.mouseRelease(viewport, Qt.MouseButton.LeftButton, pos=QPoint(200, 100))
    assert chart.in_view()[0] > low
    qtbot.mouseDClick(viewport, Qt.MouseButton.LeftButton, pos=QPoint(200, 100))
    assert not chart.is_zoomed


def test_many_refreshes_are_one_drawing_and_none_while_hidden(
    qtbot: QtBot, chart: LiveChart
) -> None:
    chart.set_curves({"loss": Curve("train", falling(10), "accent")})
    drawn(chart, qtbot)
    before = chart.drawings
    for _ in range(100):
        chart.refresh()
    drawn(chart, qtbot)
    assert chart.drawings == before + 1
    chart.hide()
    chart.refresh()
    chart.show()
    drawn(chart, qtbot)
    assert chart.drawings == before + 2


def test_colours_follow_the_theme(qtbot: QtBot, chart: LiveChart, theme: Theme) -> None:
    chart.set_curves({"loss": Curve("train", falling(10), "accent")})
    drawn(chart, qtbot)
    assert chart.plot is not None
    light = chart.plot.pen_color("loss")
    chart.set_marker((5.0, 0.5, "best"))
    drawn(chart, qtbot)
    theme.set_mode("dark")
    ground = chart.plot._marker_text.fill.color().name()
    assert ground == theme.colors.panel, "at once, or the first painting has the other ground"
    drawn(chart, qtbot)
    assert light == "#3b6cf6" and chart.plot.pen_color("loss") == "#6a93ff"
    assert chart.plot.widget.backgroundBrush().color().name() == theme.colors.panel


def test_legend_shows_and_hides_a_line_and_keeps_the_choice(qtbot: QtBot, theme: Theme) -> None:
    chart = LiveChart(theme, "Loss")
    card = CurveCard("Loss", chart, log_axis=True)
    qtbot.addWidget(card)
    loss = falling(10)

    def line(name: str, shown: bool = True) -> ChartLine:
        return ChartLine(name, "accent", {"c": Curve(name, loss, "accent")}, lambda: "1.00", shown)

    card.set_lines({"loss": line("train"), "box": line("box", shown=False)})
    assert list(chart.curves) == ["loss/c"]
    card.legend("box").click()
    assert list(chart.curves) == ["box/c", "loss/c"]  # the first lies on top
    card.legend("loss").click()
    card.set_lines({"loss": line("train"), "box": line("box", shown=False), "val": line("val")})
    assert list(chart.curves) == ["val/c", "box/c"]
    assert card.legend("box").accessibleName() == "box 1.00"
    card.log_button.click()
    assert chart.log
    card.say("There is no curve.")
    assert chart.isHidden() and card.log_button.isHidden() and card.said == "There is no curve."
    card.say("")
    assert not chart.isHidden() and not card.log_button.isHidden()


def test_what_was_fitted_at_once_has_no_curve_but_a_sentence() -> None:
    register_bundled()

    def said(recipe: str) -> str:
        return fitted_words(RunHistory.of("r", [
            Started("j", "r", {"recipe": recipe, "task": "image-classification"}),
            Epoch("j", 1, 1, {"loss": 0.693}, {"accuracy": 0.9, "val_loss": 0.125}, 1.0, True)]))

    assert "no course of training" in said("instant") and "is 0.12." in said("instant")
    assert said("lenet-5") == ""


def test_a_figure_that_validation_cannot_tell_is_no_empty_chart(qtbot: QtBot, theme: Theme
                                                                  ) -> None:
    register_bundled()
    view = RunView(theme, ProjectFiles())
    qtbot.addWidget(view)
    with qtbot.waitExposed(view):
        view.show()
    for metrics, said in (({"false_alarms": 0.0}, True), ({"auroc": 0.9}, False), ({}, False)):
        view.show_history(RunHistory.of("r", [
            Started("j", "r", {"recipe": "good-memory", "task": "anomaly-detection"}),
            Epoch("j", 1, 1, {}, metrics, 1.0, True)]))
        assert ("See Results" in view.score.said) == said
        assert view.score.chart.isHidden() == said


def test_a_narrow_legend_takes_more_rows_and_cuts_nothing_off(
    qtbot: QtBot, theme: Theme
) -> None:
    card = CurveCard("Loss", LiveChart(theme, "Loss"))
    qtbot.addWidget(card)
    series = falling(5)
    card.set_lines({
        name: ChartLine(name, "accent", {"c": Curve(name, series, "accent")}, lambda: "1.00")
        for name in ("train", "classifier", "box regression", "objectness", "rpn box regression")
    })
    heights = {}
    for width in (900, 300):
        card.resize(width, 300)
        card.show()
        legend = card.legend("train").parentWidget()
        qtbot.waitUntil(lambda legend=legend, width=width: abs(legend.width() - width) < 40)
        heights[width] = legend.height()
        assert all(legend.rect().contains(item.geometry()) for item in legend.items.values())
    assert heights[300] >= 2 * heights[900]


def test_bars_say_their_shares_to_a_screen_reader(qtbot: QtBot, theme: Theme) -> None:
    bars = ShareBars(theme, "Where the time goes")
    qtbot.addWidget(bars)
    bars.set_shares([("forward", 0.34, "accent"), ("backward", 0.66, "warn")])
    assert bars.accessibleDescription() == "forward 34%, backward 66%"
    assert not bars.grab().isNull()


def shown_values(chart: LiveChart, qtbot: QtBot) -> tuple[float, float]:
    """The lowest and the highest value that have room."""
    qtbot.waitUntil(lambda: not chart.is_stale)
    assert chart.plot is not None
    low, high = chart.plot.widget.getPlotItem().getViewBox().viewRange()[1]
    return float(low), float(high)


def test_a_line_at_the_ceiling_is_not_cut_off(qtbot: QtBot, theme: Theme) -> None:
    chart = LiveChart(theme, "Precision", y_floor=0.0, y_ceiling=1.0)
    qtbot.addWidget(chart)
    chart.resize(400, 200)
    with qtbot.waitExposed(chart):
        chart.show()
    chart.ensure_loaded()
    perfect = Series()
    for at in range(5):
        perfect.append(at / 4, 1.0)
    chart.set_curves({"all": Curve("all", perfect, "accent")})
    low, high = shown_values(chart, qtbot)
    assert low == 0 and 1.02 < high < 1.1
    chart.set_marker((0.5, 0.2, "0.2"))
    assert shown_values(chart, qtbot)[1] < 1.1, "words far below the ceiling need no room above it"


def test_in_a_low_chart_half_of_it_stays_for_the_curve(qtbot: QtBot, chart: LiveChart) -> None:
    chart.resize(300, 60)
    chart.set_curves({"train": Curve("train", falling(20), "accent")})
    chart.set_marker((10.0, 1.0, "best"))
    low, high = shown_values(chart, qtbot)
    assert low < 1 < 2 < high <= 3.1


def test_words_at_a_mark_go_where_curves_leave_them_no_room(
    qtbot: QtBot, theme: Theme
) -> None:
    chart = LiveChart(theme, "mAP", y_floor=0.0)
    qtbot.addWidget(chart)
    chart.resize(400, 90)
    with qtbot.waitExposed(chart):
        chart.show()
    chart.ensure_loaded()
    curves = {}
    for value in (0.1, 0.3, 0.5, 0.7, 0.9):
        series = Series()
        for at in range(21):
            series.append(at / 2, value)
        curves[str(value)] = Curve(str(value), series, "accent")
    chart.set_span(0, 10)
    chart.set_curves(curves)
    chart.set_marker((5.0, 0.5, "best mAP 0.500"))
    shown_values(chart, qtbot)
    assert chart.plot._marker.isVisible() and not chart.plot._marker_text.isVisible()


@pytest.mark.parametrize(("other", "below"), [(0.9, True), (0.05, False)])
def test_words_at_a_mark_stand_where_no_curve_is(
    qtbot: QtBot, theme: Theme, other: float, below: bool
) -> None:
    chart = LiveChart(theme, "mAP", y_floor=0.0)
    qtbot.addWidget(chart)
    chart.resize(400, 240)
    with qtbot.waitExposed(chart):
        chart.show()
    chart.ensure_loaded()
    curves = {}
    for name, value in (("mAP", 0.8), ("other", other)):
        series = Series()
        for at in range(21):
            series.append(at / 2, value)
        curves[name] = Curve(name, series, "accent")
    chart.set_span(0, 10)
    chart.set_curves(curves)
    chart.set_marker((5.0, 0.8, "best mAP 0.800"))
    top = shown_values(chart, qtbot)[1]
    assert top < 1.1, "the words need their room only where the mark is"
    chart.grab()  # words are put into the chart's units when they are painted
    words = chart.plot._marker_text
    centre = words.mapRectToParent(words.boundingRect()).center().y()
    assert (centre < 0.8) is below


def test_words_at_a_mark_hide_neither_its_ring_nor_a_curve(
        qtbot: QtBot, theme: Theme) -> None:
    chart = LiveChart(theme, "mAP", y_floor=0.0)
    qtbot.addWidget(chart)
    chart.resize(400, 150)
    with qtbot.waitExposed(chart):
        chart.show()
    chart.ensure_loaded()
    chart.set_span(0, 20)
    chart.set_curves({"train": Curve("train", falling(20), "accent")})
    chart.set_marker((5.0, 1.55, "best"))
    shown_values(chart, qtbot)
    chart.grab()  # words are put into the chart's units when they are painted
    words, mark = chart.plot._marker_text, chart.plot._box.mapViewToScene(QPointF(5.0, 1.55))
    box = words.mapRectToScene(words.boundingRect())
    nearest = QPointF(min(max(mark.x(), box.left()), box.right()),
                      min(max(mark.y(), box.top()), box.bottom()))
    assert (nearest - mark).manhattanLength() > 5, "half of the ring"


def test_seconds_are_written_as_times() -> None:
    from workbench.gui.charts.plot import time_words

    assert time_words([0, 5.0, 10.0], 5) == ["0 s", "5 s", "10 s"]
    assert time_words([0.1 + 0.2], 0.1) == ["0.3 s"]
    assert time_words([50, 65, 600], 15) == ["0:50", "1:05", "10:00"]
    assert time_words([59.5, 60.0], 0.5) == ["0:59.5", "1:00.0"]


def test_numbers_of_epochs_do_not_touch(qtbot: QtBot) -> None:
    from workbench.gui.charts.plot import EpochAxis

    axis = EpochAxis("bottom")
    axis.unit = "epoch"
    axis.setRange(0, 1)
    values = [0.2, 0.4, 0.6, 0.8]
    axis.resize(800, 20)
    assert axis.tickStrings(values, 1, 0.2) == ["epoch 0.2", "0.4", "0.6", "0.8"]
    axis.resize(180, 20)
    assert axis.tickStrings(values, 1, 0.2) == ["epoch 0.2", "", "0.6", "0.8"]


def test_what_scrolls_is_as_wide_as_what_stands_above(qtbot: QtBot, theme: Theme) -> None:
    view = RunView(theme, ProjectFiles())
    qtbot.addWidget(view)
    view.resize(610, 300)  # as at twice the scale
    view.show_history(RunHistory.of("run-1", [Started("j", "run-1", {"recipe": "compact-n"})]))
    view.show_state("Compact #1", live=False)
    with qtbot.waitExposed(view):
        view.show()

    def right(widget: QWidget) -> int:
        return widget.mapTo(view, widget.rect().topRight()).x()

    qtbot.waitUntil(lambda: right(view.score) == right(view.header))
    view.resize(610, 2000)
    qtbot.waitUntil(lambda: right(view.score) == right(view.header) == 610 - tokens.SPACE_L - 1)
