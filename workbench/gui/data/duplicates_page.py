"""Images that look nearly the same, pair by pair."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from PySide6.QtWidgets import QVBoxLayout

from workbench.core.background import BackgroundThread
from workbench.core.errors import WorkbenchError
from workbench.core.paths import exists
from workbench.core.text import count, tr
from workbench.gui.app.context import AppContext, ImageTarget
from workbench.gui.app.remember import PlaceMemory
from workbench.gui.app.task import place_for
from workbench.gui.app.undo_action import say_done
from workbench.gui.background.threads import worker
from workbench.gui.background.thumbnails import ThumbnailLoader
from workbench.gui.data.findings import PLACE
from workbench.gui.data.page_frame import PageFrame
from workbench.gui.data.pair_card import PairCard
from workbench.gui.style import tokens
from workbench.gui.widgets import EmptyState, LinkButton, QuietButton, column, row
from workbench.media.images.readable import picture_info
from workbench.project.datasets.splits import Split, declared_split
from workbench.project.edits.split_steps import MoveInSplit
from workbench.project.library.scan import Throttle
from workbench.project.mending import images_to_trash
from workbench.project.session import Session
from workbench.project.statistics.duplicates import (
    SimilarPair,
    across,
    members_first,
    near_duplicates,
    parts_of,
    read_thumbnails,
)

SHOWN = 20
"""Pairs that are shown at first, and with each asking for more."""
_DETAILS = 500  # pairs whose sizes are read
_TELL_EVERY = 20
_KEPT = "kept-pairs"


class _Compared(NamedTuple):
    """What a look at all images found."""

    pairs: list[SimilarPair]
    split: Split | None
    sizes: dict[str, str]


class DuplicatesPage(PageFrame):
    """Looks at all images when it is asked to; what did not change is remembered."""

    def __init__(self, context: AppContext) -> None:
        super().__init__()
        self._context = context
        self._session: Session | None = None
        self._memory = PlaceMemory(context.settings, PLACE)
        self._worker = worker(self, "duplicates")
        self._loader: ThumbnailLoader | None = None
        self._found: _Compared | None = None
        self._disconnect: Callable[[], None] = lambda: None
        self._most = SHOWN
        self.cards: dict[SimilarPair, PairCard] = {}
        self._make()
        context.session_changed.connect(self._session_changed)
        self._session_changed()

    def _make(self) -> None:
        self.look_button = QuietButton(tr("Compare again"), "search", run=self.compare)
        self.stop_button = QuietButton(tr("Stop"), "stop", run=self.stop)
        self._lines = QVBoxLayout()
        self._lines.setSpacing(tokens.SPACE_M)
        self.more_button = LinkButton("", "chevron-down", run=self._show_more)
        self.empty = EmptyState("duplicate", "", "", tr("Compare all images"), button_icon="search",
                                run=self.compare)
        self.lay_out(column(self._lines, row(self.more_button, 1), 1), self.empty,
                     self.look_button, self.stop_button)

    # --- the project ----------------------------------------------------------------------------

    def _session_changed(self) -> None:
        session = self._context.session
        if session is self._session and session is not None:
            return
        self.end()
        self._session, self._found, self._most = session, None, SHOWN
        self._disconnect()
        if session is not None:
            self._disconnect = session.undo.changed.connect(self._show)
            self._loader = ThumbnailLoader.of_project(session.folder, self)
            self._loader.ready.connect(lambda _path: self._show_pictures())
        self._show()

    def end(self) -> None:
        """End the threads."""
        self._worker.cancel()
        if self._loader is not None:
            self._loader.stop()
            self._loader.deleteLater()
            self._loader = None

    def compare(self) -> None:
        """Look at all images."""
        session = self._session
        if session is None or self._worker.busy:
            return
        folder = session.folder
        self._worker.start(lambda thread: self._work(folder, thread), self._compared,
                           self._failed)
        self._tell(None)
        self._show()

    def stop(self) -> None:
        """Give it up; what was looked at is remembered."""
        self._worker.cancel()
        self._show()

    def _work(self, folder: Path, thread: BackgroundThread) -> _Compared:
        throttle = Throttle(thread)

        def tell(done: int, total: int) -> None:
            throttle()
            if done % _TELL_EVERY == 0:
                thread.post(lambda: self._tell(done / total))

        thumbnails = read_thumbnails(folder, tell)
        try:
            split = declared_split(folder, thumbnails.keys)
        except WorkbenchError:
            split = None  # told by the list of problems
        pairs = near_duplicates(members_first(thumbnails, parts_of(split)),
                                lambda _done, _total: throttle())
        wanted = {key for pair in pairs[:_DETAILS] for key in pair[:2]}
        return _Compared(pairs, split, {key: _size(folder / key) for key in wanted})

    def _tell(self, fraction: float | None) -> None:
        self.line.set_fraction(fraction)

    def _failed(self, sentence: str) -> None:
        self._context.say("bad", sentence)
        self._show()

    def _compared(self, found: _Compared) -> None:
        self._found = found
        self._show()

    # --- what is shown --------------------------------------------------------------------------

    def pairs(self) -> list[SimilarPair]:
        """What was found, is still there, and is not to be kept; those that lie on two sides of
        the split first."""
        session, found = self._session, self._found
        if session is None or found is None:
            return []
        kept = self._kept()
        groups: dict[str, list[SimilarPair]] = {}
        for pair in found.pairs:
            groups.setdefault(pair.first, [SimilarPair(pair.first, pair.first, 1.0)]).append(pair)
        left = []
        for group in groups.values():
            there = [pair for pair in group if exists(session.index.path(pair.second))]
            left += [SimilarPair(there[0].second, pair.second, pair.like) for pair in there[1:]]
        left = sorted((pair for pair in left if pair[:2] not in kept), key=lambda p: -p.like)
        apart = set(across(left, parts_of(found.split)))
        return sorted(left, key=lambda pair: pair not in apart)

    def _show(self) -> None:
        busy, pairs = self._worker.busy, self.pairs()
        self.line.setVisible(busy)
        self.stop_button.setVisible(busy)
        self.look_button.setVisible(not busy and bool(pairs))
        self.title.setText(tr("Comparing all images…") if busy and not pairs else
                           tr("{pairs} of nearly the same images",
                              pairs=count(len(pairs), "pair")) if pairs else "")
        self._show_cards(pairs)
        self.show_found(bool(pairs) or busy)
        if self._session is None:
            self.empty.set_text(tr("No project is open"), "", "")
        elif self._found is not None:
            self.empty.set_text(tr("No two images look the same"), tr(
                "Copies would be found even if they were resized, saved again or brightened."),
                tr("Compare again"))
        else:
            self.empty.set_text(tr("Find duplicate images"), tr(
                "This compares all images and finds copies that were resized, saved again or "
                "brightened."), tr("Compare all images"))

    def _show_cards(self, pairs: list[SimilarPair]) -> None:
        shown = pairs[:self._most]
        for pair in [pair for pair in self.cards if pair not in shown]:
            card = self.cards.pop(pair)
            self._lines.removeWidget(card)
            card.hide()
            card.deleteLater()
        parts = parts_of(self._found.split) if self._found is not None else {}
        for at, pair in enumerate(shown):
            card = self.cards.get(pair) or self._new_card(pair)
            card.show_parts(parts.get(pair.first, ""), parts.get(pair.second, ""))
            if self._lines.indexOf(card) != at:
                self._lines.insertWidget(at, card)
        left = len(pairs) - len(shown)
        self.more_button.setText(tr("{left:,} more", left=left))
        self.more_button.setVisible(left > 0)
        self._show_pictures()

    def _new_card(self, pair: SimilarPair) -> PairCard:
        session, found = self._session, self._found
        assert session is not None and found is not None
        index, sizes = session.index, found.sizes
        card = self.cards[pair] = PairCard(
            pair, (str(index.path(pair.first)), str(index.path(pair.second))),
            (sizes.get(pair.first, ""), sizes.get(pair.second, "")))
        card.look_wanted.connect(self._look_at)
        card.remove_wanted.connect(self.remove)
        card.keep_wanted.connect(self.keep)
        card.join_wanted.connect(self.join)
        return card

    def _show_pictures(self) -> None:
        if self._loader is not None:
            for card in self.cards.values():
                card.show_pictures(self._loader)

    def _show_more(self) -> None:
        self._most += SHOWN
        self._show()

    # --- what is done ---------------------------------------------------------------------------

    def _look_at(self, key: str) -> None:
        self._context.go(place_for("images", self._session), ImageTarget(key, back=PLACE))

    def remove(self, key: str) -> None:
        """Move an image and its labels to the trash."""
        session = self._session
        if session is not None:
            self._do(session, lambda: images_to_trash(session, [key]))

    def join(self, pair: SimilarPair) -> None:
        """Put the second image into the part of the split that the first is in."""
        session, found = self._session, self._found
        if session is not None and found is not None and found.split is not None:
            step = MoveInSplit(session.folder, found.split, pair.second,
                               parts_of(found.split)[pair.first], self._split_changed)
            self._do(session, lambda: session.undo.push(step))

    def _split_changed(self, split: Split) -> None:
        if self._found is not None:
            self._found = self._found._replace(split=split)

    def _do(self, session: Session, act: Callable[[], object]) -> None:
        try:
            act()
        except WorkbenchError as error:
            self._context.say("bad", error.sentence())
            return
        say_done(self._context, session)

    def keep(self, pair: SimilarPair) -> None:
        """Do not show the pair again; a message takes that back."""
        session = self._session
        if session is None:
            return
        before = self._memory.of_project(session.folder, _KEPT)
        kept = sorted({*self._kept(), (pair.first, pair.second)})
        self._memory.remember(session.folder, _KEPT, json.dumps(kept))
        self._show()

        def back() -> None:
            self._memory.remember(session.folder, _KEPT, before)
            self._show()

        self._context.say("ok", tr("Both are kept."), tr("Undo"), back)

    def _kept(self) -> set[tuple[str, str]]:
        if self._session is None:
            return set()
        try:
            found = json.loads(self._memory.of_project(self._session.folder, _KEPT) or "[]")
            return {(str(first), str(second)) for first, second in found}
        except (ValueError, TypeError):
            return set()


def _size(path: Path) -> str:
    """ "640 × 480 · 34 kB" """
    try:
        info, size = picture_info(path), path.stat().st_size
    except (WorkbenchError, OSError):
        return ""
    return f"{info.width} × {info.height} · {max(1, round(size / 1000)):,} kB"
