"""ZIP archives come in as they are; what is made to harm is refused in one sentence."""

from __future__ import annotations

import stat
import zipfile
from pathlib import Path

import pytest

from tests.project.helpers import labelled, png
from workbench.core.errors import FormatError, UsageError
from workbench.project.imports import archives
from workbench.project.imports.archives import is_archive, unpacked
from workbench.project.imports.images import import_dataset
from workbench.project.imports.preview import plan_import


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    """A YOLO data set in a folder, with what macOS adds."""
    path = tmp_path / "pets.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as stream:
        stream.writestr("pets/images/train/a.png", png())
        stream.writestr("pets\\labels\\train\\a.txt", "0 0.5 0.5 0.5 0.5\n0 0.5 x 0 0\n")
        stream.writestr("pets/images/train/b.png", png(seed=2))
        stream.writestr("pets/labels/train/b.txt", "0 0.5 0.5 0.5 0.5\n")
        stream.writestr("pets/data.yaml", "train: images/train\nval: images/train\nnames: [cat]\n")
        stream.writestr("__MACOSX/pets/._a.png", b"x")
        link = zipfile.ZipInfo("pets/images/train/c.png")
        link.external_attr = (stat.S_IFLNK | 0o777) << 16
        stream.writestr(link, "/etc/hostname")
    return path


def test_an_archive_is_planned_and_imported(archive: Path, tmp_path: Path) -> None:
    assert is_archive(archive)
    plan = plan_import(archive, tmp_path / "project")
    assert (plan.folder, plan.format, plan.title, plan.objects) == (
        archive, "yolo", "YOLO", {"cat": 1})
    report = import_dataset(archive, tmp_path / "project")
    assert (report.images, report.annotations, report.classes) == (2, 1, ["cat"])
    [problem] = report.problems
    assert problem.path == str(archive / "labels" / "train" / "a.txt") and problem.line == 2
    assert sorted(path.name for path in (tmp_path / "project" / "images").rglob("*.png")) == [
        "a.png", "b.png"]


def test_an_archive_of_voc_files(tmp_path: Path) -> None:
    labelled(tmp_path / "set", "a.png", ["cat"])
    with zipfile.ZipFile(tmp_path / "x.zip", "w") as stream:
        for path in (tmp_path / "set").iterdir():
            stream.write(path, path.name)
    assert plan_import(tmp_path / "x.zip", tmp_path / "p", doubts=True).objects == {"cat": 1}
    assert import_dataset(tmp_path / "x.zip", tmp_path / "p").annotations == 1


def zipped(path: Path, *names: str, data: bytes = b"x") -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as stream:
        for name in names:
            stream.writestr(name, data)
    return path


@pytest.mark.parametrize("name", ["../x.png", "/x.png", "a/../../x.png", "C:/x.png", "..\\x.png"])
def test_names_that_lead_out_are_refused(name: str, tmp_path: Path) -> None:
    path = zipped(tmp_path / "set.zip", "a.png", name)
    with pytest.raises(FormatError, match="names a file outside of it"):
        import_dataset(path, tmp_path / "project")
    assert sorted(item.name for item in tmp_path.iterdir()) == ["set.zip"]


