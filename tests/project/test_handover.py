"""A project goes to another person as one file, and its models come back."""

from __future__ import annotations

import json
import os
import shutil
import zipfile
from pathlib import Path

import pytest

from tests.project.helpers import labelled, png
from tests.project.test_sounds import beep
from workbench.cli import main
from workbench.core.background import Cancelled
from workbench.core.errors import UsageError, WorkbenchError
from workbench.project.agreement import compare_labels
from workbench.project.handover.common import FILE
from workbench.project.handover.data_card import CARD
from workbench.project.handover.models import bring_models
from workbench.project.handover.opening import look_inside, unpack_project
from workbench.project.handover.packing import (
    HandOver,
    plan_handover,
    size_of,
    write_handover,
)
from workbench.project.handover.sharing import shares_of, write_shares
from workbench.project.library.label_sources import label_source
from workbench.project.manifest import Manifest
from workbench.project.runs import RunFolder, list_runs
from workbench.tasks.image_classification.labels import labels_by_key, write_labels


def add_run(project: Path, weights: bytes = b"weights", recipe: str = "compact-n") -> RunFolder:
    run = RunFolder.create(project, recipe, {"recipe": recipe, "task": "detection",
                                             "classes": ["cat"]})
    run.best_path.write_bytes(weights)
    run.checkpoint_path.write_bytes(b"c" * 5000)
    run.write_state(state="finished", epoch=3, metrics={"best_epoch": 2, "val": {"map": 0.5}})
    return run


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "ada" / "pets"
    labelled(folder, "monday/a.png", ["cat"])
    labelled(folder, "monday/b.png", ["cat", "dog"])
    (folder / "c.png").write_bytes(png(seed=3))
    Manifest("pets", classes=["cat", "dog"], colors={"cat": "#ff0000"}).save(folder)
    (folder / ".workbench").mkdir(exist_ok=True)
    (folder / ".workbench" / "cache").write_bytes(b"x")
    add_run(folder)
    add_run(folder, b"others")
    return folder


def files_of(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes()
            for path in sorted(folder.rglob("*")) if path.is_file()}


def test_a_project_goes_into_one_file_and_comes_out_the_same(
        project: Path, tmp_path: Path) -> None:
    plan = plan_handover(project)
    assert (plan.kinds["image"], [title[-2:] for title in plan.titles.values()], plan.notes) == (
        3, ["#2", "#1"], [])
    newest = next(iter(plan.runs))
    told: list[tuple[int, int]] = []
    out = tmp_path / "pets.zip"
    write_handover(plan, out, [newest], progress=lambda done, total: told.append((done, total)))
    assert told[-1][0] == told[-1][1] > 0
    inside = look_inside(out)
    assert inside is not None and (inside.name, inside.runs) == ("pets", (newest,))
    place = tmp_path / "ben" / "Pets of Ada"
    unpack_project(out, place)
    before, after = files_of(project), files_of(place)
    card = after.pop(CARD).decode()
    assert "| cat | 2 | 2 |" in card and "Licence" in card
    gone = {name for name in before if name not in after}
    assert gone == {name for name in before if (
        name.startswith(".workbench/") and name != FILE) or "last.ckpt" in name
                    or (name.startswith("runs/") and newest not in name)}
    changed = {name for name in after if before[name] != after[name]}
    assert changed == {f"runs/{newest}/state.json"}
    assert str(tmp_path) not in after[f"runs/{newest}/state.json"].decode()
    assert list_runs(place)[0].state["metrics"]["val"] == {"map": 0.5}


