"""Questions about folders: which one to open, record into, import, or take from the trash."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from workbench.core.background import BackgroundThread
from workbench.core.errors import FormatError, WorkbenchError
from workbench.core.text import count, listed, tr
from workbench.extension.tasks import register_bundled, tasks
from workbench.gui.app.context import AppContext, RecordTarget
from workbench.gui.app.task import medium_of, place_for, task_of
from workbench.gui.background.threads import worker

if TYPE_CHECKING:
    from workbench.gui.app.export_controller import ExportController
    from workbench.gui.app.handover_controller import HandoverController
    from workbench.gui.app.import_controller import ImportController
    from workbench.gui.app.photo_controller import PhotoController
    from workbench.gui.app.projects import Projects
    from workbench.gui.app.trash_controller import TrashController
    from workbench.gui.shell.overlays import Overlays
    from workbench.project.manifest import Manifest
    from workbench.project.session import Session
    from workbench.project.stores.adopt import Drawn

_ASKED = "labels-asked"
"""Settings below it name folders whose question is open."""


class ProjectDialogs(QObject):
    """Asks over the window; dialogs and what works behind them are made when first needed."""

    def __init__(self, overlays: Overlays, context: AppContext, projects: Projects) -> None:
        super().__init__(overlays)
        self._overlays, self._context, self._projects = overlays, context, projects
        self._looker = worker(self, "look-for-labels")
        self._forget: Callable[[], None] = lambda: None
        self._forget_photos: Callable[[], None] = lambda: None
        self._seen_photos: frozenset[str] = frozenset()
        self._offered = False
        context.session_changed.connect(self._opened)

    def _opened(self) -> None:
        """Look for labels of other programs in a folder that was opened as it is."""
        self._forget()
        self._forget_photos()
        self._seen_photos = frozenset()
        self._looker.cancel(0.0)
        if self._offered:
            self._offered = False
            self._overlays.dismiss_message()
        session = self._context.session
        if session is not None and (not session.manifest.exists or self._unanswered(session)):
            self._forget = session.index.finished.connect(lambda: self._look(session, self._offer))
        if session is not None:
            self._forget_photos = session.index.finished.connect(
                lambda: self._look_for_photos(session))

    def _look_for_photos(self, session: Session) -> None:
        """Offer to make images of RAW photos, or of microscope files, when some are there that were
        not before."""
        unread = session.index.unread
        if not self._seen_photos.issuperset({*unread.photos, *unread.stacks}):
            self._seen_photos = self._seen_photos.union(unread.photos, unread.stacks)
            self.photos.offer(session, unread)

    def make_photos(self) -> None:
        """Make JPEG images of the RAW photos of the open project."""
        session = self._context.session
        if session is not None:
            self.photos.make(session, session.index.unread.photos)

    def make_pages(self) -> None:
        """Ask which images are made of the microscope files of the open project."""
        session = self._context.session
        if session is not None:
            self.photos.ask_about_stacks(session, session.index.unread.stacks)

    def _unanswered(self, session: Session) -> bool:
        """Whether it was asked what is to become of labels in another format, and never said."""
        return session.manifest.format == "voc" \
            and self._context.settings.contains(f"{_ASKED}/{session.folder}")

    def _answered(self, folder: Path) -> None:
        self._context.settings.remove(f"{_ASKED}/{folder}")

    def _look(self, session: Session,
              then: Callable[[Path, str, str, Manifest | None, str], object]) -> None:
        """Find labels of another format, and ``then`` tell the id and title ("" for none) of it,
        the manifest to work in them as they are, and what is wrong with their files."""
        self._forget()
        folder, unanswered = session.folder, self._unanswered(session)
        fresh = not session.manifest.exists

        def work(_thread: BackgroundThread) -> tuple[str, str, Manifest | None, str]:
            from workbench.project.imports.formats import foreign_format, foreign_labels
            from workbench.project.stores.adopt import plan_adoption

            try:
                found = foreign_labels(folder) if fresh else foreign_format(folder, None, False)
            except (OSError, WorkbenchError):
                return "", "", None, ""
            if found is None:
                return "", "", None, ""
            try:
                plan = plan_adoption(folder, found.id, again=True) if fresh or unanswered else None
            except (OSError, WorkbenchError) as error:
                return found.id, found.title, None, (
                    error.sentence() if isinstance(error, FormatError) else "")
            return found.id, found.title, plan, ""

        self._looker.start(work, lambda found: then(folder, *found))

    def tell_format(self) -> None:
        """Say what the labels of the open project are kept as, and offer what can be done."""
        session = self._context.session
        if session is not None:
            self._look(session, self._tell_format)

    def _tell_format(self, folder: Path, format: str, title: str, plan: Manifest | None,
                     problem: str) -> None:
        session = self._context.session
        if session is None or session.folder != folder:
            return
        if plan is not None:
            self._offer(folder, format, title, plan, problem)
            return
        said, other = [kept_words(session)], format and format != session.manifest.format
        if other:
            said.append(tr("There are labels in another format, too ({format}); they are not "
                           "shown.", format=title))
        self._offered = True
        bring = partial(self._bring, folder, format or session.manifest.format, lambda: None)
        foreign = other or session.manifest.format != "voc"
        self._context.say("info", " ".join(said), tr("Import into a new project") if foreign
                          else "", bring if foreign else None, stays=True)

    def _bring(self, folder: Path, format: str, offer: Callable[[], object]) -> None:
        """Import into a new project, also where something was drawn meanwhile; ``offer`` asks once
        more where no folder was named for it."""
        if self.importing.into_new(folder, format):
            self._answered(folder)
        else:
            offer()

    def _offer(self, folder: Path, format: str, title: str, plan: Manifest | None,
               problem: str) -> None:
        """Ask what is to become of labels in another format."""
        if not format:
            return
        self._offered = True
        self._context.settings.setValue(f"{_ASKED}/{folder}", format)
        into_new = tr("Import into a new project")
        bring = partial(self._bring, folder, format,
                        partial(self._offer, folder, format, title, plan, problem))
        if plan is not None:
            from workbench.project.stores.chosen import left_text

            said = tr("“{name}” holds {format} labels. Edit them as they are, so that your scripts "
                      "can go on reading them, or import a copy.", name=folder.name, format=title)
            self._context.say(
                "info", f"{said} {left_text(plan)}".rstrip(),
                tr("Work in it as it is"), lambda: self._adopt(folder, plan), stays=True,
                other_text=into_new, other=bring)
            return
        words = tr("“{name}” holds labels in another format ({format}). They are shown once they "
                   "are imported.", name=folder.name, format=title)
        self._context.say("warn" if problem else "info", f"{words} {problem}".rstrip(), into_new,
                          bring, stays=True)

    def _adopt(self, folder: Path, plan: Manifest) -> None:
        """Make a project of the folder, whose labels stay as they are, and open it."""
        from workbench.project.stores.adopt import drawn_in, keep_as

        before = self._context.session
        drawn = drawn_in(before) if before is not None and before.folder == folder else {}
        if reason := self._projects.flush():  # what is written later would undo the choice
            self._context.say("bad", reason)
            return
        self._context.say("info", tr("The labels of “{name}” are being read.", name=folder.name),
                          stays=True)

        def work(_thread: BackgroundThread) -> str:
            try:
                keep_as(folder, plan)
            except WorkbenchError as error:
                return error.sentence()
            return ""

        self._looker.start(work, lambda reason: self._made(folder, drawn, reason))

    def _made(self, folder: Path, drawn: Drawn, reason: str) -> None:
        self._overlays.dismiss_message()
        if reason:
            self._context.say("bad", reason)
            return
        self._answered(folder)
        if self._projects.open(folder) and drawn and (session := self._context.session):
            if session.index.scanning:
                self._forget = session.index.finished.connect(lambda: self._add_drawn(drawn))
            else:
                self._add_drawn(drawn)

    def _add_drawn(self, drawn: Drawn) -> None:
        """What was drawn while the question was open comes along."""
        from workbench.project.stores.adopt import add_drawn

        self._forget()
        session = self._context.session
        assert session is not None
        try:
            added, left = add_drawn(session, drawn)
        except WorkbenchError as error:
            self._context.say("bad", error.sentence())
            return
        said = [tr("{objects} that you had drawn before came along.",
                   objects=count(added, "object"))] if added else []
        if left:
            said.append(tr("Kept only in Pascal VOC files, since {format} has no place for that: "
                           "{objects}.", format=session.store.title,
                           objects=count(left, "object")))
        self._context.say("warn" if left else "ok", " ".join(said))

    @cached_property
    def importing(self) -> ImportController:
        """What brings folders into the open project."""
        from workbench.gui.app.import_controller import ImportController

        return ImportController(self._overlays, self._context, self._projects)

    @cached_property
    def handover(self) -> HandoverController:
        """What hands the open project over as a file, and takes in what comes back."""
        from workbench.gui.app.handover_controller import HandoverController

        return HandoverController(self._overlays, self._context, self._projects)

    def choose_archive(self) -> None:
        """Ask for a ZIP file and take it as if it were dropped."""
        self.handover.choose_archive(lambda path: self.dropped([path]))

    def dropped(self, paths: Sequence[Path]) -> None:
        """Something was dropped on the window."""
        if self.handover.is_for_us(paths):
            self.handover.take(paths[0], lambda: self.importing.dropped(paths))
        else:
            self.importing.dropped(paths)

    @cached_property
    def photos(self) -> PhotoController:
        """What makes images of RAW photos."""
        from workbench.gui.app.photo_controller import PhotoController

        return PhotoController(self._overlays, self._context)

    @cached_property
    def exporting(self) -> ExportController:
        """What writes the open project's labels in other formats."""
        from workbench.gui.app.export_controller import ExportController

        return ExportController(self._overlays, self._context, self._projects)

    def ask_for_attributes(self) -> None:
        """Change what the open project asks of its objects."""
        from workbench.gui.app.attribute_page import ask_for_attributes

        ask_for_attributes(self._overlays, self._context)

    def ask_for_key_points(self) -> None:
        """Name the key points of classes."""
        from workbench.gui.app.skeleton_page import ask_for_key_points

        ask_for_key_points(self._overlays, self._context)

    def show_split(self) -> None:
        """Show how samples are split, and what is kept together."""
        from workbench.gui.app.split_page import show_split

        show_split(self._overlays, self._context)

    @cached_property
    def trash(self) -> TrashController:
        """Brings back what was deleted from the open project, or deletes it for good."""
        from workbench.gui.app.trash_controller import TrashController

        return TrashController(self._overlays, self._context)

    def import_folders(self, paths: Sequence[Path]) -> None:
        """Bring folders into the open project."""
        self.importing.bring(paths)

    def choose_folder(self) -> None:
        """Ask for a folder and open it."""
        from PySide6.QtWidgets import QFileDialog

        folder = QFileDialog.getExistingDirectory(self._overlays.over, tr("Open a folder"),
                                                  str(self._folder()))
        if folder:
            self._remember(Path(folder))
            self._projects.open(Path(folder))

    def new_recording(self) -> None:
        """Record in the open project where it is about sounds, else in a folder that is named."""
        session = self._context.session
        if session is not None and medium_of(session) == "sounds":
            self._context.go(place_for("sounds"), RecordTarget())
            return
        from PySide6.QtWidgets import QFileDialog

        name, _ = QFileDialog.getSaveFileName(
            self._overlays.over, tr("New recording: name a folder for the sounds"),
            str(self._folder() / "recordings"), "", options=QFileDialog.Option.DontConfirmOverwrite)
        if name:
            self._remember(Path(name))
            self._projects.record_into(Path(name))

    def stop(self) -> None:
        """The program ends."""
        self._looker.cancel(0.0)
        if "importing" in self.__dict__:
            self.importing.stop()
        if "exporting" in self.__dict__:
            self.exporting.stop()
        if "handover" in self.__dict__:
            self.handover.stop()
        if "photos" in self.__dict__:
            self.photos.stop()

    def _folder(self) -> Path:
        return Path(str(self._context.settings.value("open/folder", str(Path.home()))))

    def _remember(self, chosen: Path) -> None:
        self._context.settings.setValue("open/folder", str(chosen.parent))


def kept_words(session: Session) -> str:
    """What the labels of a project are on the disk, as a sentence."""
    register_bundled()
    task = tasks.get(task_of(session))
    if task.medium == "sounds":
        return tr("Labels are Raven tables (.txt) beside the sounds.")
    if task.open_labels:
        return tr("Labels are the folders' names and labels.csv.")
    manifest = session.manifest
    if manifest.format == "yolo":
        return tr("Labels are YOLO files (.txt), edited in place; {file} numbers the classes.",
                  file=manifest.labels.get("classes") or "data.yaml")
    if manifest.format == "coco":
        from workbench.project.stores.chosen import left_text

        said = tr("Labels are COCO files, edited in place: {files}.",
                  files=listed(manifest.labels.get("files", ())))
        return f"{said} {left_text(manifest)}".rstrip()
    return tr("Labels are Pascal VOC files (.xml) {where}.",
              where=tr("in “{folder}”", folder=manifest.annotations) if manifest.annotations
              else tr("beside the images"))
