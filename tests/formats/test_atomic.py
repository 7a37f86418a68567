"""A write is whole or did not happen, whatever goes wrong on the way."""

from __future__ import annotations

import errno
import os
import stat
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from workbench.core.errors import WorkbenchError
from workbench.formats import atomic
from workbench.formats.atomic import Replacement, is_leftover, new_folder, write_atomic, write_many

POSIX = pytest.mark.skipif(os.name != "posix", reason="needs POSIX permissions")


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


Write = Callable[[Path, bytes], None]


def as_one_of_many(path: Path, data: bytes) -> None:
    file = Replacement(path, data, lambda: None)
    write_many([file])
    if file.error is not None:
        raise file.error


@pytest.fixture(params=[write_atomic, as_one_of_many])
def write(request: pytest.FixtureRequest) -> Write:
    """A file is written alone, or together with others."""
    chosen: Write = request.param
    return chosen


@pytest.mark.parametrize("data", [b"", b"<annotation/>\n", bytes(range(256)) * 5000])
def test_new_and_replaced_files_hold_exactly_the_bytes(tmp_path: Path, write: Write, data: bytes,
                                                       ) -> None:
    path = tmp_path / "ünï 1.xml"
    for content in (data, b"second", data):
        write(path, content)
        assert path.read_bytes() == content
    assert names(tmp_path) == [path.name]


@POSIX
@pytest.mark.parametrize("mode", [0o600, 0o644, 0o640, 0o775])
def test_permissions_of_a_replaced_file_stay(tmp_path: Path, write: Write, mode: int) -> None:
    path = tmp_path / "a.xml"
    path.write_bytes(b"old")
    path.chmod(mode)
    write(path, b"new")
    assert stat.S_IMODE(path.stat().st_mode) == mode


@POSIX
def test_a_new_file_gets_the_usual_permissions(tmp_path: Path, write: Write) -> None:
    usual = tmp_path / "usual"
    usual.write_bytes(b"")
    write(tmp_path / "new", b"")
    assert (tmp_path / "new").stat().st_mode == usual.stat().st_mode


@POSIX
def test_a_link_stays_a_link_and_its_target_is_written(tmp_path: Path, write: Write) -> None:
    (tmp_path / "real").mkdir()
    target = tmp_path / "real" / "a.xml"
    target.write_bytes(b"old")
    link = tmp_path / "link.xml"
    link.symlink_to(Path("real") / "a.xml")
    write(link, b"new")
    assert link.is_symlink() and target.read_bytes() == b"new"
    assert names(tmp_path / "real") == ["a.xml"]
    assert names(tmp_path) == ["link.xml", "real"]


@POSIX
def test_a_link_to_nothing_makes_no_file_elsewhere(tmp_path: Path, write: Write) -> None:
    link = tmp_path / "link.xml"
    link.symlink_to(tmp_path / "later.xml")
    with pytest.raises(WorkbenchError, match="a link to a file that is not there"):
        write(link, b"new")
    assert link.is_symlink() and not (tmp_path / "later.xml").exists()


@POSIX
def test_a_link_that_points_at_itself_is_told(tmp_path: Path, write: Write) -> None:
    link = tmp_path / "link.xml"
    link.symlink_to(link)
    with pytest.raises(WorkbenchError, match=r"link\.xml: the link points at itself"):
        write(link, b"new")
    assert link.is_symlink() and names(tmp_path) == ["link.xml"]


def failing(number: int) -> object:
    def fail(*_: object) -> None:
        raise OSError(number, os.strerror(number))

    return fail


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (errno.ENOSPC, "the disk is full"),
        (errno.EDQUOT, "the disk quota is used up"),
        (errno.EROFS, "the disk is read-only"),
        (errno.EACCES, "there is no permission to write it"),
        (errno.EIO, "the disk did not take it"),
        (errno.EBUSY, "it could not be written"),
    ],
)
@pytest.mark.parametrize("step", ["write", "fsync"])
def test_a_failure_half_way_keeps_the_old_file(
    tmp_path: Path, write: Write, monkeypatch: pytest.MonkeyPatch, number: int, words: str,
    step: str,
) -> None:
    path = tmp_path / "a.xml"
    path.write_bytes(b"old")
    with monkeypatch.context() as patch:
        patch.setattr(os, step, failing(number))
        with pytest.raises(WorkbenchError) as caught:
            write(path, b"new")
    assert str(caught.value).startswith(f"a.xml: {words}")
    assert str(caught.value).endswith("The file was left as it is.")
    assert path.read_bytes() == b"old"
    assert names(tmp_path) == ["a.xml"]


