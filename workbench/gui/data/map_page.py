"""All images, or all labelled objects, as points: those that look alike lie near each other."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtGui import QHideEvent, QShowEvent
from PySide6.QtWidgets import QApplication, QWidget

from workbench.core.errors import WorkbenchError
from workbench.core.signal import Connections
from workbench.core.text import capital, count, tr
from workbench.gui.app.context import (
    AppContext,
    ChosenTarget,
    DataTarget,
    ImageTarget,
    MapTarget,
)
from workbench.gui.app.remember import PlaceMemory
from workbench.gui.app.task import medium_of, place_for
from workbench.gui.app.undo_action import say_done
from workbench.gui.data import map_labels
from workbench.gui.data.findings import PLACE
from workbench.gui.data.map_data import MapData
from workbench.gui.data.map_job import AlikeJob, ArrangeJob
from workbench.gui.data.map_panels import MapPanels
from workbench.gui.data.map_side import ERRORS
from workbench.gui.data.map_words import OBJECTS, SAMPLES, MapWords, map_words
from workbench.gui.label.sounds.display import load_display
from workbench.gui.label.sounds.playback import ExcerptPlayback
from workbench.gui.shell.menus import pop_up

if TYPE_CHECKING:
    from workbench.project.sample_places import PlacedSamples
    from workbench.project.session import Session

_LONGEST = 8.0
"""Seconds of a sound that are heard."""
_WHAT, _BY, _CHIP, _PICTURES = "map-what", "map-by", "map-chip", "map-pictures"
_MENU = ("map_open", "map_like", "map_hear", "map_show", "", "map_give", "map_delete", "",
         "map_fit")


class MapPage(QWidget):
    """Asks for the map, shows it, and does what a person wants with its points."""

    def __init__(self, context: AppContext) -> None:
        super().__init__()
        self._context = context
        self._session: Session | None = None
        self._connections = Connections()
        self._memory = PlaceMemory(context.settings, PLACE)
        self.data = MapData(self._memory, self)
        self.job = ArrangeJob(context, self)
        self.alike = AlikeJob(context, self)
        self.panels = MapPanels(context, self)
        self._target: MapTarget | None = None
        self._tried = False
        self._regions: bool | None = None  # whether there are any; None where that is to be seen
        self.playback: ExcerptPlayback[int] = ExcerptPlayback(self, _LONGEST)
        self._said: set[str] = set()  # why sounds cannot be heard
        self._asked_from: QWidget | None = None
        self._connect()
        context.session_changed.connect(self._session_changed)
        self._session_changed()

    def _connect(self) -> None:
        panels = self.panels
        self.data.changed.connect(self._show)
        self.job.ended.connect(self._arranged)
        self.alike.ended.connect(self._found_alike)
        for job in (self.job, self.alike):
            job.changed.connect(self._show_state)
            job.failed.connect(self._failed)
        panels.what.changed.connect(self._choose)
        panels.by.activated.connect(lambda: self._remember(_BY, str(panels.by.currentData())))
        panels.pictures_button.toggled.connect(
            lambda on: self._memory.set_option(_PICTURES, on=on))
        panels.pictures_button.setChecked(self._memory.option(_PICTURES, usual=True))
        panels.again_button.clicked.connect(self.arrange)
        for stop in (panels.stop_button, panels.empty_stop):
            stop.clicked.connect(self._stop)
        panels.menu_wanted.connect(self._menu)
        panels.canvas.opened.connect(self.open_in_images)
        panels.canvas.chosen.connect(self._chosen)
        panels.canvas.let_go.connect(self.playback.stop)
        panels.chooser.closed.connect(self._chooser_closed)
        side = panels.side
        side.gallery.opened.connect(lambda at: self._open_card(side.listed[at]))
        side.gallery.clicked.connect(lambda index: self._chosen(side.listed[index.row()]))
        self.playback.changed.connect(lambda: side.gallery.show_heard(
            self.playback.key, self.playback.share))
        self.playback.failed.connect(self._not_heard)
        side.changed.connect(self._context.status_changed)
        side.chips.changed.connect(lambda chip: self._remember(_CHIP, chip))
        for chosen in (panels.by.activated, panels.run.activated, side.chips.changed):
            chosen.connect(lambda: self._judge(str(panels.run.currentData() or "")))
        side.show_button.clicked.connect(self.show_in_images)
        side.class_button.clicked.connect(self.ask_for_class)
        side.delete_button.clicked.connect(self.delete)

    # --- the project ----------------------------------------------------------------------------

    def _session_changed(self) -> None:
        session = self._context.session
        if session is self._session and session is not None:
            self._show()  # only its task is another
            return
        self._connections.end()
        self._stop()
        self._target = None
        self.playback.stop()
        self._session, self._regions = session, None
        self.panels.set_session(session)
        self.data.what = SAMPLES
        if session is not None:
            memory, folder = self._memory, session.folder
            self._connections.add(session.index.finished.connect(self._show_state),
                                  session.index.summarized.connect(self._show_state),
                                  session.sounds.finished.connect(self._show_state),
                                  session.sounds.summary_changed.connect(self._sounds_changed))
            if memory.of_project(folder, _WHAT) == OBJECTS:
                self.data.what = OBJECTS
            self.panels.choose_by(memory.of_project(folder, _BY) or "class")
            self.panels.side.choose(memory.of_project(folder, _CHIP) or "selected")
        self.panels.what.mark(self.data.what)
        self.data.set_session(session)
        self._judge()

    def _judge(self, run: str = "") -> None:
        """Have it told what a run makes of the points, where that is shown."""
        self.data.judge(self.panels.wants_judged, run)
        self._show()

    def _remember(self, name: str, value: str) -> None:
        if self._session is not None:
            self._memory.remember(self._session.folder, name, value)

    def _choose(self, what: str) -> None:
        """Show images, or objects."""
        self._remember(_WHAT, what)
        self.panels.what.mark(what)
        self.alike.cancel()
        self.panels.choose_points()
        self.playback.stop()
        self.data.choose(what)
        self._show()

    def choose(self, what: str) -> None:
        """As a click on its chip: :data:`~workbench.gui.data.map_data.SAMPLES` or OBJECTS."""
        self._target = None
        self._choose(what)

    @property
    def has_objects(self) -> bool:
        """Whether there may be anything labelled in images or sounds."""
        session = self._session
        if session is None or self._medium != "sounds":
            return session is not None and bool(session.index.class_counts())
        if self._regions is None:
            self._regions = any(session.sounds.summary(key).regions for key in session.sounds)
        return self._regions

    def _sounds_changed(self, key: str) -> None:
        before, session = self._regions, self._session
        if key and before is False and session is not None:
            self._regions = bool(session.sounds.summary(key).regions)  # of the others it is known
        else:
            self._regions = None
        if self.isVisible() and before != self.has_objects:
            self._show_state()

    @property
    def has_sounds(self) -> bool:
        """Whether the points can be heard."""
        return self._medium == "sounds"

    @property
    def _medium(self) -> str:
        return medium_of(self._session)

    @property
    def _words(self) -> MapWords:
        return map_words(self._medium, self.data.what)

    # --- arranging ------------------------------------------------------------------------------

    def arrange(self) -> None:
        """Have the engine put everything on the map, once more where there is one."""
        session = self._session
        if session is None or self.job.busy:
            return
        self.job.start(session, self.data.what)

    def _arranged(self, what: str, unreadable: list[str], left_out: int) -> None:
        words = map_words(self._medium, what)
        if len(unreadable) == 1:
            self._context.say("warn", tr("{name} could not be read: not on the map.",
                                         name=unreadable[0]))
        elif unreadable:
            self._context.say("warn", tr("{images} could not be read, as {name}: not on the map.",
                                         images=count(len(unreadable), words.sample),
                                         name=unreadable[0]))
        if left_out:
            self._context.say("info", tr(
                "There are very many: {points}, chosen at random, are not on the map.",
                points=count(left_out, words.noun)))
        if not self.isVisible():
            self._context.say("ok", tr("The map is ready."), tr("Show it"), partial(
                self._context.go, PLACE, DataTarget("map")), place=PLACE)
        if what == self.data.what:
            self.data.read_again()

    def _stop(self) -> None:
        self._target = None
        self.job.cancel()
        self.alike.cancel()

    def _failed(self, sentence: str) -> None:
        self._target = None
        self._context.say("bad", capital(sentence))

    # --- what is shown --------------------------------------------------------------------------

    def _show(self) -> None:
        placed = self.data.placed
        may_give = map_labels.may_give(self._session, placed)
        self.panels.show_placed(placed, may_give=may_give)
        self.panels.show_judged(self.data.judged, self.data.runs, self.data.run,
                                self._why_not_judged())
        self._show_state()
        self._go_to_target()

    def _why_not_judged(self) -> str:
        data = self.data
        if data.judging:
            return tr("Reading what the run makes of them …")
        if data.judging_failure:
            return data.judging_failure
        if not data.runs:
            return tr("No trained model was judged yet. When one is trained, you see here what it "
                      "gets wrong in the validation and test samples. (Of models of numbers no "
                      "answer is right or wrong.)")
        return tr("Nothing on this map was held back from the training of this run, and is judged.")

    def _show_state(self) -> None:
        data, panels = self.data, self.panels
        objects = data.what == OBJECTS
        panels.what.setVisible(self.has_objects or objects)
        job = self.alike if self.alike.busy else self.job
        panels.show_progress(job.words, job.fraction)
        panels.show_words(map_words(self._medium, SAMPLES), map_words(self._medium, OBJECTS),
                          self._words)
        panels.show_note(tr("{images} not on the map",
                            images=count(data.missing, self._words.noun))
                         if data.missing else "")
        if not panels.has_points:
            panels.show_empty(*self._empty_words())
        self._context.status_changed.emit()

    def _empty_words(self) -> tuple[str, str, str]:
        """Title, text and button where there is no map."""
        words = self._words
        button = tr("Arrange all {things}", things=words.things)
        if self._session is None:
            return tr("No project is open"), "", ""
        if self.job.busy:
            return tr("Arranging all {things} …", things=words.things), self.job.words, ""
        if self.data.failure:
            return tr("The map could not be read"), self.data.failure, button
        if self.data.busy or not self.data.missing_file:
            if self.data.placed is not None:
                return tr("Nothing is on the map"), tr(
                    "What was on it is no longer in the project."), button
            return tr("Reading the map …"), "", ""
        return words.title, words.about, button

    def status(self) -> str:
        """A few words about what is on the map."""
        placed = self.data.placed
        if placed is None:
            return ""
        number, noun = int(placed.there.sum()), self._words.noun
        words = tr("{points} on the map", points=count(number, noun))
        if placed.missing:
            words = tr("{number:,} of {points} on the map", number=number,
                       points=count(number + placed.missing, noun))
        chosen = len(self.panels.side.acting())
        return tr("{words} · {number:,} selected", words=words, number=chosen) if chosen else words

    # --- where another place leads --------------------------------------------------------------

    def show_target(self, target: MapTarget) -> None:
        """Choose the point of an image or an object, and show what is most like it; the map is
        made first where there is none with it."""
        self._target, self._tried = target, False
        what = SAMPLES if target.box is None else OBJECTS
        if what != self.data.what:
            self._choose(what)
        else:
            self._go_to_target()

    def _go_to_target(self) -> None:
        target, data = self._target, self.data
        if target is None or self.job.busy or self.alike.busy or data.busy:
            return
        row = None if data.placed is None else data.placed.row_of(target.key, target.box)
        if row is not None:
            self._target = None
            self.panels.choose_point(row, closer=True)
        elif self._session is not None and data.full:  # made anew, it would be left out again
            self.alike.start(self._session, data.what, target)
        elif self._tried:
            self._target = None
            name = target.key.rpartition("/")[2]
            self._context.say("warn", tr("{name} could not be put on the map.", name=name))
        elif data.placed is not None or data.missing_file or data.failure:
            self._tried = True
            self.arrange()

    def _found_alike(self, rows: list[int]) -> None:
        target, self._target = self._target, None
        if target is not None and self.data.placed is not None:
            self.panels.choose_points(rows, tr(
                "Most like “{name}”, which is not on the map, first",
                name=target.key.rpartition("/")[2]))
            self.panels.canvas.scene.go_to(rows[0], rows)
            self.panels.canvas.refresh()

    # --- what is done with points ---------------------------------------------------------------

    def _menu(self, at: QPoint) -> None:
        names = [name for name in _MENU if name != "map_hear" or self.has_sounds]
        pop_up(self, self._context.actions, PLACE, names, at)

    def hear(self) -> None:
        """Play the sound of the point that is chosen, or end that."""
        row = self.panels.current
        if self.has_sounds and self.data.placed is not None and row is not None:
            self._said.clear()
            self.playback.toggle(row, self.panels.pictures.excerpt(row))

    def _chosen(self, row: int) -> None:
        if self.data.placed is not None and self.data.placed.medium == "sounds":
            self.playback.play(row, self.panels.pictures.excerpt(row))

    def _not_heard(self, sentence: str) -> None:
        if sentence not in self._said:  # else each point that is chosen would say it
            self._said.add(sentence)
            self._context.say("warn", sentence)

    def _open_card(self, row: int) -> None:
        if self.panels.side.chips.selected == ERRORS:
            self.panels.side.open_group(row)
        else:
            self.open_in_images(row)

    def open_in_images(self, row: int | None = None) -> None:
        """Show the image of a point, and the object in it."""
        placed = self.data.placed
        row = self.panels.current if row is None else row
        if placed is None or row is None:
            return
        box = self.panels.pictures.box(row)
        target = ImageTarget(placed.found.keys[row], box=box, back=PLACE)
        if placed.medium == "sounds":
            span = None if box is None else (box[0], box[2])
            target = target._replace(box=None, span=span)
        self._context.go(place_for(placed.medium, self._session), target)

    def show_in_images(self) -> None:
        """List the images of the points alone where images are labelled."""
        placed, rows = self.data.placed, self.panels.side.shown_in_images()
        if placed is None or not rows:
            return
        keys = tuple(dict.fromkeys(placed.found.keys[row] for row in rows))
        words = tr("{images} from the map", images=count(len(keys), self._words.sample))
        self._context.go(place_for(placed.medium, self._session),
                         ChosenTarget(keys, words, PLACE))

    def ask_for_class(self) -> None:
        """Ask which class the points get."""
        session, side = self._session, self.panels.side
        rows = side.acting()
        if session is None or not rows or not side.class_button.isVisible():
            return
        corner = side.class_button.mapTo(self, QPoint())
        self._asked_from = QApplication.focusWidget()
        self.panels.chooser.ask(session.classes.names, side.suggested_class(),
                                QRect(corner, side.class_button.size()),
                                lambda name: self.give_class(rows, name))

    def _chooser_closed(self) -> None:
        """Keys go where they went before."""
        if self.hasFocus() and self._asked_from is not None:  # else something else was clicked
            self._asked_from.setFocus(Qt.FocusReason.PopupFocusReason)
        self._asked_from = None

    def give_class(self, rows: list[int], name: str) -> None:
        """Give points a class, as one step."""
        self._do(lambda session, placed, told: map_labels.give_class(
            session, placed, rows, name, told))

    def delete(self) -> None:
        """Take the objects off their images, or move the images to the trash, as one step."""
        rows = self.panels.side.acting()
        if rows:
            self.playback.stop()  # nobody can move a file that is read, on some systems
            self._do(lambda session, placed, told: map_labels.delete(session, placed, rows, told))

    def _do(self, act: Callable[[Session, PlacedSamples, map_labels.Told], None]) -> None:
        session, placed = self._session, self.data.placed
        if session is None or placed is None:
            return

        def say() -> None:
            if self._context.session is session:
                say_done(self._context, session)

        try:
            act(session, placed, lambda: session.post(say))
        except WorkbenchError as error:
            self._context.say("warn", error.sentence())

    # --- Qt calls -------------------------------------------------------------------------------

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.panels.pictures.set_display(load_display(self._context.settings))
        self.data.look(True)
        if self._session is not None:
            map_labels.whole_labels(self._session)  # read until somebody wants to give a class
        self.panels.canvas.setFocus(Qt.FocusReason.OtherFocusReason)

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self.data.look(False)
        self.panels.chooser.dismiss()
        self.playback.stop()

    def end(self) -> None:
        """End the threads; what the engine is at is called back."""
        self._stop()
        self.playback.stop()
        self.data.end()
        self.panels.pictures.stop()

