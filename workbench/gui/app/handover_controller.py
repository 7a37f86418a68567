"""Handing the open project over as one file, and taking in what comes back."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFileDialog

from workbench.core.errors import WorkbenchError
from workbench.core.progress import ProgressCallback
from workbench.core.text import count, megabytes, several, tr
from workbench.gui.app.context import DataTarget, RunTarget, Tone
from workbench.gui.app.handover_page import ArrivedPage, HandoverFoot, HandoverPage, Offer
from workbench.gui.app.person import NameField, person_name, say_name
from workbench.gui.app.progress_sheet import or_sentence, unless_stopped
from workbench.gui.app.saved import say_saved
from workbench.gui.app.sheet_work import Cancelling, SheetWork
from workbench.gui.app.task import medium_of
from workbench.project.handover.common import HandedOver, read_handed_over
from workbench.project.handover.models import Brought, bring_models, holds_models
from workbench.project.handover.opening import Inside, look_inside, unpack_project
from workbench.project.handover.packing import HandOver, plan_handover, write_handover
from workbench.project.handover.sharing import share_path, shares_of, write_shares
from workbench.project.handover.video_labels import (
    VideoLabels,
    read_video_labels,
    take_video_labels,
)
from workbench.project.imports.archives import is_archive
from workbench.project.runs import RunFolder

if TYPE_CHECKING:
    from workbench.gui.app.context import AppContext
    from workbench.gui.app.projects import Projects
    from workbench.gui.shell.overlays import Overlays
    from workbench.gui.shell.sheets import Sheet
    from workbench.project.session import Session

_PLACE = "handover/folder"


class HandoverController(SheetWork):
    """Packs, unpacks and takes models in; a thread reads and writes."""

    def __init__(self, overlays: Overlays, context: AppContext, projects: Projects) -> None:
        super().__init__(overlays, context, projects, "handover")

    # --- handing over ---------------------------------------------------------------------------

    def offer(self) -> None:
        """Ask what of the open project goes along."""
        session = self._ready(tr("The project was not handed over"))
        if session is None:
            return
        project = session.folder
        title = tr("Hand over “{name}”", name=session.manifest.name)
        self._looking.begin(title, tr("Looking what there is …"))

        def take(plan: HandOver | str) -> None:
            self._looking.end()
            if isinstance(plan, str):
                self._context.say("bad", plan)
            elif self._open_folder() == project:
                self._ask(plan, title)

        self._looker.start(lambda thread: unless_stopped(
            lambda: plan_handover(project, lambda: thread.stopping), project.name), take)

    def _ask(self, plan: HandOver, title: str) -> None:
        name, foot = NameField(self._context, at_once=False), HandoverFoot()
        page = HandoverPage(plan, name)

        def go(sheet: Sheet) -> None:
            name.keep()
            self._choose(plan, page, sheet)

        self._lay_over(title, page, foot, go)
        page.changed.connect(lambda: foot.show_chosen(page))
        foot.show_chosen(page)

    def _choose(self, plan: HandOver, page: HandoverPage, sheet: Sheet) -> None:
        """Ask for the file, and write it."""
        settings = self._context.settings
        before = Path(str(settings.value(_PLACE, str(plan.project.parent))))
        plain, unasked = QFileDialog.Option(0), QFileDialog.Option.DontConfirmOverwrite
        chosen, _ = QFileDialog.getSaveFileName(
            self._overlays.over, tr("Name the ZIP file"), str(before / f"{plan.project.name}.zip"),
            tr("ZIP files (*.zip)"), options=plain if page.shares == 1 else unasked)
        if not chosen:
            return
        out = Path(chosen)
        if out.suffix.lower() != ".zip":
            out = out.with_name(f"{out.name}.zip")
            if out.exists():  # nobody was asked about that one
                self._context.say("warn", tr("There is a file “{name}” already: choose another "
                                             "name.", name=out.name))
                return
        settings.setValue(_PLACE, str(out.parent))
        runs, samples, labels = page.runs.selection, page.samples, page.labels
        others, names = page.others, page.people_names
        people, unlabelled, common = page.shares, page.unlabelled, page.shared
        plan = plan if page.who else plan.without_names()
        sheet.close_sheet()

        def write(progress: ProgressCallback, stopped: Cancelling) -> int:
            if people == 1:
                return write_handover(plan, out, runs, samples=samples, labels=labels,
                                      others=others, progress=progress, cancelled=stopped)
            shares = shares_of(plan, people, unlabelled=unlabelled, common=common, names=names,
                               cancelled=stopped)
            return write_shares(shares, out, runs, progress=progress, cancelled=stopped)

        self._work(
            tr("Handing over"), tr("Packing …"), write,
            lambda found: self._written(out if people == 1 else share_path(out, 1), found, people),
            about=out.name, cancelled=tr("Packing was cancelled; nothing was written."),
            said=packed_words)

    def _written(self, out: Path, found: int, people: int) -> None:
        size = megabytes(found)
        say_saved(self._context, tr(
            "Saved {name} ({size}). Whoever gets it drops it on Workbench.", name=out.name,
            size=size) if people == 1 else tr(
            "Saved {files} ({size}), the first as {name}. They send back their labels alone, or "
            "all.", files=count(people, "file"), size=size, name=out.name), out)

    # --- what came ------------------------------------------------------------------------------

    def choose_archive(self, then: Callable[[Path], object]) -> None:
        """Ask for a ZIP file, and give it to ``then``."""
        name, _ = QFileDialog.getOpenFileName(
            self._overlays.over, tr("A project as a ZIP file"), self._before(),
            tr("ZIP files (*.zip)"))
        if name:
            self._context.settings.setValue(_PLACE, str(Path(name).parent))
            then(Path(name))

    def choose_models(self) -> None:
        """Ask for models from elsewhere, and take them in."""
        name, _ = QFileDialog.getOpenFileName(
            self._overlays.over, tr("A ZIP file of a project, or best.safetensors of a training"),
            self._before(), tr("Models (*.zip *.safetensors)"))
        if name:
            path = Path(name)
            self._context.settings.setValue(_PLACE, str(path.parent))
            self.bring(path if is_archive(path) else path.parent)

    def _before(self) -> str:
        return str(self._context.settings.value(_PLACE, str(Path.home())))

    def is_for_us(self, paths: Sequence[Path]) -> bool:
        """Whether what was dropped may be a project as a file, or is a run."""
        return len(paths) == 1 and (is_archive(paths[0]) or (
            self._context.session is not None and holds_models(paths[0])))

    def take(self, path: Path, otherwise: Callable[[], object]) -> None:
        """Ask what becomes of a project that came as a file, or of a run; ``otherwise`` is done
        with an archive of anything else."""
        if not is_archive(path):
            self.bring(path)
            return

        def taken(inside: Inside | None) -> None:
            if inside is None:
                otherwise()
            elif self._context.session is None and inside.files:
                self.open(path, inside.name)
            elif self._context.session is None:
                self._context.say("info", tr("{name} holds only models: open the project that they "
                                             "are for first.", name=path.name))
            else:
                self._ask_about(path, inside, otherwise)

        self._looker.start(lambda _thread: look_inside(path), taken)

    def _ask_about(self, path: Path, inside: Inside, otherwise: Callable[[], object]) -> None:
        session = self._context.session
        assert session is not None
        compare = partial(self._context.go, "data", DataTarget("agreement", other=path))
        if not inside.files:
            self.bring(path)
            return
        if not (inside.samples or inside.runs or inside.video_labels):
            compare()
            return
        page = ArrivedPage(self._offers(session, path, inside, compare, otherwise))
        sheet = self._overlays.lay_over(tr("{file} holds the project “{name}”", file=path.name,
                                           name=inside.name), page)

        def do(act: Callable[[], object]) -> None:
            sheet.close_sheet()
            act()

        page.chosen.connect(do)
        page.buttons[0].setFocus(Qt.FocusReason.OtherFocusReason)

    def _offers(self, session: Session, path: Path, inside: Inside, compare: Callable[[], object],
                otherwise: Callable[[], object]) -> list[Offer]:
        """What can be done with what came."""
        name, sounds = session.manifest.name, medium_of(session) == "sounds"
        samples = several("sound") if sounds else several("image")
        offers = [
            Offer("compare", tr("Bring their labels in…"), tr(
                "For {samples} that are in “{name}”, too: take the labels of those that only they "
                "have labelled, and see where you disagree.", samples=samples, name=name), compare),
            Offer("download", tr("Add their {samples}…", samples=samples), tr(
                "Those that “{name}” does not have come with their labels. Labels that are here "
                "stay as they are.", name=name), otherwise),
            Offer("folder-open", tr("Open it as a project of its own…"), tr(
                "It becomes a new folder. “{name}” stays as it is.", name=name),
                partial(self.open, path, inside.name))]
        if not inside.samples:
            offers = offers[:1]
        elif inside.samples == inside.videos:  # there are no images to add
            del offers[1]
        if not sounds and len(session.index) == 0:  # nothing to compare
            offers = offers[1:]
        if inside.video_labels:
            offers.insert(0, Offer("play", tr("Take their tracks and events"), tr(
                "For videos that are in “{name}”, too, and have none. Yours stay as they are.",
                name=name), partial(self._take_video_labels, path)))
        if inside.runs:
            offers.insert(1, Offer("spark", tr("Add {models}", models=count(
                len(inside.runs), "model")), tr(
                "Listed in Train, Results and Predict, with where it is from."),
                partial(self.bring, path)))
        return offers

    def open(self, path: Path, project: str) -> None:
        """Make a project of an archive that is called ``project`` in it, in a folder that a person
        names, and open it."""
        if self._worker.busy:
            return
        name, _ = QFileDialog.getSaveFileName(
            self._overlays.over, tr("Name a folder for the project"),
            str(_free_folder(path.parent / project)), "",
            options=QFileDialog.Option.DontConfirmOverwrite)
        if not name:
            return
        folder = Path(name)

        def opened(found: HandedOver | None) -> None:
            self._projects.open(folder)
            if found is not None and found.meant_for:
                self._ask_name(found.meant_for)

        def unpack(progress: ProgressCallback, stopped: Cancelling) -> HandedOver | None:
            unpack_project(path, folder, progress, stopped)
            return read_handed_over(folder)

        self._work(tr("Unpacking {name}", name=path.name), tr("Unpacking …"), unpack, opened,
                   about=path.name, cancelled=tr("Unpacking was cancelled; nothing was kept."),
                   said=packed_words)

    def _ask_name(self, name: str) -> None:
        """Offer to keep the name that somebody gave this copy with what is labelled in it."""
        if not person_name(self._context):
            self._context.say("info", tr(
                "This copy was made for “{name}”. Shall that name be kept with what you label?",
                name=name), tr("Keep the name"), lambda: say_name(self._context, name), stays=True)

    def _take_video_labels(self, path: Path) -> None:
        """Take tracks and events of videos from an archive into the open project."""
        project = self._open_folder()

        def take(found: VideoLabels | str) -> None:
            session = self._context.session
            if session is None or session.folder != project:
                return
            if isinstance(found, str):
                self._context.say("bad", found)
                return
            try:
                taken = take_video_labels(session, found)
            except WorkbenchError as error:
                self._context.say("bad", error.sentence())
                return
            left = taken.both or taken.missing or taken.problems
            self._context.say("warn" if left else "ok", taken.words(), stays=bool(left))

        self._looker.start(lambda _thread: or_sentence(lambda: read_video_labels(path),
                                                       path.name), take)

    # --- models ---------------------------------------------------------------------------------

    def bring(self, source: Path) -> None:
        """Take the models of a run, a project or an archive into the open project."""
        session = self._context.session
        if session is None or self._worker.busy:
            return
        project = session.folder
        self._work(
            tr("Adding models"), tr("Copying …"),
            lambda progress, stopped: bring_models(project, source, progress, stopped),
            lambda found: self._brought(project, found), about=source.name,
            cancelled=tr("Nothing was added."), said=model_words)

    def _brought(self, project: Path, found: Brought) -> None:
        if found.runs and self._open_folder() == project:
            self._context.go("train", RunTarget(found.runs[-1].name))
        tone: Tone = "warn" if found.problems else "ok" if found.runs else "info"
        undo = partial(self._take_away, project, found.runs) if found.runs else None
        self._context.say(tone, found.words(), tr("Undo") if undo else "", undo)

    def _take_away(self, project: Path, runs: Sequence[RunFolder]) -> None:
        try:
            for run in runs:
                run.delete()
        except WorkbenchError as error:
            self._context.say("bad", error.sentence())
            return
        if self._open_folder() == project:
            self._context.go("train", RunTarget(""))
        self._context.say("info", tr("{models} in the trash.", models=count(
            len(runs), "model is", "models are")))


def _free_folder(folder: Path) -> Path:
    """The folder, or one beside it with a number, that is not there yet."""
    number = 2
    found = folder
    while found.exists():
        found, number = folder.with_name(f"{folder.name} {number}"), number + 1
    return found


def packed_words(done: int, total: int) -> str:
    """ "120 MB of 400 MB"."""
    return tr("{done} of {total}", done=megabytes(done), total=megabytes(total))


def model_words(done: int, total: int) -> str:
    """ "1 of 3 models"."""
    return tr("{done:,} of {total:,} models", done=done, total=total)