def test_a_failed_rename_keeps_the_old_file(
    tmp_path: Path, write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.xml"
    path.write_bytes(b"old")
    with monkeypatch.context() as patch:
        patch.setattr(os, "replace", failing(errno.EACCES))
        patch.setattr(Path, "replace", failing(errno.EACCES))
        with pytest.raises(WorkbenchError, match="no permission"):
            write(path, b"new")
    assert path.read_bytes() == b"old"
    assert names(tmp_path) == ["a.xml"]


def test_an_interrupt_leaves_nothing_behind(
    tmp_path: Path, write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    path = tmp_path / "a.xml"
    path.write_bytes(b"old")
    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", interrupt)
        with pytest.raises(KeyboardInterrupt):
            write(path, b"new")
    assert path.read_bytes() == b"old" and names(tmp_path) == ["a.xml"]


def test_a_new_file_that_fails_does_not_exist(
    tmp_path: Path, write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", failing(errno.ENOSPC))
        with pytest.raises(WorkbenchError, match=r"the disk is full\. Nothing was written\."):
            write(tmp_path / "a.xml", b"new")
    assert names(tmp_path) == []


LIMITED = """
import resource, sys
from pathlib import Path
from workbench.core.errors import WorkbenchError
from workbench.formats.atomic import write_atomic
resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))
try:
    write_atomic(Path(sys.argv[1]), b"new" * 4096)
except WorkbenchError as error:
    print(error)
"""


@POSIX
def test_a_real_write_that_breaks_off_in_the_middle(tmp_path: Path) -> None:
    path = tmp_path / "a.xml"
    path.write_bytes(b"old" * 2000)
    done = subprocess.run(
        [sys.executable, "-c", LIMITED, str(path)], capture_output=True, text=True, check=True
    )
    assert done.stdout == (
        "a.xml: the file would be larger than is allowed here. The file was left as it is.\n"
    )
    assert path.read_bytes() == b"old" * 2000
    assert names(tmp_path) == ["a.xml"]


KILLED = """
import os, signal, sys
from pathlib import Path
from workbench.formats import atomic
os.fsync = lambda descriptor: os.kill(os.getpid(), signal.SIGKILL)
atomic.write_atomic(Path(sys.argv[1]), b"new")
"""


@POSIX
def test_a_kill_in_the_middle_keeps_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "a.xml"
    path.write_bytes(b"old")
    done = subprocess.run([sys.executable, "-c", KILLED, str(path)], check=False)
    assert done.returncode < 0
    assert path.read_bytes() == b"old"
    left = [name for name in names(tmp_path) if name != "a.xml"]
    assert left and all(is_leftover(name) for name in left)
    assert not is_leftover("a.xml")


def test_a_missing_folder_is_told(tmp_path: Path, write: Write) -> None:
    with pytest.raises(WorkbenchError, match="its folder is not there"):
        write(tmp_path / "none" / "a.xml", b"new")


def test_a_folder_in_the_way_is_told(tmp_path: Path, write: Write) -> None:
    (tmp_path / "a.xml").mkdir()
    with pytest.raises(WorkbenchError, match="there is a folder of that name"):
        write(tmp_path / "a.xml", b"new")


def test_a_name_that_is_too_long_is_told(tmp_path: Path, write: Write) -> None:
    with pytest.raises(WorkbenchError, match="its name is too long"):
        write(tmp_path / ("x" * 300), b"new")


@POSIX
def test_a_long_name_that_the_disk_allows_works(tmp_path: Path, write: Write) -> None:
    path = tmp_path / ("x" * 251 + ".xml")
    write(path, b"new")
    assert path.read_bytes() == b"new"


@POSIX
def test_a_write_protected_file_is_respected(tmp_path: Path, write: Write) -> None:
    path = tmp_path / "a.xml"
    path.write_bytes(b"old")
    path.chmod(0o444)
    with pytest.raises(WorkbenchError, match="there is no permission to write it"):
        write(path, b"new")
    assert path.read_bytes() == b"old"


@POSIX
@pytest.mark.skipif(hasattr(os, "geteuid") and os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_without_permission_is_told(tmp_path: Path, write: Write) -> None:
    folder = tmp_path / "closed"
    folder.mkdir()
    folder.chmod(0o555)
    try:
        with pytest.raises(WorkbenchError, match="there is no permission to write it"):
            write(folder / "a.xml", b"new")
    finally:
        folder.chmod(0o755)


def test_many_writers_and_readers_never_meet_a_mixture(tmp_path: Path) -> None:
    path = tmp_path / "a.xml"
    versions = [bytes([65 + i]) * (20_000 + 1000 * i) for i in range(4)]
    write_atomic(path, versions[0])
    seen: set[bytes] = set()
    done = threading.Event()

    def write(content: bytes) -> None:
        for _ in range(10):
            write_atomic(path, content)

    def read() -> None:
        while not done.is_set():
            seen.add(path.read_bytes())

    reader = threading.Thread(target=read)
    writers = [threading.Thread(target=write, args=(version,)) for version in versions]
    reader.start()
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    done.set()
    reader.join()
    assert seen <= set(versions)
    assert path.read_bytes() in versions
    assert names(tmp_path) == ["a.xml"]


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no pipes with names here")
def test_a_pipe_is_written_to_and_not_replaced(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    try:
        write_atomic(pipe, b"all of it")
        assert os.read(reader, 100) == b"all of it"
    finally:
        os.close(reader)
    assert pipe.is_fifo()
    assert [path.name for path in tmp_path.iterdir()] == ["pipe"]


@pytest.mark.parametrize("slow", [False, True])
def test_of_many_files_one_that_fails_keeps_none_of_the_others(
        tmp_path: Path, monkeypatch: pytest.MonkeyPatch, slow: bool) -> None:
    def refuse() -> None:
        raise WorkbenchError("another program changed it", path=tmp_path / "7.xml")

    if slow:  # then several are waited for at once
        monkeypatch.setattr(atomic, "_SLOW", -1.0)
    (tmp_path / "other").mkdir()
    (tmp_path / "5.xml").mkdir()
    paths = [tmp_path / ("other" if number % 2 else "") / f"{number}.xml" for number in range(20)]
    paths[5] = tmp_path / "5.xml"
    paths[7].write_bytes(b"theirs")
    files = [Replacement(path, b"%d" % number, refuse if number == 7 else lambda: None)
             for number, path in enumerate(paths)]
    write_many(files)
    told = {number: str(file.error) for number, file in enumerate(files) if file.error is not None}
    assert told == {5: "5.xml: there is a folder of that name. The file was left as it is.",
                    7: "7.xml: another program changed it."}
    assert paths[7].read_bytes() == b"theirs"
    assert all(path.read_bytes() == b"%d" % number for number, path in enumerate(paths)
               if number not in told)
    assert not any(map(is_leftover, [*names(tmp_path), *names(tmp_path / "other")]))


def test_a_file_is_renamed_only_when_all_of_it_is_on_the_disk(
        tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    synced: set[int] = set()
    real, files = os.fsync, [Replacement(tmp_path / f"{number}.xml", b"new", lambda: None)
                             for number in range(9)]

    def sync(descriptor: int) -> None:
        synced.add(os.fstat(descriptor).st_ino)
        real(descriptor)

    monkeypatch.setattr(os, "fsync", sync)
    write_many(files)
    assert synced >= {file.path.stat().st_ino for file in files}
    assert tmp_path.stat().st_ino in synced, "nor does a power cut take back the renames"


def test_a_new_folder_appears_when_all_of_it_is_written(tmp_path: Path) -> None:
    folder = tmp_path / "deep" / "new"
    with new_folder(folder, "the sample") as inside:
        (inside / "a.txt").write_text("a")
        assert not folder.exists()
    assert (folder / "a.txt").read_text() == "a"
    assert [item.name for item in folder.parent.iterdir()] == ["new"]


def test_a_new_folder_that_fails_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(WorkbenchError, match=r"cannot be written here: the disk is full"), \
            new_folder(tmp_path / "new", "the sample") as inside:
        (inside / "a.txt").write_text("a")
        raise OSError(errno.ENOSPC, "no space")
    assert list(tmp_path.iterdir()) == []
