"""Opening and closing projects, and the list of those that were open lately."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QGuiApplication

from workbench.core.errors import WorkbenchError
from workbench.core.paths import is_file, is_folder
from workbench.core.text import count, tr
from workbench.core.video import is_video
from workbench.formats.atomic import disk_reason
from workbench.gui.app.context import AddTarget, AppContext, ImageTarget, RecordTarget
from workbench.gui.app.folder_watch import FolderWatch
from workbench.gui.app.task import medium_of, place_for
from workbench.gui.background.gui_thread import GuiThreadCaller
from workbench.gui.background.threads import worker
from workbench.media.images.raw_kinds import RAW_PHOTOS
from workbench.media.images.stack_kinds import UNSHOWN_SUFFIXES
from workbench.project.folder_identity import FolderGoneError
from workbench.project.task import has_videos, is_sound

if TYPE_CHECKING:
    import subprocess

    from workbench.project.manifest import Manifest
    from workbench.project.recent import RecentProject
    from workbench.project.session import Session

FLUSH_SECONDS = 5.0
"""How long another project waits for the edits of the open one to reach the disk."""


class Projects(QObject):
    """Keeps :attr:`AppContext.session`.

    Parameters
    ----------
    context
        Whose session it is.
    remember
        Whether opened projects go to the person's list; otherwise there is none (pictures, demo).
    starting
        Whether a folder that is opened is looked through only after :meth:`started`.
    """

    recent_changed = Signal()
    """:attr:`recent` is another list."""
    sample_progress = Signal(str)
    """(words) the sample project is being made; "" when that has ended. :attr:`sample_words` are
    the last ones."""

    def __init__(self, context: AppContext, *, remember: bool = True,
                 starting: bool = False) -> None:
        super().__init__()
        self._starting = starting
        self._keeps_list = remember
        self._context = context
        self._sample_worker = worker(self, "sample")
        self._reader = worker(self, "labels")
        self._converting = worker(self, "sounds-to-convert")
        self._session_post: GuiThreadCaller | None = None
        self.sample_words = ""
        self._forget_look: Callable[[], None] = lambda: None
        self._forget_sounds: Callable[[], None] = lambda: None
        self._forget_videos: Callable[[], None] = lambda: None
        self._sample_process: subprocess.Popen[str] | None = None
        self._place = ""
        self._watch = FolderWatch(self)
        context.place_requested.connect(self._note_place)
        application = QGuiApplication.instance()
        if isinstance(application, QGuiApplication):
            application.applicationStateChanged.connect(self._look_again)

    def _look_again(self, state: Qt.ApplicationState) -> None:
        """Somebody comes back to the window: other programs may have changed files meanwhile."""
        session = self._context.session
        if state != Qt.ApplicationState.ApplicationActive or session is None:
            return
        session.outside.look()
        if not session.index.scanning and not session.index.summarizing:
            session.index.refresh()

    # Recent projects

    @property
    def recent(self) -> list[RecentProject]:
        """The last one opened first."""
        from workbench.project.recent import recent_projects

        return recent_projects() if self._keeps_list else []

    def forget(self, folder: Path) -> None:
        """Take a project off the list; nothing else happens to it."""
        from workbench.project.recent import forget_project

        forget_project(folder)
        self.recent_changed.emit()

    def _remember(self) -> None:
        from workbench.project.recent import remember_project

        session = self._context.session
        if session is None or not self._keeps_list:
            return
        keys = session.index.keys()
        picture = str(session.index.path(keys[0])) if keys else ""
        known = next((item for item in self.recent if item.path == session.folder), None)
        sounds = len(session.sounds) if medium_of(session) == "sounds" else 0
        if sounds and session.sounds.scanning and known:  # not all are found yet
            sounds = max(sounds, known.sounds)
        films = session.videos_if_read
        videos = 0 if films is None else len(films)
        if known and (films is None or films.scanning):
            videos = max(videos, known.videos)
        remember_project(session.folder, session.manifest.name, images=len(keys), picture=picture,
                         sounds=sounds, videos=videos)
        self.recent_changed.emit()

    def _listed(self) -> None:
        """The images were found; sounds, where it is about them, are found at their own time."""
        session = self._context.session
        if session is not None and medium_of(session) == "sounds":
            self._forget_sounds()
            self._forget_sounds = session.sounds.finished.connect(self._remember)
        self._remember()

    # Opening and closing

    def open_paths(self, paths: Sequence[str | Path]) -> bool:
        """Open what was dropped or named: a folder, or the folder of an image and that image."""
        for item in paths:
            path = Path(item)
            if is_folder(path):
                return self.open(path)
            if is_file(path):
                shown = path.suffix.lower() not in RAW_PHOTOS.keys() | UNSHOWN_SUFFIXES
                return self.open(project_folder(path), image=path if shown else None)
        if paths:
            self._context.say("bad", tr("{name} is no longer there.", name=Path(paths[0]).name))
        return False

    def open(self, folder: Path, *, image: Path | None = None, force: bool = False,
             read: bool = False) -> bool:
        """Open ``folder`` (at ``image``) instead of the project that is open now.

        The new one is opened first: if that fails, or if edits of the old one cannot be written,
        the old one stays and the person is told. ``force`` leaves such edits behind; large files
        of labels are ``read`` in the background, and then it is opened.
        """
        from workbench.project.manifest import Manifest
        from workbench.project.session import Session

        context = self._context
        self._reader.cancel(0.0)
        self._converting.cancel(0.0)
        manifest = Manifest.load(folder)
        if not self._may_go_outside(manifest, folder, image) or not (read or self._is_read(
                manifest, folder, lambda: self.open(folder, image=image, force=force, read=True))):
            return False
        post = GuiThreadCaller(self)
        try:
            if not force and not self._flushed(lambda: self.open(folder, image=image, force=True)):
                return False
            session = Session.open(folder, post=post, hold=self._starting)
        except WorkbenchError as error:
            context.say("bad", error.sentence())
            self.recent_changed.emit()  # one that has gone shows so
            return False
        self.close(announce=False)
        self._session_post = post
        context.session = session
        self._watch.follow(session)
        context.log.add("info", tr("Opened {folder}", folder=session.folder))
        session.index.finished.connect(self._listed)
        self._forget_look = session.index.finished.connect(self._look_for_sounds)
        context.session_changed.emit()
        key = _key(session.folder, image) if image is not None else None
        medium = medium_of(session)
        if image is not None:
            medium = "sounds" if is_sound(image) else "images"
        video = image is not None and is_video(image)
        context.go("videos" if video else place_for(medium, session),
                   ImageTarget(key) if key else None)
        session.folder_there_changed.connect(lambda there: self._folder_seen(session, there))
        if session.other is not None:
            context.say("warn", tr("{name} is also open {words}. "
                                   "Where both change the same file, you are asked which version "
                                   "to keep.",
                                   name=session.manifest.name, words=session.other.words()))
        return True

    def _is_read(self, manifest: Manifest, folder: Path, then: Callable[[], object]) -> bool:
        """Whether a project can be opened at once; else ``then`` is called when it can."""
        from workbench.project.stores.chosen import is_slow, store_of

        if not is_slow(folder, manifest):
            return True
        self._context.say("info", tr("The labels of “{name}” are being read.", name=folder.name))
        self._reader.start(lambda _thread: store_of(folder, manifest), lambda _store: then())
        return False

    def _may_go_outside(self, manifest: Manifest, folder: Path, image: Path | None) -> bool:
        """Whether the project's files lie in its folder, or a person agreed that they do not.

        A project that somebody sent could otherwise have any folder of this computer changed.
        """
        out = ", ".join(manifest.outside(folder)) if manifest.exists else ""
        remembered = f"outside/{folder}"
        if not out or self._context.settings.value(remembered) == out:
            return True

        def agreed() -> None:
            self._context.settings.setValue(remembered, out)
            self.open(folder, image=image)

        self._context.say(
            "warn", tr("The images or labels of {name} lie outside its folder ({out}). "
                       "Labels there would be changed.",
                       name=folder.name, out=out), tr("Open anyway"), agreed)
        return False

    def started(self) -> None:
        """The first image is painted."""
        self._starting = False
        if self._context.session is not None:
            self._context.session.index.go_on()

    def open_new(self, folder: Path) -> bool:
        """Open ``folder``, which is made where there is none."""
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            self._context.say("bad", tr("{folder} could not be made: {disk_reason}.",
                                        folder=folder, disk_reason=disk_reason(error)))
            return False
        return self.open(folder)

    def record_into(self, folder: Path) -> bool:
        """As :meth:`open_new`, and be ready to record."""
        opened = self.open_new(folder)
        if opened:
            self._context.go(place_for("sounds"), RecordTarget())
        return opened

    def _note_place(self, place: str, _target: object) -> None:
        self._place = place

    def _folder_seen(self, session: Session, there: bool) -> None:
        if there:
            self._context.say("ok", tr("The folder “{name}” is back.", name=session.folder.name))
        else:
            self._context.say("bad", str(FolderGoneError.of(session.folder)))

    def _look_for_sounds(self) -> None:
        """The folder was looked through once: where it holds nothing but sounds, or videos, show
        these, and where its images are labelled in another place, that."""
        self._forget_look()
        session = self._context.session
        if session is not None and not len(session.index):
            self._offer_to_convert(session)
        videos = session is not None and has_videos(session.folder)
        if videos and session is not None:  # looked for from now on: classes are renamed there, too
            self._forget_videos()
            self._forget_videos = session.videos.finished.connect(self._remember)
        bare = session is not None and not len(session.index)
        if bare and self._place == place_for("images") and medium_of(session) == "sounds":
            self._context.go(place_for("sounds"))
        elif bare and videos and self._place == place_for("images", session):
            self._context.go("videos")
        elif session is not None and self._place == place_for("images") \
                and place_for("images", session) != self._place:
            self._context.go(self._place)  # the window shows the one of the task

    def _offer_to_convert(self, session: Session) -> None:
        """Say which recordings are of a kind that is not read, and offer to make FLAC of them."""
        from workbench.media.conversion_kinds import RECORDINGS
        from workbench.project.imports.sounds import to_convert

        def offer(files: list[Path]) -> None:
            if files and self._context.session is session:
                self._context.say(
                    "info", tr("{kinds} recordings cannot be labelled as they are. Make FLAC files "
                               "of {sounds}? The recordings stay.",
                               sounds=count(len(files), "sound"), kinds=RECORDINGS.names(files)),
                    tr("Make FLAC files"),
                    lambda: self._context.go("audio", AddTarget(tuple(files))), stays=True)

        self._converting.start(lambda _thread: to_convert(session.folder), offer)

    def close(self, *, announce: bool = True) -> bool:
        """Close the open project; return whether all its edits are on the disk."""
        session = self._context.session
        if session is None:
            return True
        self._remember()
        session.index.finished.disconnect(self._listed)
        self._forget_look()
        self._forget_sounds()
        self._forget_videos()
        self._watch.follow(None)
        self._context.session = None
        if announce:
            self._context.session_changed.emit()
        done = session.close(FLUSH_SECONDS)
        if self._session_post is not None:
            self._session_post.close()
            self._session_post.deleteLater()
            self._session_post = None
        return done

    def flush(self) -> str:
        """Wait until the edits are on the disk; return why they are not, or ""."""
        session = self._context.session
        if session is None or session.saver.flush(FLUSH_SECONDS):
            return ""
        error = session.saver.last_error
        return error.sentence() if error is not None else tr("The disk is not answering.")

    def _flushed(self, anyway: Callable[[], object]) -> bool:
        reason = self.flush()
        if reason:
            self._context.say("bad", tr("Not everything is saved: {reason} The project stays open.",
                                        reason=reason),
                              tr("Leave it unsaved"), anyway)
        return not reason

    # The sample

    def _tell_sample(self, words: str) -> None:
        self.sample_words = words
        self.sample_progress.emit(words)

    def open_sample(self, kind: str = "images") -> None:
        """Open a sample project, a key of :data:`workbench.project.samples.SAMPLES`; made first
        where it is not there yet."""
        from workbench.project.samples import SAMPLES, sample_folder  # not before it is used

        folder = sample_folder(kind)
        if is_file(folder / "workbench.toml"):
            self.open(folder)
            return
        if self.sample_words:
            return
        self._tell_sample(tr("Making the sample {name}…", name=SAMPLES[kind].name))
        self._sample_worker.start(lambda _thread: self._make_sample(kind, folder),
                                  lambda made: self._sample_made(kind, folder, *made))

    def stop(self) -> None:
        """End what is still under way, before the program ends."""
        self._sample_worker.cancel(0.0)
        self._reader.cancel(0.0)
        self._converting.cancel(0.0)
        process = self._sample_process
        if process is not None and process.poll() is None:
            process.terminate()

    def _make_sample(self, kind: str, folder: Path) -> tuple[int, str]:
        import subprocess

        # in a process of its own: drawing keeps an interpreter busy, and this one has a window
        process = self._sample_process = subprocess.Popen(
            [sys.executable, "-m", "workbench.project.samples", kind, str(folder)],
            stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
            errors="replace")
        reason = process.communicate()[1]
        return process.returncode, reason

    def _sample_made(self, kind: str, folder: Path, code: int, reason: str) -> None:
        self._tell_sample("")
        if code == 0:
            if self.open(folder):
                from workbench.project.samples import SAMPLES

                self._context.say("info", tr(SAMPLES[kind].first), tr("Go to Train"),
                                  lambda: self._context.go("train"), stays=True, place="train")
            return
        lines = reason.strip().splitlines()
        self._context.log.add("bad", tr("The sample project could not be made."), detail=reason)
        self._context.say("bad", tr("The sample project could not be made: "
                                    "{lines}", lines=lines[-1] if lines else "it was interrupted"),
                          tr("Try again"), lambda: self.open_sample(kind))


def project_folder(image: Path) -> Path:
    """The folder to open for one image: the project that it lies in, or its own folder."""
    from workbench.project.layout import MANIFEST_NAME, find_layout

    parents = list(image.absolute().parents)
    for folder in parents[:4]:
        if is_file(folder / MANIFEST_NAME):
            return folder
    if len(parents) > 1 and find_layout(parents[1]).images == parents[0].name:
        return parents[1]
    return parents[0]


def _key(folder: Path, image: Path) -> str | None:
    try:
        return image.absolute().relative_to(folder).as_posix()
    except ValueError:
        return None
