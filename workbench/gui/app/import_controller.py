"""Importing a labelled folder into the open project: look, ask where it is needed, copy, tell."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QFileDialog

from workbench.core.background import BackgroundThread
from workbench.core.errors import WorkbenchError
from workbench.core.paths import is_file, is_folder
from workbench.core.text import count, tr
from workbench.core.video import is_video
from workbench.gui.app.context import AddTarget, DataTarget, PagesTarget, Tone
from workbench.gui.app.import_page import ImportFoot, ImportPage, problem_words
from workbench.gui.app.progress_sheet import or_sentence
from workbench.gui.app.sheet_work import SheetWork
from workbench.gui.app.task import medium_of
from workbench.gui.app.undo_action import goes_when_undone, undo_action
from workbench.media.images.stack_kinds import UNSHOWN_SUFFIXES
from workbench.media.sounds.suffixes import TAKEN
from workbench.project.edits.file_steps import ImportedFiles
from workbench.project.imports.files import missing_folders, remove_bare_project
from workbench.project.imports.formats import Converted, foreign_labels, is_label_file
from workbench.project.imports.images import import_dataset
from workbench.project.imports.preview import ImportPlan, plan_import
from workbench.project.imports.report import ImportReport
from workbench.project.imports.skipped_files import skipped_text
from workbench.project.labels_alone import are_alone
from workbench.project.layout import MANIFEST_NAME
from workbench.project.manifest import Manifest
from workbench.project.stores.adopt import adoption

if TYPE_CHECKING:
    from workbench.gui.app.context import AppContext
    from workbench.gui.app.projects import Projects
    from workbench.gui.shell.overlays import Overlays
    from workbench.gui.shell.sheets import Sheet
    from workbench.project.session import Session


class ImportController(SheetWork):
    """Brings a folder into the open project. Folders are looked at and copied by a thread."""

    def __init__(self, overlays: Overlays, context: AppContext, projects: Projects) -> None:
        super().__init__(overlays, context, projects, "import")
        self._page: ImportPage | None = None
        self._asked: ImportPlan | None = None

    def stop(self) -> None:
        super().stop()
        self._closed()

    # Choosing

    def choose(self) -> None:
        """Ask for a folder with images or sounds, and, where no project is open, for a new one."""
        settings = self._context.settings
        before = str(settings.value("open/folder", str(Path.home())))
        folder = QFileDialog.getExistingDirectory(
            self._overlays.over, tr("Import a labelled folder"), before)
        if not folder:
            return
        if self._context.session is None:
            self.into_new(Path(folder))
        else:
            self.bring([Path(folder)])

    def dropped(self, paths: Sequence[Path]) -> None:
        """Open what was dropped on the window, or ask whether to import it into the project."""
        session = self._context.session
        if session is not None and paths and all(is_video(path) for path in paths):
            self._context.go("videos", AddTarget(tuple(paths)))
        elif session is not None and paths and all(
                path.suffix.lower() in UNSHOWN_SUFFIXES for path in paths):
            self._context.go("images", PagesTarget(tuple(paths)))
        elif session is not None and medium_of(session) == "sounds" \
                and are_new_sounds(paths, session.folder):
            self._context.go("audio", AddTarget(tuple(paths)))
        elif session is not None and is_to_import(paths, session.folder):
            self.bring(paths, may_open=is_folder(paths[0]))
        elif session is None and len(paths) == 1 and (is_folder(paths[0])
                                                      or is_label_file(paths[0])):
            self._judge(paths[0])
        else:
            self._projects.open_paths(paths)

    def _judge(self, path: Path) -> None:
        """Open a folder where no project is open; what is in a format of others, and cannot be
        worked in as it is, is imported."""
        def work(_thread: BackgroundThread) -> bool:
            try:
                if is_label_file(path):
                    return True
                found = foreign_labels(path)
                return found is not None and adoption(path, found.id) is None
            except (OSError, WorkbenchError):
                return False  # told by whoever opens it

        self._looker.start(work, lambda foreign: self.into_new(path) if foreign
                           else self._projects.open_paths([path]))

    def into_new(self, path: Path, format: str | None = None) -> bool:
        """Import into a new project, whose folder a person names; ``format`` as in bring. Returns
        whether they named one.

        It is made and opened once it is clear that there is something to import.
        """
        name, _ = QFileDialog.getSaveFileName(
            self._overlays.over, tr("Name a folder for the new project"),
            str(path.parent / tr("{name} project", name=path.stem)), "",
            options=QFileDialog.Option.DontConfirmOverwrite)
        if name and not self._worker.busy:
            self._look(path, Path(name), may_open=False, format=format)
        return bool(name)

    # Looking

    def bring(self, paths: Sequence[Path], *, may_open: bool = False,
              format: str | None = None) -> None:
        """Import the folder or file of labels among ``paths``, after a question where there is a
        choice or a doubt.

        Where they are no single folder, sounds go to Audio as they are. With ``may_open`` the
        question always comes, and offers to open the folder instead. ``format`` is the id of the
        one that is meant where there may be several.
        """
        session = self._context.session
        if session is None or self._worker.busy:
            return
        if len(paths) != 1 or not (is_folder(paths[0]) or is_label_file(paths[0])):
            self._context.go("audio", AddTarget(tuple(paths)))
            return
        self._look(paths[0], session.folder, may_open=may_open, format=format)

    def _look(self, folder: Path, project: Path, *, may_open: bool, format: str | None) -> None:
        self._looking.begin(tr("Import a labelled folder"),
                            tr("Looking through “{name}” …", name=folder.name))
        self._plan(project, folder, lambda plan: self._looked(plan, may_open),
                   may_open=may_open, doubts=True, format=format)

    def _plan(self, project: Path, folder: Path, then: Callable[[ImportPlan], None], *,
              labels: str = "auto", split: str = "auto", may_open: bool = False,
              doubts: bool = False, ready: Converted | None = None,
              format: str | None = None) -> None:
        before = self._open_folder()

        def work(thread: BackgroundThread) -> ImportPlan | str | None:
            plan = or_sentence(lambda: plan_import(
                folder, project, format, labels=labels, split=split, doubts=doubts, keep=True,
                ready=ready,
                progress=self._looking.reporting(thread), cancelled=lambda: thread.stopping),
                folder.name)
            if thread.cancelled and isinstance(plan, ImportPlan):
                plan.close()  # nobody gets it
            alone = isinstance(plan, str) and project == before and are_alone(folder)
            return None if alone else plan

        def take(plan: ImportPlan | str | None) -> None:
            self._looking.end()
            if self._open_folder() != before:
                if isinstance(plan, ImportPlan):
                    plan.close()
                return
            if isinstance(plan, ImportPlan):
                then(plan)
            elif plan is None:  # labels of images that may be here
                self._context.go("data", DataTarget("agreement", other=folder))
            elif may_open:
                self._projects.open(folder)
            else:
                self._context.say("bad", plan)

        self._looker.start(work, take)

    def _looked(self, plan: ImportPlan, may_open: bool) -> None:
        if may_open or plan.asks:
            self._ask(plan, may_open)
        else:
            self._import(plan)

    # Asking

    def _ask(self, plan: ImportPlan, may_open: bool) -> None:
        session, project = self._context.session, plan.report.project
        page, foot = ImportPage(plan), ImportFoot(can_open=may_open)
        opened = session is not None and session.folder == project
        title = tr("Import “{name}” into “{name2}”", name=plan.folder.name,
                   name2=session.manifest.name if session and opened else project.name)
        sheet = self._lay_over(title, page, foot,
                               lambda sheet: self._agreed(plan, page, sheet))
        self._page = page
        self._asked = plan
        sheet.closed.connect(self._closed)
        page.chosen.connect(lambda labels, split: self._choose(plan, labels, split))
        page.read_as.connect(lambda format: self._read_as(plan, format, may_open, sheet))
        foot.open.clicked.connect(sheet.close_sheet)
        foot.open.clicked.connect(lambda: self._projects.open(plan.folder))

    def _closed(self) -> None:
        self._looker.cancel(0.0)
        self._page = None
        if self._asked is not None:
            self._asked.close()
            self._asked = None

    def _read_as(self, plan: ImportPlan, format: str, may_open: bool, sheet: Sheet) -> None:
        """Look anew, and ask again."""
        if format != plan.format:
            sheet.close_sheet()
            self._look(plan.folder, plan.report.project, may_open=may_open, format=format)

    def _choose(self, plan: ImportPlan, labels: str, split: str) -> None:
        """Show what another choice would bring."""
        def show(fresh: ImportPlan) -> None:
            if self._page is not None:
                fresh.label_doubts = plan.label_doubts
                self._page.show_plan(fresh)

        self._plan(plan.report.project, plan.folder, show, labels=labels,
                   split=split if not plan.report.of_sounds else "auto", ready=plan.own)

    def _agreed(self, plan: ImportPlan, page: ImportPage, sheet: Sheet) -> None:
        plan.label, plan.split = page.labels.selected, page.splits.selected
        plan.rename = page.classes.rename
        plan.images = page.images.selected if not plan.packed else "copy"
        self._asked = None  # what was converted is kept for the import
        sheet.close_sheet()
        self._import(plan)

    # Copying

    def _import(self, plan: ImportPlan) -> None:
        project = plan.report.project
        made: list[Path] = []
        if self._open_folder() != project:
            made = missing_folders(project)
            self._projects.open_new(project)
        session = self._context.session
        if session is None or session.folder != project:
            plan.close()
            remove_bare_project(made)
            return
        if plan.report.of_sounds:
            labels = plan.label if plan.labels else "auto"
            self._context.go("audio", AddTarget((plan.folder,), labels))
            return
        if len(session.index):
            session.manifest_changed()  # its classes keep their order before those that come
        if reason := self._projects.flush():
            plan.close()
            self._context.say("bad", tr("Nothing was imported: {reason}", reason=reason))
            return
        known = list(session.classes)
        self._working.begin(tr("Importing"), tr("Copying …"))
        self._worker.start(lambda thread: self._copy(plan, session, thread),
                           lambda report: self._copied(plan, session, known, made, report))

    def _copy(self, plan: ImportPlan, session: Session,
              thread: BackgroundThread) -> ImportReport | str:
        try:
            return or_sentence(
                lambda: import_dataset(plan.folder, session.folder, plan.format,
                                       self._working.reporting(thread), lambda: thread.stopping,
                                       split=plan.split, rename=plan.rename, ready=plan.own,
                                       images=plan.images),
                plan.folder.name)
        finally:
            plan.close()

    def _copied(self, plan: ImportPlan, session: Session, known: list[str], made: list[Path],
                report: ImportReport | str) -> None:
        self._working.end()
        if self._is_nothing(report, session, made):
            why = report if isinstance(report, str) else report.reason
            self._context.say("bad" if why else "info", tr("Nothing was imported: {reason}",
                              reason=why) if why else tr("Nothing was imported."))
            return
        if self._context.session is session and session.identity.is_there():
            self._take_in(session)
        if isinstance(report, str):
            self._context.say("bad", tr(
                "The import broke off: {reason} What came until then stays in “{name}”; import the "
                "folder again to go on from there.", reason=report, name=session.folder.name)
                if made else report)
            return
        lines = [*map(problem_words, report.problems), *report.notes,
                 *skipped_text(report.left)]
        words = stopped_words(plan, report) if report.cancelled else report.words()
        self._context.log.add("info", tr("Imported {folder}: {words}",
                                         folder=plan.folder, words=words))
        detail = "\n".join(lines)
        tone: Tone = "warn" if report.problems or report.cancelled else "ok"
        more = tr(" The Log has the details.") if lines else ""
        step = self._step(session, report, known)
        if step is not None:
            self._context.say(tone, words + more, tr("Undo"), lambda: self._take_back(*step),
                              stays=report.cancelled, detail=detail)
            goes_when_undone(self._context, *step, words + more)
        else:
            self._context.say(tone, words + more, stays=report.cancelled, detail=detail)

    def _is_nothing(self, report: ImportReport | str, session: Session, made: list[Path]) -> bool:
        """Whether an import into a new project brought nothing: then nothing of that stays."""
        if self._context.session is not session or not made or not (
                isinstance(report, str) or (report.cancelled and not report.made)):
            return False
        self._projects.close()
        if not remove_bare_project(made):
            self._projects.open(session.folder)
            return False
        self._projects.forget(session.folder)
        return True

    def _step(self, session: Session, report: ImportReport, known: list[str],
              ) -> tuple[Session, ImportedFiles] | None:
        """Make what came a step that can be undone, of the session that has the folder now."""
        now = self._context.session
        if not report.made or now is None or now.folder != session.folder:
            return None
        step = ImportedFiles(now, report.made, [name for name in now.classes if name not in known])
        now.undo.push(step)
        return now, step

    def _take_back(self, session: Session, step: ImportedFiles) -> None:
        if undo_action(self._context, session, step):
            self._context.say("ok", tr("The import was undone. Its files are in the trash."))

    def _take_in(self, session: Session) -> None:
        """Show what came: the images, and the classes that workbench.toml has by now."""
        theirs = Manifest.load(session.folder)
        if theirs.problem is not None:
            return  # told when the project is looked through
        if theirs.layout != session.manifest.layout:
            self._projects.open(session.folder)  # an empty folder has got its places
            return
        if theirs.exists:
            session.reload("")
        session.index.refresh()


def is_to_import(paths: Sequence[Path], project: Path) -> bool:
    """Whether what was dropped on the window may be meant for the open ``project``: one folder,
    which is no project itself and lies elsewhere, or one file of labels."""
    if len(paths) == 1 and is_label_file(paths[0]):
        return True
    return (len(paths) == 1 and is_folder(paths[0]) and not is_file(paths[0] / MANIFEST_NAME)
            and not paths[0].absolute().is_relative_to(project.absolute())
            and not project.absolute().is_relative_to(paths[0].absolute()))


def are_new_sounds(paths: Sequence[Path], project: Path) -> bool:
    """Whether what was dropped on the window are sounds from outside of the open ``project``."""
    return bool(paths) and all(
        path.suffix.lower() in TAKEN and is_file(path)
        and not path.absolute().is_relative_to(project.absolute()) for path in paths)


def stopped_words(plan: ImportPlan, report: ImportReport) -> str:
    """What is there after a stop."""
    images = count(report.images + report.already, "image")
    why = f": {report.reason}" if report.reason else ""
    return (tr("Import stopped after {images} of {images2:,}{why}. Import the folder "
               "again to go on from there.", images=images, images2=plan.report.images, why=why))

