"""Recording by holding a key, also where the system repeats it or the machine is busy."""

from __future__ import annotations

import pytest
import soundfile
from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QKeyEvent, QWindow
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from tests.gui.audio.conftest import Bench
from workbench.gui.app.shortcuts import ShortcutMap


def window(desk: Bench) -> QWindow:
    """Where the system tells of keys."""
    desk.wait(desk.place.isActiveWindow)
    return desk.place.windowHandle()


def key(desk: Bench, kind: QEvent.Type, stamp: int) -> QKeyEvent:
    event = QKeyEvent(kind, Qt.Key.Key_R, Qt.KeyboardModifier.NoModifier, "r", False)
    event.setTimestamp(stamp)
    return event


def goes(desk: Bench, stamp: int, *, up: bool) -> None:
    """What the system tells of the key R at ``stamp`` ms: no event knows that it repeats."""
    if up:
        QApplication.sendEvent(window(desk), key(desk, QEvent.Type.KeyRelease, stamp))
    else:
        QApplication.sendEvent(window(desk), key(desk, QEvent.Type.ShortcutOverride, stamp))
        desk.run("record")


def test_holding_r_records_and_letting_go_ends(desk: Bench) -> None:
    keys = ShortcutMap(desk.place, desk.context.actions)
    keys.set_place("audio")
    QTest.keyPress(window(desk), Qt.Key.Key_R)
    assert desk.place.controller.recording
    desk.mic.say(0.4)
    for _ in range(3):  # a key that is held repeats itself
        again = QKeyEvent(QKeyEvent.Type.ShortcutOverride, Qt.Key.Key_R,
                          Qt.KeyboardModifier.NoModifier, "r", True)
        QApplication.sendEvent(window(desk), again)
        desk.context.actions["audio.record"].run()
    assert desk.place.controller.recording
    QTest.keyRelease(window(desk), Qt.Key.Key_R)
    assert desk.place.controller.recording
    desk.mic.say(0.1)
    desk.wait(lambda: not desk.place.controller.recording)
    path = desk.session.sounds.path("audio/one_Ann_0.wav")
    assert soundfile.info(path).duration == pytest.approx(0.5), "what was on its way is in it"
    assert desk.place.editor.key == "audio/one_Ann_0.wav"
    keys.close()


def test_a_hold_is_one_clip_although_the_key_repeats_and_the_system_does_not_say_so(
        desk: Bench) -> None:
    """A busy X server: each repetition comes as up and down, and the second of them late."""
    goes(desk, 1000, up=False)
    for stamp in range(1600, 2400, 40):
        desk.mic.say(0.04)
        goes(desk, stamp, up=True)
        desk.mic.say(0.04)
        goes(desk, stamp, up=False)
    assert desk.place.controller.recording
    goes(desk, 2410, up=True)
    desk.wait(lambda: not desk.place.controller.recording)
    assert list(desk.session.sounds) == ["audio/one_Ann_0.wav"]
    path = desk.session.sounds.path("audio/one_Ann_0.wav")
    assert soundfile.info(path).duration == pytest.approx(1.6)


def test_a_repetition_that_waits_in_the_queue_is_heard_before_the_recording_ends(
        desk: Bench) -> None:
    goes(desk, 1000, up=False)
    desk.mic.say(0.3)
    goes(desk, 1600, up=True)
    tail = desk.place.controller._tail
    tail.stop()
    # the window was busy: the timer has run out, and the key's next event is in the queue
    QApplication.postEvent(window(desk), key(desk, QEvent.Type.ShortcutOverride, 1600))
    tail.timeout.emit()
    desk.wait(lambda: desk.place._record_key.repeating)
    QApplication.processEvents()
    assert desk.place.controller.recording
    goes(desk, 2000, up=True)
    desk.wait(lambda: not desk.place.controller.recording)
    assert len(desk.session.sounds) == 1


def test_a_busy_machine_gets_more_time_before_a_recording_ends(desk: Bench) -> None:
    now = 50.0
    desk.place.controller.clock = lambda: now
    goes(desk, 1000, up=False)
    desk.mic.say(0.3)
    goes(desk, 1600, up=True)
    tail = desk.place.controller._tail
    for _ in range(3):
        now += 0.4  # the timer comes late
        tail.stop()
        tail.timeout.emit()
        assert tail.isActive() and desk.place.controller.recording
    goes(desk, 1600, up=False)
    assert desk.place.controller.recording and not tail.isActive()
    goes(desk, 2000, up=True)
    now += 2.0
    tail.stop()
    tail.timeout.emit()
    desk.wait(lambda: not desk.place.controller.recording)
    assert len(desk.session.sounds) == 1


def test_another_window_that_takes_the_keyboard_ends_a_hold(
    desk: Bench, qapp: QApplication
) -> None:
    goes(desk, 1000, up=False)
    desk.mic.say(0.4)
    qapp.applicationStateChanged.emit(Qt.ApplicationState.ApplicationActive)
    assert desk.place.controller.recording
    qapp.applicationStateChanged.emit(Qt.ApplicationState.ApplicationInactive)
    desk.wait(lambda: not desk.place.controller.recording)
    assert list(desk.session.sounds) == ["audio/one_Ann_0.wav"]


def test_two_quick_presses_are_two_clips(desk: Bench) -> None:
    goes(desk, 1000, up=False)
    desk.mic.say(0.3)
    goes(desk, 1600, up=True)
    goes(desk, 1680, up=False)
    assert len(desk.session.sounds) == 1 and desk.place.controller.recording
    desk.mic.say(0.3)
    goes(desk, 1900, up=True)
    desk.wait(lambda: not desk.place.controller.recording)
    assert len(desk.session.sounds) == 2


def test_r_that_is_held_while_the_next_class_is_asked_for_records(desk: Bench) -> None:
    place = desk.place
    place.classes.begin_adding()
    QTest.keyClicks(place.classes.field, "clap")
    QTest.keyClick(place.classes.field, Qt.Key.Key_Return)
    assert not place.classes.field.isHidden(), "the next class may be typed at once"
    press, release = QEvent.Type.KeyPress, QEvent.Type.KeyRelease
    # on a busy machine Qt takes a repetition for a new press: only the time stamps tell
    for kind, moment in ((press, 1000), (release, 1500), (press, 1500)):
        event = QKeyEvent(kind, Qt.Key.Key_R, Qt.KeyboardModifier.NoModifier, "r")
        event.setTimestamp(moment)
        QApplication.sendEvent(place.classes.field, event)
    assert place.classes.field.isHidden() and desk.session.classes.names[-1] == "clap"
    desk.wait(lambda: place.controller.recording)
    desk.mic.say(0.6)
    QTest.keyRelease(window(desk), Qt.Key.Key_R)
    desk.wait(lambda: not place.controller.recording)
    assert place.editor.key == "audio/clap_Ann_0.wav"


def test_a_class_whose_name_begins_with_r_can_be_typed(desk: Bench) -> None:
    desk.place.classes.begin_adding()
    for at, letter in enumerate("rrrobin"):
        for kind, moment in ((QEvent.Type.KeyPress, 100 * at), (QEvent.Type.KeyRelease,
                                                                 100 * at + 60)):
            event = QKeyEvent(kind, Qt.Key(ord(letter.upper())),
                              Qt.KeyboardModifier.NoModifier, letter)
            event.setTimestamp(moment)
            QApplication.sendEvent(desk.place.classes.field, event)
    QTest.keyClick(desk.place.classes.field, Qt.Key.Key_Return)
    assert desk.session.classes.names[-1] == "rrrobin" and not desk.place.controller.recording
