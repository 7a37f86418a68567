"""Two people's labels of the same images: how far they agree, and what differs, one by one."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFileDialog, QGridLayout, QWidget

from workbench.core.background import BackgroundThread
from workbench.core.errors import Problem, WorkbenchError
from workbench.core.text import count, figure, several, share_text, tr
from workbench.gui.app.context import AppContext, Ghost, ImageTarget
from workbench.gui.background.threads import worker
from workbench.gui.data.finding_card import FindingCard
from workbench.gui.data.findings import PLACE, look_at, mend_all
from workbench.gui.data.map_labels import whole_labels
from workbench.gui.data.page_frame import PageFrame
from workbench.gui.style import tokens
from workbench.gui.widgets import Card, EmptyState, LinkButton, QuietButton, column, label

if TYPE_CHECKING:
    from workbench.project.agreement import Agreement, ObjectPair
    from workbench.project.disagreements import Disagreement
    from workbench.project.session import Session

KINDS = ("changed-there", "class-changed-there", "labelled-there", "class-there",
         "noted-there", "other-class-there", "other-class-of-image", "only-there", "only-here",
         "tag-there", "tag-here")
_MOST_ROWS = 50
_SAVE_SECONDS = 5.0


class AgreementPage(PageFrame):
    """Asks for the other labels, compares, and lists what differs by kind."""

    def __init__(self, context: AppContext) -> None:
        super().__init__()
        self._context = context
        self._session: Session | None = None
        self._worker = worker(self, "agreement")
        self._other: Path | None = None
        self._failure = ""
        self._found: Agreement | None = None
        self._differences: list[Disagreement] = []
        self._settled: set[Disagreement] = set()
        self._noted: dict[str, str] = {}
        self._noting = worker(self, "note-taken")
        self._make()
        context.session_changed.connect(self._session_changed)
        self._session_changed()

    def _make(self) -> None:
        self.figures = label("", tone="soft", wrap=True)
        self.other_button = QuietButton(tr("Other labels…"), "folder-open", run=self.choose)
        self.again_button = QuietButton(tr("Compare again"), "refresh", run=self.compare)
        self.stop_button = QuietButton(tr("Stop"), "stop", run=self._stop)
        self.since = label("", wrap=True)
        self.classes = _ClassesCard()
        self.people = _TableCard(tr("Labelled there by"))
        self.cards = {kind: FindingCard(kind) for kind in KINDS}
        for card in self.cards.values():
            card.look_wanted.connect(self._look)
            card.mend_wanted.connect(self._mend)
        self.empty = EmptyState("compare", "", "", tr("Choose a folder…"),
                                button_icon="folder-open", run=self.choose)
        self.file_button = LinkButton(tr("Choose a file of labels, or a ZIP…"),
                                      run=self.choose_file)
        self.empty.add(self.file_button)
        inside = column(self.since, self.classes, self.people, *self.cards.values(), 1,
                        spacing=tokens.SPACE_M)
        self.lay_out(inside, self.empty, self.other_button, self.again_button, self.stop_button,
                     words=self.figures)

    def _session_changed(self) -> None:
        session = self._context.session
        if session is self._session and session is not None:
            return  # only its task is another
        self._session = session
        self._worker.cancel(0.0)
        self._other, self._found, self._failure = None, None, ""
        self._show()

    # --- comparing ------------------------------------------------------------------------------

    def choose(self) -> None:
        """Ask for the folder of the other labels, and compare."""
        folder = QFileDialog.getExistingDirectory(self, tr("The other person's labels"),
                                                  self._before())
        if folder:
            self.compare(Path(folder))

    def choose_file(self) -> None:
        """Ask for one file of labels, and compare."""
        name, _ = QFileDialog.getOpenFileName(self, tr("The other person's labels"),
                                              self._before())
        if name:
            self.compare(Path(name))

    def _before(self) -> str:
        return str(self._context.settings.value("agreement/folder", str(Path.home())))

    def compare(self, other: Path | None = None) -> None:
        """Compare with ``other``, or again with what it was before."""
        session, chosen = self._session, other or self._other
        if session is None or chosen is None:
            return
        self._context.settings.setValue("agreement/folder", str(chosen.parent))
        self._other, self._failure = chosen, ""
        project, saver = session.folder, session.saver

        def work(thread: BackgroundThread) -> tuple[Agreement, list[Disagreement]]:
            from workbench.project.agreement import compare_labels
            from workbench.project.disagreements import differences

            if not saver.wait_until_written(_SAVE_SECONDS):
                raise WorkbenchError(tr("Not everything is saved yet: try again in a moment."))

            def progress(done: int, total: int) -> None:
                if done % max(1, total // 100) == 0:
                    thread.post(lambda: self._show_fraction(tr("Comparing…"), done / total))

            shown = -1

            def unpacking(done: int, total: int) -> None:
                nonlocal shown
                part = 100 * done // max(1, total)
                if part != shown:
                    shown = part
                    thread.post(lambda: self._show_fraction(tr("Unpacking…"), part / 100))

            found = compare_labels(project, chosen, progress=progress, unpacking=unpacking,
                                   cancelled=lambda: thread.stopping)
            return found, differences(found, project, f"“{chosen.name}”")

        self._worker.start(work, self._compared, self._failed)
        self.line.set_fraction(None)
        self._show()

    def _compared(self, result: tuple[Agreement, list[Disagreement]]) -> None:
        self._found, self._differences = result
        if self._found.whole and self._session is not None:
            whole_labels(self._session)  # are read by the time that somebody settles anything
        self._settled, self._noted = set(), {}
        for problem in self._found.problems:
            self._context.log.add("warn", problem.reason)
        self._show()

    def _failed(self, sentence: str) -> None:
        self._failure, self._found = sentence, None
        self._show()

    def _show_fraction(self, words: str, fraction: float) -> None:
        self.title.setText(words)
        self.line.set_fraction(fraction)

    def _stop(self) -> None:
        self._worker.cancel(0.0)
        self._show()

    def cancel(self) -> None:
        """The window closes."""
        self._worker.cancel(0.0)

    # --- what is shown --------------------------------------------------------------------------

    def _show(self) -> None:
        found, busy = self._found, self._worker.busy
        self.show_found(found is not None or busy)
        self.stop_button.setVisible(busy)
        self.line.setVisible(busy)
        self.again_button.setVisible(found is not None and not busy)
        self.other_button.setVisible(found is not None and not busy)
        self.title.setText(self._title())
        self._show_differences()
        self._show_empty()

    def _title(self) -> str:
        if self._worker.busy:
            return tr("Comparing…")
        if self._found is None or self._other is None:
            return ""
        if not self._found.images:
            return tr("“{name}” has labels of {images} that have none here", name=self._other.name,
                      images=count(len(self._found.labelled_there), self._found.noun))
        return tr("{images} labelled here and in “{name}”",
                  images=count(len(self._found.images), self._found.noun), name=self._other.name)

    def _show_figures(self) -> None:
        found = self._found
        self.figures.setVisible(found is not None)
        self.classes.setVisible(found is not None and bool(found.images))
        self.since.setVisible(found is not None and found.since is not None)
        self.people.hide()
        if found is None:
            return
        if self._settled:
            from workbench.project.disagreements import with_settled

            found = with_settled(found, self._settled)
        self.figures.setText(_words(found))
        self.classes.setVisible(bool(found.images))
        self.classes.show_classes(found.classes())
        people = found.by_person()
        self.people.setVisible(bool(people))
        self.people.show_rows((
            "", several(found.noun), tr("agreement (F1)"), tr("classes (kappa)")), [
            (name, f"{len(one.images):,}", figure(one.f1), figure(one.kappa))
            for name, one in people.items()])
        if found.since is not None:
            self.since.setText(_since_words(found))

    def _show_differences(self) -> None:
        self._show_figures()
        left = [item for item in self._differences if item not in self._settled] \
            if self._found is not None else []
        for kind, card in self.cards.items():
            some: list[Problem] = [item for item in left if item.kind == kind]
            card.setVisible(bool(some))
            if some:
                card.show_problems(some, may_mend=not self._worker.busy)

    def _show_empty(self) -> None:
        if self._session is None:
            self.empty.set_text(tr("No project is open"), "", "")
        elif self._failure:
            self.empty.set_text(tr("The labels could not be compared"), self._failure,
                                tr("Choose a folder…"))
        else:
            self.empty.set_text(
                tr("Compare with another person's labels, or bring them in"),
                tr("Choose their project or folder, or a ZIP file, in any format of labels. You "
                   "see how far you agree, take the labels of images that only they have "
                   "labelled, and settle what differs one by one."),
                tr("Choose a folder…"))
        self.file_button.setVisible(self._session is not None)

    # --- what is done ---------------------------------------------------------------------------

    def _look(self, problem: Problem) -> None:
        if self._session is not None:
            look_at(self._context, self._session, problem, _target(
                problem, whole=self._found is not None and self._found.whole))

    def _mend(self, problems: list[Problem]) -> None:
        if self._session is not None:
            mend_all(self._context, self._session, problems, self._set_settled)

    def _set_settled(self, problems: Iterable[Problem], settled: bool) -> None:
        some: list[Any] = list(problems)
        if settled:
            self._settled.update(some)
        else:
            self._settled.difference_update(some)
        self._show_differences()
        self._note_taken()

    def _note_taken(self) -> None:
        """Remember which samples are now as both have agreed on: when the other copy comes once
        more, only what was changed after that is asked about."""
        session, since = self._session, self._found.since if self._found is not None else None
        if session is None or since is None:
            return
        open_keys = {item.subject for item in self._differences if item not in self._settled}
        noted = {key: since.digests[key] for item in self._settled
                 if (key := item.subject) not in open_keys and key in since.digests}
        back = {key: found for key, found in self._noted.items() if key not in noted}
        self._noted.update(noted)  # what is taken back is told each time: a thread may skip one
        folder = session.folder

        def work(thread: BackgroundThread) -> None:
            from workbench.project.handover.common import note_taken

            if not thread.stopping:
                note_taken(folder, noted, back)

        self._noting.start(work, lambda _done: None)


class _TableCard(Card):
    """A few rows of words and figures."""

    def __init__(self, title: str) -> None:
        super().__init__(title)
        self._table = QWidget()
        self.add(self._table)

    def show_rows(self, heads: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
        self._table.deleteLater()
        self._table = QWidget()
        grid = QGridLayout(self._table)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(tokens.SPACE_XL)
        grid.setVerticalSpacing(tokens.SPACE_XS)
        for at, text in enumerate(heads):
            grid.addWidget(label(text, "caption"), 0, at, _side(at))
        for line, cells in enumerate(rows[:_MOST_ROWS], start=1):
            for at, text in enumerate(cells):
                grid.addWidget(label(text), line, at, _side(at))
        grid.setColumnStretch(len(heads), 1)
        self.add(self._table)


class _ClassesCard(_TableCard):
    """Of each class: objects on both sides, those alike, and how far both agree."""

    def __init__(self) -> None:
        super().__init__(tr("Classes"))

    def show_classes(self, classes: list[dict[str, Any]]) -> None:
        self.show_rows(("", tr("here"), tr("there"), tr("alike"), tr("agreement (F1)")), [
            (item["name"], f"{item['own']:,}", f"{item['other']:,}", f"{item['both']:,}",
             figure(item["f1"])) for item in classes])


def _target(difference: Problem, *, whole: bool) -> ImageTarget | None:
    """The object here, selected; or what is only there, dashed where it would be."""
    pair: ObjectPair | None = getattr(difference, "pair", None)
    if pair is None or whole:
        key = getattr(difference, "subject", "")
        return ImageTarget(key, back=PLACE) if key else None
    if pair.own is not None:
        return ImageTarget(pair.key, box=pair.own.box, back=PLACE)
    assert pair.other is not None
    return ImageTarget(pair.key, back=PLACE, ghost=Ghost(pair.other.box, pair.other.label))


def _side(column: int) -> Qt.AlignmentFlag:
    return Qt.AlignmentFlag.AlignLeft if not column else Qt.AlignmentFlag.AlignRight


def _object_words(found: Agreement) -> list[str]:
    return [tr("Agreement of objects (F1) {f1}", f1=figure(found.f1)),
            tr("of their classes (kappa) {kappa}", kappa=figure(found.kappa)),
            tr("mean overlap {iou}", iou=figure(found.mean_overlap))] if found.images else []


def _since_words(found: Agreement) -> str:
    """Who changed what since both had the same."""
    since = found.since
    assert since is not None
    return tr("Since you both had the same: {theirs} changed only there, {ours} only here (these "
              "stay), {both} on both sides.", theirs=count(len(since.theirs), found.noun),
              ours=f"{len(since.ours):,}", both=f"{len(since.both):,}")


def _words(found: Agreement) -> str:
    """ "Agreement of objects (F1) 0.912 · classes (kappa) 0.981 · mean overlap 0.874"."""
    if found.whole and found.images:
        parts = [tr("Alike {share}", share=share_text(found.f1 or 0.0)),
                 tr("corrected for chance (kappa) {kappa}", kappa=figure(found.kappa))]
    else:
        parts = _object_words(found)
    if found.only_own:
        parts.append(tr("{images} labelled only here", images=count(found.only_own, found.noun)))
    if found.only_other:
        parts.append(tr("{images} only there", images=count(found.only_other, found.noun)))
    if found.not_here:
        parts.append(tr("{images} not in this project",
                        images=count(found.not_here, "of these is", "of these are")))
    if found.problems:
        parts.append(tr("{problems} in the Log", problems=count(len(found.problems), "problem")))
    return " · ".join(parts)
