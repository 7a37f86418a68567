"""The doctor finds everything and changes nothing."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.conftest import shared_data
from tests.project.helpers import Owner, add_image, labelled, png
from workbench.core.errors import Problem, UsageError
from workbench.project.damage import is_cut_off
from workbench.project.doctor import doctor
from workbench.project.runs import RunFolder
from workbench.project.session import Session


def found(folder: Path) -> dict[str, list[str]]:
    """File names by kind."""
    result: dict[str, list[str]] = {}
    for problem in doctor(folder):
        assert problem.reason and problem.path, problem
        result.setdefault(problem.kind, []).append(Path(problem.path).name)
    return result


def test_a_good_project_is_clean(tmp_path: Path) -> None:
    for name in "ab":
        labelled(tmp_path, f"{name}.png", ["cat"])
    assert doctor(tmp_path) == []


def test_everything_bad_is_listed_and_nothing_changed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = labelled(tmp_path, "good.png", ["cat", "dog"]).read_text()
    labelled(tmp_path, "good2.png", ["cat", "dog"])

    def variant(name: str, old: str, new: str) -> None:
        add_image(tmp_path, f"{name}.png", seed=len(name))
        assert old in text
        (tmp_path / f"{name}.xml").write_text(text.replace(old, new, 1))

    variant("zero", "<xmax>30<", "<xmax>1<")
    variant("outside", "<xmax>30<", "<xmax>300<")
    variant("float", "<xmin>1<", "<xmin>1.5<")
    variant("difficult", "<difficult>0</difficult>", "<difficult/>")
    variant("size", "<width>64<", "<width>46<")
    variant("only", "<name>cat<", "<name>unicorn<")
    variant("case", "<name>cat<", "<name>Cat <")
    variant("case2", "<name>cat<", "<name>Cat <")
    for name, content in (("empty", b""), ("broken", b"<annotation><object>"),
                          ("number", text.replace(">30<", ">x<").encode())):
        add_image(tmp_path, f"{name}.png", seed=len(name))
        (tmp_path / f"{name}.xml").write_bytes(content)
    (tmp_path / "cut.png").write_bytes(png()[:-20])
    (tmp_path / "noise.jpg").write_bytes(b"not an image")
    (tmp_path / "orphan.xml").write_text(text)
    (tmp_path / "other.xml").write_text("<settings/>")
    add_image(tmp_path, "good.jpg")
    (tmp_path / ".workbench-0123456789abcdef.part").write_bytes(b"half")
    (tmp_path / "splits").mkdir()
    (tmp_path / "splits" / "default.json").write_text("{")
    (tmp_path / "runs" / "hollow").mkdir(parents=True)
    run = RunFolder.create(tmp_path, "x", {})
    run.write_state(state="failed", message="It ended.")
    (tmp_path / "locked").mkdir()
    real = os.scandir

    def scandir(path: str | Path) -> object:
        if str(path).endswith("locked"):
            raise PermissionError(13, "Permission denied", str(path))
        return real(path)

    monkeypatch.setattr(os, "scandir", scandir)
    before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    kinds = found(tmp_path)
    assert {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()} == before
    assert kinds.pop("zero-size-box") == ["zero.xml"]
    assert kinds.pop("unreadable-annotation") == ["broken.xml", "empty.xml", "number.xml"]
    assert kinds.pop("truncated-image") == ["cut.png"]
    assert kinds.pop("unreadable-image") == ["noise.jpg"]
    assert kinds.pop("annotation-without-image") == ["orphan.xml"]
    assert kinds.pop("one-stem") == ["good.png"]
    assert kinds.pop("leftover") == [".workbench-0123456789abcdef.part"]
    assert kinds.pop("unreadable-split") == ["default.json"]
    assert kinds.pop("broken-run") == ["hollow"]
    assert kinds.pop("failed-run") == [run.name]
    assert kinds.pop("unreadable-folder") == ["locked"]
    assert kinds.pop("size-differs") == ["size.xml"]
    assert kinds.pop("class-in-one-file") == ["only.xml"]
    assert kinds.pop("classes-alike") == ["case.xml"]
    told = {name for names in kinds.values() for name in names}
    assert told == {"outside.xml", "float.xml", "difficult.xml"}, kinds


def test_the_list_is_sorted_and_tells_lines(tmp_path: Path) -> None:
    for name in ("b", "a"):
        add_image(tmp_path, f"{name}.png")
        (tmp_path / f"{name}.xml").write_text("<annotation>\n<object>\n</annotation>")
    problems = doctor(tmp_path)
    assert [Path(problem.path).name for problem in problems] == ["a.xml", "b.xml"]
    assert problems[0].line == 3 and "line 3" in problems[0].reason
    assert problems[0].severity == "error"


def test_progress_comes_to_its_end(tmp_path: Path) -> None:
    for name in "ab":
        labelled(tmp_path, f"{name}.png", ["cat"])
    seen: list[tuple[int, int]] = []
    doctor(tmp_path, lambda done, total: seen.append((done, total)))
    assert seen == [(n, 4) for n in range(1, 5)]


def test_a_broken_manifest_and_an_empty_folder(tmp_path: Path) -> None:
    assert [problem.kind for problem in doctor(tmp_path)] == ["no-images"]
    (tmp_path / "workbench.toml").write_text("classes = 3")
    labelled(tmp_path, "a.png", ["cat"])
    assert [problem.kind for problem in doctor(tmp_path)] == ["unreadable-manifest"]
    with pytest.raises(UsageError):
        doctor(tmp_path / "nowhere")


def test_an_interrupted_step_is_told(
    tmp_path: Path, owner: Owner, open_session: Callable[[Path], Session]
) -> None:
    for number in range(50):
        labelled(tmp_path, f"{number}.png", ["cat"])
    session = open_session(tmp_path)
    owner.ready(session)
    session.rename_class("cat", "tiger")
    session.close()
    assert "unfinished-step" in found(tmp_path)
    session = open_session(tmp_path)
    reports: list[object] = []
    session.step_finished.connect(reports.append)
    owner.until(lambda: bool(reports))
    assert "unfinished-step" not in found(tmp_path), "it is finished, and can be undone"
    session.close()
    assert found(tmp_path) == {}


# Images that break off


def test_ends_of_images(tmp_path: Path) -> None:
    from PIL import Image

    picture = Image.effect_noise((64, 64), 50).convert("RGB")
    thumbnail = tmp_path / "thumbnail.jpg"
    picture.resize((16, 16)).save(thumbnail)
    for suffix in ("jpg", "png", "gif", "bmp", "webp"):
        path = tmp_path / f"a.{suffix}"
        picture.save(path)
        whole = path.read_bytes()
        assert not is_cut_off(path), suffix
        path.write_bytes(whole[:-40])
        assert is_cut_off(path), suffix
        if suffix != "bmp":
            path.write_bytes(whole + b"\0" * 5)
            assert not is_cut_off(path), suffix
    exif = Image.Exif()
    exif[0x010E] = "x" * 100
    whole_jpeg = tmp_path / "b.jpg"
    picture.save(whole_jpeg, exif=exif)
    data = whole_jpeg.read_bytes()
    # A thumbnail inside the Exif block has an end of its own, which is not the picture's.
    inside = data.replace(b"x" * 100, b"x" * 98 + b"\xff\xd9")
    whole_jpeg.write_bytes(inside[:-40])
    assert is_cut_off(whole_jpeg)
    whole_jpeg.write_bytes(data + b"a video of a camera" * 10_000)
    assert not is_cut_off(whole_jpeg)


def test_real_data() -> None:
    problems = doctor(shared_data("kangaroo"))
    assert [(Path(p.path).name, p.kind) for p in problems] == [("00090.jpg", "truncated-image")]
    kinds = {problem.kind for problem in doctor(shared_data("bccd"))}
    assert kinds == {"zero-size-box"}
    assert all(isinstance(p, Problem) and p.severity == "warning" for p in problems)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no pipes by name here")
def test_pipes_and_devices_are_named_and_hold_nothing_up(tmp_path: Path, owner: Owner) -> None:
    labelled(tmp_path, "good.png", ["cat"])
    os.mkfifo(tmp_path / "pipe.png")
    add_image(tmp_path, "b.png", seed=1)
    os.mkfifo(tmp_path / "b.xml")
    (tmp_path / "c.jpg").symlink_to("/dev/zero")
    os.mkfifo(tmp_path / "sound.wav")

    kinds = found(tmp_path)
    assert kinds["unreadable-image"] == ["c.jpg", "pipe.png"]
    assert kinds["unreadable-annotation"] == ["b.xml"]

    session = Session.open(tmp_path, post=owner.post)
    try:
        owner.ready(session)
        summary = session.index.summary("b.png")
        assert summary is not None and summary.problem is not None
        assert "b.xml could not be read: it is not a file but a pipe" in summary.problem
        assert session.document("b.png").readonly_reason is not None
        assert session.index.class_counts() == {"cat": 1}
    finally:
        session.close()


def test_labels_of_other_kinds_and_names_that_nearly_fit_are_told(tmp_path: Path) -> None:
    labelled(tmp_path, "IMG_1.JPG", ["cat"]).rename(tmp_path / "img_1.xml")
    (tmp_path / "IMG_1.txt").write_text("0 0.5 0.5 0.2 0.2\n")
    (tmp_path / "photo.jxl").write_bytes(b"x")
    problems = {problem.reason for problem in doctor(tmp_path)}
    assert problems == {
        "There is no image that belongs to img_1.xml. Should it be called like IMG_1.JPG?",
        "Not read: IMG_1.txt (1 file): labels of YOLO (text), which are not used: import them "
        "as YOLO.",
        "Not read: photo.jxl (1 file): an image of a kind that is not read (JPEG XL)."}