def test_parts_can_be_left_out_and_the_size_is_said_before(project: Path, tmp_path: Path) -> None:
    plan = plan_handover(project)
    (project / "big.png").write_bytes(os.urandom(100_000))
    plan = plan_handover(project)
    assert size_of(plan.chosen(())) > 100_000 > size_of(plan.chosen((), samples=False))
    (project / "c.cr2").write_bytes(b"raw")
    plan = plan_handover(project)
    assert [item.name for item in plan.others] == ["c.cr2"]
    assert "c.cr2" in {item.name for item in plan.chosen(())}
    out = tmp_path / "labels.zip"
    write_handover(plan, out, samples=False)
    with zipfile.ZipFile(out) as archive:
        names = {name.partition("/")[2] for name in archive.namelist()}
    assert names == {CARD, FILE, "workbench.toml", "monday/a.xml", "monday/b.xml"}
    write_handover(plan, tmp_path / "model.zip", plan.runs, samples=False, labels=False)
    inside = look_inside(tmp_path / "model.zip")
    assert inside is not None and (inside.files, len(inside.runs)) == (0, 2)
    with pytest.raises(WorkbenchError, match="nothing to hand over"):
        write_handover(plan, tmp_path / "none.zip", samples=False, labels=False)


def test_what_is_stopped_or_fails_leaves_the_file_that_was_there(
        project: Path, tmp_path: Path) -> None:
    out = tmp_path / "pets.zip"
    out.write_bytes(b"before")
    plan = plan_handover(project)
    with pytest.raises(Cancelled):
        write_handover(plan, out, cancelled=lambda: True)
    (project / "c.png").unlink()
    with pytest.raises(WorkbenchError, match=r"c\.png"):
        write_handover(plan, out)
    assert out.read_bytes() == b"before" and [path.name for path in tmp_path.iterdir()
                                              if path.is_file()] == ["pets.zip"]


def test_what_is_referred_to_comes_along_and_odd_names_are_told(
        project: Path, tmp_path: Path) -> None:
    (tmp_path / "elsewhere.png").write_bytes(png(seed=9))
    (project / "link.png").symlink_to(tmp_path / "elsewhere.png")
    (project / "lost.png").symlink_to(tmp_path / "gone.png")
    (project / "C.png").write_bytes(png(seed=4))
    (project / "12:30.png").write_bytes(png(seed=5))
    plan = plan_handover(project)
    notes = "\n".join(plan.notes)
    assert "lost.png" in notes and "these are one file" in notes and "C.png" in notes
    assert "Windows does not take these names: 12:30.png" in notes
    write_handover(plan, tmp_path / "pets.zip")
    unpack_project(tmp_path / "pets.zip", tmp_path / "there")
    assert not (tmp_path / "there" / "link.png").is_symlink()
    assert (tmp_path / "there" / "link.png").read_bytes() == png(seed=9)


def test_an_archive_made_by_hand_is_a_project_and_a_data_set_is_none(
        project: Path, tmp_path: Path) -> None:
    made = Path(shutil.make_archive(str(tmp_path / "by hand"), "zip", project.parent, "pets"))
    inside = look_inside(made)
    assert inside is not None and inside.name == "pets" and len(inside.runs) == 2
    with zipfile.ZipFile(tmp_path / "set.zip", "w") as archive:
        archive.writestr("a.png", png())
    assert look_inside(tmp_path / "set.zip") is None
    with pytest.raises(WorkbenchError, match="something in this folder already"):
        unpack_project(made, project)


def test_the_page_of_a_person_is_kept_and_that_of_the_program_is_made_anew(
        project: Path, tmp_path: Path) -> None:
    def card(folder: Path) -> str:
        out = tmp_path / f"{len(list(tmp_path.iterdir()))}.zip"
        write_handover(plan_handover(folder), out)
        with zipfile.ZipFile(out) as archive:
            return archive.read(f"{folder.name}/{CARD}").decode()

    (project / CARD).write_text(card(project))
    labelled(project, "d.png", ["dog"])
    assert "| dog | 2 | 2 |" in card(project)
    (project / CARD).write_text(card(project).replace("Licence, and", "CC BY. And"))
    labelled(project, "e.png", ["dog"])
    assert "| dog | 2 | 2 |" in card(project) and "CC BY" in card(project)


