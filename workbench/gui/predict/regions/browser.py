"""Going through what was found in sounds: which region is chosen, seen and heard."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from PySide6.QtCore import QModelIndex, QObject, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QComboBox, QWidget

from workbench.core.text import tr
from workbench.extension.predictions import RegionInSound
from workbench.gui.app.context import AppContext
from workbench.gui.app.csv_table import ask_table
from workbench.gui.app.saved import say_saved
from workbench.gui.label.sounds.display import load_display
from workbench.gui.label.sounds.player import Playback, Player
from workbench.gui.label.sounds.spectrogram_thumbs import SpectrogramThumbs
from workbench.gui.predict.beside import ModelsBeside
from workbench.gui.predict.regions.checking import Checking
from workbench.gui.predict.regions.gallery import RegionGallery
from workbench.gui.predict.regions.lanes import OtherModel
from workbench.gui.predict.regions.region_list import ORDERS, ListedRegion, RegionList
from workbench.gui.predict.regions.view import RegionView
from workbench.gui.predict.table import Prediction, PredictionTable
from workbench.gui.style import tokens
from workbench.gui.widgets import LinkButton, column, label, row, widget_of
from workbench.gui.widgets.class_colors import ClassColors
from workbench.gui.widgets.inputs import ElidedBox
from workbench.gui.widgets.key_words import with_keys
from workbench.project.checked_regions import checked_words

_ORDER_KEY = "predict/region_order"


class RegionBrowser(QObject):
    """The gallery of all regions, the spectrogram of the chosen file, and the player.

    Parameters
    ----------
    show_file
        Called with an answer that is to be the chosen one.
    """

    def __init__(self, context: AppContext, answers: PredictionTable, colors: ClassColors,
                 show_file: Callable[[Prediction], object], parent: QWidget) -> None:
        super().__init__(parent)
        self._answers, self._show_file = answers, show_file
        self._settings = context.settings
        self.entry: ListedRegion | None = None
        self._item: Prediction | None = None
        self.found = RegionList(answers, self)
        self.view = RegionView(context, colors)
        self.thumbs = SpectrogramThumbs(load_display(context.settings), self)
        self.checking = Checking(self)
        self.gallery = RegionGallery(context.theme, self.found, colors, self.thumbs, self.mark_of)
        self.player = Player(self)
        self._playing: ListedRegion | None = None
        self._quiet = False
        self.side = self._make_side()
        self._silent = ""  # why nothing was heard the last time
        self._complain = partial(context.say, "warn")
        self._tell = partial(say_saved, context)
        self._say_end = partial(context.say, "info", tr(
            "That was the last one. The same key again takes back what you said."))
        self._wire()

    def _make_side(self) -> QWidget:
        """The gallery below what chooses and orders it."""
        self.class_box, self.order_box = ElidedBox(), QComboBox()
        self.class_box.setAccessibleName(tr("Class of the regions"))
        self.order_box.setAccessibleName(tr("Order of the regions"))
        for id, (words, _) in ORDERS.items():
            self.order_box.addItem(tr(words), id)
        kept = self.order_box.findData(str(self._settings.value(_ORDER_KEY, "best")))
        self.order_box.setCurrentIndex(max(kept, 0))
        self.found.order = str(self.order_box.currentData())
        self.show_classes()
        edge = tokens.SPACE_M
        self.checked = label("", "caption", wrap=True)
        self.save_checked = LinkButton(tr("Save what was checked as a table…"), "save",
                                       run=self._save_checked)
        self._show_checked()
        return widget_of(column(
            row((self.class_box, 1), self.order_box, spacing=tokens.SPACE_S,
                margins=(0, 0, edge, 0)),
            self.checked, self.save_checked, (self.gallery, 1), spacing=tokens.SPACE_S,
            margins=(edge, 0, 0, 0)))

    def _wire(self) -> None:
        view = self.view
        view.stepped.connect(self.step)
        view.play_pressed.connect(self.toggle)
        view.picked.connect(lambda at: self._pick(at, play=True))
        view.selected.connect(lambda at: self._pick(at, play=view.each.isChecked()))
        view.canvas.sought.connect(self._sought)
        view.judged.connect(self.judge)
        self.checking.changed.connect(self._checked_changed)
        self.checking.failed.connect(self._complain)
        self.checking.saved.connect(self._tell)
        self.player.failed.connect(self._failed)
        self.player.moved.connect(self._moved)
        self.player.state_changed.connect(self._state_changed)
        self.class_box.activated.connect(lambda _at: self._arrange())
        self.order_box.activated.connect(lambda _at: self._arrange())
        self.gallery.clicked.connect(self._clicked)
        self.gallery.selectionModel().currentChanged.connect(self._tile_changed)
        self.found.listed.connect(self._listed)
        self._answers.counted.connect(self.show_classes)
        self._answers.counted.connect(self._show_checked)

    # --- which is chosen ------------------------------------------------------------------------

    def show(self, item: Prediction | None, shown: Mapping[str, Any] | None,
             beside: ModelsBeside) -> None:
        """Show the chosen file with its answer, and those of the models ``beside``, at the sliders'
        values."""
        display = self._answers.display
        regions = display.regions(shown) if display is not None and display.regions is not None \
            and shown is not None else ()
        other = item is None or self._item is None or item.file != self._item.file
        self._item = item
        if self.entry is not None and (item is None or self.entry.item.file != item.file
                                       or self.entry.region not in regions):
            self.entry = None
        if other:
            self.player.stop()
        readable = item is not None and not item.problem and display is not None \
            and not display.picture
        self.view.open(Path(item.file) if item is not None and readable else None)
        at = regions.index(self.entry.region) if self.entry is not None else -1
        self._show_regions(regions, at)
        self.view.canvas.lanes.show(self._others(item, beside))
        if other and self.entry is not None:
            self.view.zoom_to(self.entry.region)

    def _others(self, item: Prediction | None, beside: ModelsBeside) -> list[OtherModel]:
        """What other models found in a file, where the first one's display tells regions."""
        display = self._answers.display
        if item is None or display is None or display.regions is None:
            return []
        found = []
        for other, its in zip(beside.others, beside.of(item), strict=True):
            shown = other.answers.as_shown(its) if its is not None else None
            found.append(OtherModel(other.model.title, display.regions(shown)
                                    if shown is not None else None))
        return found

    def choose(self, entry: ListedRegion, *, play: bool) -> None:
        """Show a region of any file, and play it."""
        before = self.entry
        self.entry = entry
        if self._item is None or entry.item.file != self._item.file:
            self._show_file(entry.item)
        else:
            regions = self.view.regions
            self.view.set_current(regions.index(entry.region)
                                  if entry.region in regions else -1)
            if before != entry or not self.view.canvas.time.start <= entry.region.start \
                    <= self.view.canvas.time.end:
                self.view.zoom_to(entry.region)
        if self.entry is None:
            return  # the file is not in the list any more
        self._mark_tile()
        if play:
            self.play()

    def _pick(self, at: int, *, play: bool) -> None:
        """A region of the file that is shown."""
        item = self._item
        if item is None:
            return
        entry = ListedRegion(item, self.view.regions[at])
        if play and self.player.playing and self._playing == entry:
            self.player.stop()
        else:
            self.choose(entry, play=play)

    def step(self, direction: int, *, play: bool = False) -> None:
        """Go to the next region, or the one before: of the gallery where it is shown, else of the
        file, and behind its last one to the file that follows. It is played if that is wanted of
        each, or ``play``."""
        play = play or self.view.each.isChecked()
        if self.found.wanted:
            at, number = self.found.row(self.entry), self.found.rowCount()
            to = at + direction if at >= 0 else 0 if direction > 0 else number - 1
            if 0 <= to < number:
                self.choose(self.found.entries[to], play=play)
            return
        order = self.view.order()
        at = order.index(self.view.current) if self.view.current in order else -1
        to = at + direction if at >= 0 or direction > 0 else len(order) - 1
        if 0 <= to < len(order):
            self._pick(order[to], play=play)
        else:
            self._step_file(direction, play=play)

    def _step_file(self, direction: int, *, play: bool) -> None:
        """The next file with a region, in the order of the table."""
        row = self._answers.row(self._item)
        while (item := self._answers.answer(row := row + direction)) is not None:
            if item.sums.number:
                self._show_file(item)
                order = self.view.order()
                if order:
                    self._pick(order[0 if direction > 0 else -1], play=play)
                return

    def _show_regions(self, regions: Sequence[RegionInSound], current: int) -> None:
        file = self._item.file if self._item is not None else ""
        self.view.show_regions(regions, [self.checking.of(file, region) for region in regions],
                               current)

    # --- checking -------------------------------------------------------------------------------

    def mark_of(self, entry: ListedRegion) -> bool | None:
        """Whether a region was said to be right; None where nobody said."""
        return self.checking.of(entry.item.file, entry.region)

    def judge(self, right: bool) -> None:
        """Say that the chosen region is right, or not, and go on; the same once more takes it
        back."""
        entry = self.entry
        if entry is not None and self.checking.judge(entry.item.file, entry.region, right):
            self._step_unchecked()
            if self.entry == entry:  # who goes on with the key would take it back and say it again
                self._say_end()

    def _step_unchecked(self) -> None:
        """Go to the next region of which nothing was said."""
        if not self.found.wanted:
            self.step(1)
            return
        entries = self.found.entries
        for at in range(self.found.row(self.entry) + 1, len(entries)):
            if self.mark_of(entries[at]) is None:
                self.choose(entries[at], play=self.view.each.isChecked())
                return

    def _checked_changed(self) -> None:
        self._show_regions(self.view.regions, self.view.current)
        self.gallery.viewport().update()
        self._show_checked()

    def _show_checked(self) -> None:
        said = checked_words([*self.checking.verdicts(self.found.keys).values()])
        self.checked.setText(
            said or with_keys(tr(
                "Say which regions are right (<use.region_right>) and which are wrong "
                "(<use.region_wrong>): you see how many are right at which score."))
            if self.found.entries else
            tr("No region to show: lower the score, or choose another class or filter."))
        self.checked.setVisible(bool(self._answers.all))
        self.save_checked.setVisible(bool(said))

    def _save_checked(self) -> None:
        path = ask_table(self.side, "checked.csv")
        if path is not None:
            self.checking.save_table(path, self.found.keys)

    # --- hearing --------------------------------------------------------------------------------

    def toggle(self) -> None:
        """Play the chosen region, or the first one, or stop; without any from the cursor on."""
        if self.player.playing:
            self.player.stop()
        elif self.entry is not None:
            self.play()
        elif self.view.regions and self.view.canvas.playhead <= 0:
            self.step(1, play=True)
        else:
            self.play_on()

    def play(self) -> None:
        """Play the chosen region with some seconds around it."""
        if self.entry is None:
            return
        item, region = self.entry
        around = 0.0 if region.whole else self.view.around
        if self.player.play(Playback(Path(item.file), max(0.0, region.start - around),
                                     region.end + around)):
            self._playing, self._silent = self.entry, ""

    def play_on(self) -> None:
        """Play the recording from the cursor on."""
        info, path = self.view.source.info, self.view.path
        if info is not None and path is not None:
            self.player.play(Playback(path, self.view.canvas.playhead, info.duration))

    def _failed(self, sentence: str) -> None:
        """Say why nothing is heard, once: somebody may go through thousands all the same."""
        if sentence != self._silent:
            self._silent = sentence
            self._complain(sentence)

    def _sought(self, seconds: float) -> None:
        self.entry = None
        self.view.set_current(-1)
        self.view.canvas.set_playhead(seconds)
        if self.player.playing:
            self.play_on()

    def _moved(self, seconds: float) -> None:
        self.view.canvas.set_playhead(seconds, follow=True)
        if self._playing is not None:
            self.gallery.show_playing(self._playing, seconds)

    def _state_changed(self) -> None:
        self.view.show_playing(playing=self.player.playing)
        if not self.player.playing:
            self._playing = None
            self.gallery.show_playing(None)

    # --- the gallery ----------------------------------------------------------------------------

    def show_classes(self) -> None:
        """Offer the classes that were found, with how many there are of each."""
        counts = self._answers.counts()
        chosen = self.found.label
        names = sorted({*counts, *([chosen] if chosen else [])}, key=str.casefold)
        texts = [tr("All classes"), *(f"{name} ({counts[name]:,})" for name in names)]
        if texts == [self.class_box.itemText(at) for at in range(self.class_box.count())]:
            return
        self.class_box.clear()
        for text, name in zip(texts, ["", *names], strict=True):
            self.class_box.addItem(text, name)
        self.class_box.setCurrentIndex(max(0, self.class_box.findData(chosen)))

    def _arrange(self) -> None:
        order = str(self.order_box.currentData())
        self._settings.setValue(_ORDER_KEY, order)
        self.found.show(str(self.class_box.currentData()), order)

    def _listed(self) -> None:
        self._mark_tile()
        self._show_checked()

    def _mark_tile(self) -> None:
        """Choose the tile of the region that is shown."""
        at = self.found.row(self.entry) if self.found.wanted else -1
        self._quiet = True
        if at != (self.gallery.row if self.gallery.row is not None else -1):
            self.gallery.set_row(at if at >= 0 else None)
        self._quiet = False

    def _tile_changed(self, index: QModelIndex) -> None:
        """The keys went to another tile; what a click does is done when it is let go."""
        pressed = QGuiApplication.mouseButtons() != Qt.MouseButton.NoButton
        if index.isValid() and not self._quiet and not pressed:
            self.choose(self.found.entries[index.row()], play=self.view.each.isChecked())

    def _clicked(self, index: QModelIndex) -> None:
        entry = self.found.entries[index.row()]
        if self.player.playing and self._playing == entry:
            self.player.stop()
        else:
            self.choose(entry, play=True)

    def entered(self) -> None:
        """Another look of spectrograms may have been chosen in Audio."""
        self.view.look_anew()
        if self.thumbs.display != self.view.canvas.display:
            self.thumbs.display = self.view.canvas.display
            self.thumbs.forget()

    def close_down(self) -> None:
        """End the threads."""
        self.player.stop()
        self.checking.close()
        self.found.close()
        self.view.close_down()
        self.thumbs.stop()