def test_bombs_and_broken_archives_are_refused(
        tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("workbench.formats.regular_file.FREELY_UNPACKED", 1000)
    bomb = zipped(tmp_path / "bomb.zip", "a.txt", data=bytes(3_000_000))
    with pytest.raises(FormatError, match="times its size, which no data set does"):
        import_dataset(bomb, tmp_path / "project")
    monkeypatch.setattr(archives, "MOST_FILES", 1)
    with pytest.raises(FormatError, match="2 files, which are too many"), unpacked(
            zipped(tmp_path / "many.zip", "a", "b")):
        pass
    cut = tmp_path / "cut.zip"
    cut.write_bytes(bomb.read_bytes()[:-30])
    with pytest.raises(FormatError, match="cannot be unpacked"):
        import_dataset(cut, tmp_path / "project")
    (tmp_path / "no.zip").write_bytes(b"PK")
    with pytest.raises(UsageError, match="cannot be opened"):
        import_dataset(tmp_path / "no.zip", tmp_path / "project")
    assert not (tmp_path / "project").exists()


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_a_file_that_is_there_twice_is_told(tmp_path: Path) -> None:
    path = zipped(tmp_path / "set.zip", "a.png", "a.png")
    with pytest.raises(FormatError, match=r"the archive holds 'a\.png' twice"):
        import_dataset(path, tmp_path / "project")
    assert not (tmp_path / "project").exists()


def test_damaged_bytes_are_found(tmp_path: Path) -> None:
    path = tmp_path / "set.zip"
    with zipfile.ZipFile(path, "w") as stream:
        stream.writestr("a.txt", b"hello hello")
    data = path.read_bytes().replace(b"hello hello", b"hello hullo", 1)
    path.write_bytes(data)
    with pytest.raises(FormatError, match=r"cannot be unpacked .*CRC"), unpacked(path):
        pass


@pytest.mark.parametrize("names", [("a?.png",), ("a/b:c.png",), ("a /b.png",), ("con./b.png",)])
def test_names_that_windows_does_not_take_are_told_there(
        tmp_path: Path, monkeypatch: pytest.MonkeyPatch, names: tuple[str, ...]) -> None:
    path = zipped(tmp_path / "a.zip", *names)
    with unpacked(path) as folder:
        assert [file for file in folder.rglob("*") if file.is_file()]
    monkeypatch.setattr(archives, "_WINDOWS", True)
    with pytest.raises(FormatError, match="a name that Windows does not take"), unpacked(path):
        pass


def test_names_that_are_one_on_windows_are_told_there(
        tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = zipped(tmp_path / "a.zip", "a.png", "A.png")
    monkeypatch.setattr(archives, "_WINDOWS", True)
    with pytest.raises(FormatError, match="twice"), unpacked(path):
        pass


def with_bytes(path: Path, old: bytes, new: bytes) -> Path:
    """An archive with ``old`` replaced by as many bytes, as another program would write it."""
    path.write_bytes(path.read_bytes().replace(old, new))
    return path


def test_names_in_utf_8_are_read_so_also_where_the_archive_does_not_say_it(tmp_path: Path) -> None:
    mac = with_bytes(zipped(tmp_path / "mac.zip", "set/xxxa.png"), b"xxxa", "\u00fcxa".encode())
    dos = with_bytes(zipped(tmp_path / "dos.zip", "set/xxxa.png"), b"xxx", b"\x81xx")
    for path, name in ((mac, "\u00fcxa.png"), (dos, "\u00fcxxa.png")):
        with unpacked(path) as folder:
            assert [item.name for item in folder.iterdir()] == [name]


def test_damage_of_any_kind_is_told_in_one_sentence(tmp_path: Path) -> None:
    no_text = zipped(tmp_path / "text.zip", "xx\u00fc.png")
    with_bytes(no_text, "xx\u00fc".encode(), b"xx\xff\xff")
    bz2 = zipped(tmp_path / "bz2.zip", "a.png", data=b"no bz2 at all")
    data = bytearray(bz2.read_bytes())
    data[data.find(b"PK\x01\x02") + 10] = zipfile.ZIP_BZIP2
    bz2.write_bytes(data)
    for path in (no_text, bz2):
        with pytest.raises(FormatError, match="cannot be unpacked"), unpacked(path):
            pass
    with pytest.raises(FormatError, match="501 folders in each other"), unpacked(
            zipped(tmp_path / "deep.zip", "d/" * 500 + "a.png")):
        pass
    with pytest.raises(FormatError, match="twice"), unpacked(
            zipped(tmp_path / "twice.zip", "d/a.png", "d//a.png")):
        pass
    with unpacked(zipped(tmp_path / "..zip", "a.png", "b.png")) as folder:
        assert len(list(folder.iterdir())) == 2


def test_unpacking_a_large_file_can_be_stopped_and_says_how_far_it_is(tmp_path: Path) -> None:
    path = tmp_path / "film.zip"
    with zipfile.ZipFile(path, "w") as stream:
        stream.writestr("film.mp4", bytes(4_000_000))
        stream.writestr("empty.txt", "")
    told: list[tuple[int, int]] = []
    with unpacked(path, progress=lambda done, total: told.append((done, total))):
        assert told[-1] == (4_000_000, 4_000_000) and len(told) > 4
    asked = iter((False, True))
    told.clear()
    with unpacked(path, lambda: next(asked), lambda done, total: told.append((done, total))):
        assert len(told) == 1