def test_models_of_another_copy_come_with_their_origin_and_only_once(
        project: Path, tmp_path: Path) -> None:
    copy = tmp_path / "clara" / "pets"
    shutil.copytree(project, copy)
    shutil.rmtree(copy / "runs")
    Manifest.load(copy).save(copy)
    run = add_run(copy, b"new weights")
    found = bring_models(project, copy)
    assert [item.name for item in found.runs] == [f"{run.name}-3"], "1 and 2 are other models"
    [came] = found.runs
    assert came.best_path.read_bytes() == b"new weights" and not came.checkpoint_path.exists()
    origin = came.state["origin"]
    assert (origin["project"], origin["run"], came.state["state"]) == ("pets", run.name, "finished")
    assert bring_models(project, run.path).words() == "1 model is here already."
    plan = plan_handover(copy)
    write_handover(plan, tmp_path / "model.zip", plan.runs, samples=False, labels=False)
    assert bring_models(project, tmp_path / "model.zip").already == [run.name]
    shutil.rmtree(came.path)
    assert len(bring_models(project, tmp_path / "model.zip").runs) == 1


def test_what_is_no_model_is_refused(project: Path, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no trained model"):
        bring_models(project, tmp_path / "ada")
    with pytest.raises(UsageError, match="own"):
        bring_models(project, project)
    other = tmp_path / "other"
    other.mkdir()
    run = add_run(other)
    config = json.loads((run.path / "config.json").read_text())
    (run.path / "config.json").write_text(json.dumps({**config, "task": "of-a-plugin"}))
    found = bring_models(project, other)
    assert not found.runs and "of-a-plugin" in found.words()


def test_the_work_is_divided_and_labels_of_others_stay(tmp_path: Path) -> None:
    folder = tmp_path / "wild"
    for number in range(10):
        (folder / "images").mkdir(parents=True, exist_ok=True)
        (folder / "images" / f"{number}.png").write_bytes(png(seed=number))
    labelled(tmp_path, "x.png", ["cat"])
    (folder / "annotations").mkdir()
    (tmp_path / "x.xml").rename(folder / "annotations" / "3.xml")
    Manifest("wild", images="images", annotations="annotations").save(folder)
    (folder / "splits").mkdir()
    (folder / "splits" / "default.json").write_text("{}")
    plan = plan_handover(folder)

    def names(share: HandOver) -> set[str]:
        return {item.name for item in share.chosen(())}

    first, second = map(names, shares_of(plan, 2))
    assert first == {"workbench.toml", "annotations/3.xml", *(f"images/{n}.png" for n in range(5))}
    assert second == {"workbench.toml", *(f"images/{n}.png" for n in range(5, 10))}
    three = [names(share) for share in shares_of(plan, 3, unlabelled=True, common=3)]
    assert not any("images/3.png" in one for one in three)
    common = set.intersection(*three) - {"workbench.toml"}
    assert len(common) == 3 and [len(one) for one in three] == [6, 6, 6]
    with pytest.raises(UsageError, match="only 10 images to divide among 11"):
        shares_of(plan, 11)
    write_shares(shares_of(plan, 2), tmp_path / "w.zip")
    unpack_project(tmp_path / "w-2.zip", tmp_path / "ben")
    assert len(list((tmp_path / "ben" / "images").iterdir())) == 5
    with pytest.raises(UsageError, match=r"w-1\.zip: there is a file of that name"):
        write_shares(shares_of(plan, 2), tmp_path / "w.zip")
    second_begun = iter(lambda: (tmp_path / "x-1.zip").is_file(), None)
    with pytest.raises(Cancelled):
        write_shares(shares_of(plan, 2), tmp_path / "x.zip", cancelled=lambda: next(second_begun))
    assert not list(tmp_path.glob("x*.zip"))


def test_an_archive_with_a_nameless_file_is_looked_at_as_any_other(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "odd.zip", "w") as archive:
        archive.writestr("pets/workbench.toml", "")
        archive.writestr(".", "x")
    inside = look_inside(tmp_path / "odd.zip")
    assert inside is not None and (inside.name, inside.files) == ("pets", 1)


def test_the_shell_packs_unpacks_and_brings_models(
        project: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "out.zip"
    assert main(["pack", str(project), "--out", str(out), "--check"]) == 0
    assert "3 images, labels, model" in capsys.readouterr().out and not out.exists()
    assert main(["pack", str(project), "--out", str(out), "--run", "all"]) == 0
    assert main(["pack", str(project), "--out", str(out)]) == 2
    assert main(["pack", str(project), "--out", str(out), "--people", "2", "--run", "none"]) == 0
    assert "out-2.zip: 2 images" in capsys.readouterr().out
    assert main(["unpack", str(out), "--out", str(tmp_path / "there")]) == 0
    assert len(list_runs(tmp_path / "there")) == 2
    empty = tmp_path / "empty"
    labelled(empty, "a.png", ["cat"])
    capsys.readouterr()
    assert main(["bring-models", str(empty), str(out), "--json"]) == 0
    assert len(json.loads(capsys.readouterr().out)["runs"]) == 2 == len(list_runs(empty))


@pytest.mark.parametrize("words, said", [
    (["--names", "Kim,Lee"], "among how many people with --people"),
    (["--unlabelled"], "among how many people with --people"),
    (["--people", "2", "--names", "Kim,Lee,Max"], "--names gives 3 names to 2 people"),
    (["--people", "-2"], "--people begins with 1"),
    (["--people", "2", "--common", "-1"], "--common with 0"),
])
def test_options_that_would_do_nothing_are_refused(
        project: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], words: list[str],
        said: str) -> None:
    assert main(["pack", str(project), "--out", str(tmp_path / "out.zip"), *words]) == 2
    assert said in capsys.readouterr().err and not list(tmp_path.glob("*.zip"))


def test_classes_of_folders_are_the_same_in_each_share(tmp_path: Path) -> None:
    for number in range(8):
        place = tmp_path / "ants" / "images" / ("ant" if number < 4 else "bee")
        place.mkdir(parents=True, exist_ok=True)
        (place / f"{number}.png").write_bytes(png(seed=number))
    folder = tmp_path / "ants"
    Manifest("ants", images="images", task="image-classification").save(folder)
    before = files_of(folder)
    write_shares(shares_of(plan_handover(folder), 2), tmp_path / "w.zip")
    first = tmp_path / "kim"
    unpack_project(tmp_path / "w-1.zip", first)
    assert Manifest.load(first).classes == ["ant", "bee"]
    assert labels_by_key(first) == {f"images/ant/{n}.png": ("ant",) for n in range(4)}
    write_labels(first, {"images/ant/1.png": "bee"})
    write_handover(plan_handover(first), tmp_path / "back.zip", samples=False)
    found = compare_labels(folder, tmp_path / "back.zip")
    assert found.since is not None
    assert (list(found.since.theirs), found.since.ours, list(found.since.both)) == (
        ["images/ant/1.png"], [], [])
    (folder / ".workbench" / "handed-over.json").unlink()
    assert {name: data for name, data in files_of(folder).items()
            if not name.startswith(".workbench")} == before


def test_a_share_of_sounds_is_labelled_as_all_of_them(tmp_path: Path) -> None:
    for name in ("cat/1", "cat/2", "dog/1", "dog/2"):
        (tmp_path / "calls" / name).parent.mkdir(parents=True, exist_ok=True)
        beep(tmp_path / "calls" / f"{name}.wav", 0.1)
    write_shares(shares_of(plan_handover(tmp_path / "calls"), 2), tmp_path / "w.zip")
    unpack_project(tmp_path / "w-1.zip", tmp_path / "kim")
    source = label_source(tmp_path / "kim", ["cat/1.wav", "cat/2.wav"])
    assert [source(key).classes for key in ("cat/1.wav", "cat/2.wav")] == [("cat",), ("cat",)]
