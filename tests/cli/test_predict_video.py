"""``workbench predict`` on videos: each frame is looked at as an image would be."""

from __future__ import annotations

import base64
import csv
import io
import json
import queue
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tiny_project
from PIL import Image

from tests.support.tiny_video import number_shown, write_video
from workbench.cli import main, predict_folder
from workbench.core.errors import Problem
from workbench.core.text import count
from workbench.extension.engine_task import SilentReporter
from workbench.extension.saving import FollowedThing
from workbench.jobs.commands import CameraFrame, Control, Predict, Watch
from workbench.jobs.events import Failed, Finished, Predictions, WatchResult
from workbench.jobs.runner import EngineProcess
from workbench.media.video.reader import VideoReader
from workbench.media.video.writer import VideoWriter
from workbench.project.runs import list_runs
from workbench.tasks.detection.engine.predict import predict_each
from workbench.tasks.detection.tracks import followed

COUNT = 24


@pytest.fixture(scope="session")
def film(trained: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A video made of the project's pictures, four frames each."""
    path = tmp_path_factory.mktemp("film") / "film.mp4"
    with VideoWriter(path, 10) as writer:
        for index in range(COUNT):
            with Image.open(trained / "images" / f"{index // 4:03d}.png") as picture:
                writer.put(np.asarray(picture.convert("RGB")))
    return path


def rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


def test_frames_get_the_answers_of_images(
    trained: Path, film: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["predict", str(trained), str(film), "--every", "4", "--json",
                 "--score-thresh", "0.1"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert [(item["frame"], item["time"]) for item in found] == [
        (number, number / 10) for number in range(0, COUNT, 4)]
    with VideoReader(film) as reader:
        for frame in reader.frames(0, 4):
            Image.fromarray(frame.pixels).save(tmp_path / f"{frame.number:03d}.png")
    assert main(["predict", str(trained), str(tmp_path), "--json", "--score-thresh", "0.1"]) == 0
    images = json.loads(capsys.readouterr().out)
    assert [item["labels"] for item in found] == [item["labels"] for item in images]
    for item, image in zip(found, images, strict=True):
        assert np.allclose(item["boxes"], image["boxes"], atol=0.05)
    assert any(item["labels"] for item in found)


def test_a_table_names_frame_and_time(
    trained: Path, film: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    image = trained / "images" / "000.png"
    assert main(["predict", str(trained), str(image), str(film), "--format", "sums",
                 "--every", "10"]) == 0
    found = rows(capsys.readouterr().out)
    assert [(Path(item["file"]).name, item["frame"], item["time"]) for item in found] == [
        ("000.png", "", ""), ("film.mp4", "0", "0.0"), ("film.mp4", "10", "1.0"),
        ("film.mp4", "20", "2.0")]
    assert main(["predict", str(trained), str(film), "--every", "20"]) == 0
    assert f"{film}, frame 20 (0:02.00): " in capsys.readouterr().out
    assert main(["predict", str(trained), str(image), "--format", "csv"]) == 0
    assert capsys.readouterr().out.startswith("file,label,"), "as ever where there is no video"


def lines(out: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (out / "answers.jsonl").read_text("utf-8").splitlines()]


def test_it_goes_on_in_the_middle_of_a_video_and_draws_one(
    trained: Path, film: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "day"
    folder.mkdir()
    shutil.copyfile(film, folder / "a.mp4")
    shutil.copyfile(trained / "images" / "000.png", folder / "b.png")
    out = tmp_path / "out"
    command = ["predict", str(trained), str(folder), "--out", str(out), "--every", "2", "--draw",
               "--save-crops", "--score-thresh", "0.1"]
    assert main(command) == 0
    whole = lines(out)
    table = (out / "predictions.csv").read_bytes()
    assert [item.get("frame") for item in whole[1:]] == [*range(0, COUNT, 2), None, None]
    with VideoReader(out / "drawn" / "a.mp4") as reader:
        assert reader.rate == pytest.approx(5)
        assert sum(1 for _ in reader.frames()) == COUNT // 2
    assert (out / "drawn" / "b.jpg").is_file()
    found = rows(table.decode())
    assert sum(item["frame"] == "4" for item in found) == len(
        list((out / "crops").rglob("a-000004-*.jpg")))
    # as if it had been killed while it looked at the sixth frame
    text = (out / "answers.jsonl").read_bytes().splitlines(keepends=True)
    (out / "answers.jsonl").write_bytes(b"".join(text[:6]) + text[6][:9])
    (out / "drawn" / "a.mp4").unlink()
    (out / "predictions.csv").unlink()
    assert main(command) == 0
    assert lines(out) == whole
    assert (out / "predictions.csv").read_bytes() == table
    with VideoReader(out / "drawn" / "a.mp4") as reader:
        assert sum(1 for _ in reader.frames()) == COUNT // 2
    # as if it had been killed while it drew the video, behind the last frame
    (out / "answers.jsonl").write_bytes(b"".join(text[:1 + COUNT // 2]))
    (out / "drawn" / "a.mp4").unlink()
    assert main(command) == 0
    assert lines(out) == [whole[0], *whole[1:1 + COUNT // 2], whole[-1], whole[-2]]
    whole = lines(out)
    before = (out / "drawn" / "a.mp4").stat().st_mtime_ns
    assert main(command) == 0
    assert lines(out) == whole
    assert (out / "drawn" / "a.mp4").stat().st_mtime_ns == before, "what is done is done"


def test_a_disk_that_is_full_is_told(
    trained: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str]
) -> None:
    if not Path("/dev/full").exists():
        pytest.skip("a device that is always full is Linux's")
    began = predict_folder.ResultFolder._begin

    def full(folder: predict_folder.ResultFolder, head: dict[str, Any]) -> None:
        began(folder, head)
        folder.close()
        folder._stream = Path("/dev/full").open("wb")  # noqa: SIM115  the folder closes it

    monkeypatch.setattr(predict_folder.ResultFolder, "_begin", full)
    assert main(["predict", str(trained), str(trained / "images" / "000.png"), "--out",
                 str(tmp_path / "out")]) != 0
    assert "the disk is full. What was found is kept; the same command" in capsys.readouterr().err
    monkeypatch.setattr(predict_folder.ResultFolder, "_begin", began)
    (tmp_path / "out" / "predictions.csv").symlink_to("/dev/full")  # now it is the table's turn
    assert main(["predict", str(trained), str(trained / "images" / "000.png"), "--out",
                 str(tmp_path / "out")]) != 0
    assert "the disk is full. What was found is kept; the same command" in capsys.readouterr().err


def test_a_video_with_a_very_long_name_is_drawn_too(
    trained: Path, film: Path, tmp_path: Path
) -> None:
    long = tmp_path / f"{'ä' * 120}.mp4"
    shutil.copyfile(film, long)
    out = tmp_path / "out"
    assert main(["predict", str(trained), str(long), str(film), "--out", str(out), "--draw",
                 "--save-crops", "--every", "8", "--score-thresh", "0.1"]) == 0
    assert sorted(path.name for path in (out / "drawn").iterdir()) == [
        "film.mp4", f"{'ä' * 100}.mp4"]
    assert len({item["file"] for item in rows((out / "predictions.csv").read_text("utf-8"))}) == 2


def test_labels_of_frames(trained: Path, film: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    assert main(["predict", str(trained), str(film), "--out", str(out), "--every", "12",
                 "--format", "yolo", "--score-thresh", "0.1"]) == 0
    assert sorted(path.name for path in (out / "yolo").rglob("film-*.txt")) == [
        "film-000000.txt", "film-000012.txt"]


def test_a_damaged_video_is_told_and_the_rest_is_done(
    trained: Path, film: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "broken.mp4").write_bytes(b"no film at all, but a text")
    shutil.copyfile(film, tmp_path / "good.mp4")
    out = tmp_path / "out"
    assert main(["predict", str(trained), str(tmp_path / "broken.mp4"), str(tmp_path / "good.mp4"),
                 "--every", "6", "--out", str(out)]) == 1
    captured = capsys.readouterr()
    assert "broken.mp4 is a text file" in captured.err
    assert "in 1 file" in captured.out
    data = film.read_bytes()
    (tmp_path / "cut.mp4").write_bytes(data[: len(data) // 2])
    assert main(["predict", str(trained), str(tmp_path / "cut.mp4"), str(film)]) == 1
    captured = capsys.readouterr()
    assert "cut.mp4: the video is cut off, and what is left of it cannot be read" in captured.err
    assert captured.out.count("film.mp4") == COUNT
    with pytest.raises(SystemExit):
        main(["predict", str(trained), str(film), "--every", "0"])


def test_numbered_frames_are_numbered_right(tmp_path: Path) -> None:
    """The pictures of the helper can be told apart after compression."""
    path = write_video(tmp_path / "n.mp4", 40)
    with VideoReader(path) as reader:
        assert [number_shown(item.pixels) for item in reader.frames(3, 9)] == [3, 12, 21, 30, 39]


def test_a_fresh_engine_looks_at_a_video(
    trained: Path, film: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first thing that the process is asked, as from Predict right after the start."""
    monkeypatch.setenv("WORKBENCH_PLUGINS", str(Path(tiny_project.__file__).parent / "plugins"))
    events: queue.Queue[Any] = queue.Queue()
    engine = EngineProcess()
    engine.on_event = events.put
    engine.start()
    try:
        engine.send(Predict("v", str(trained), list_runs(trained)[0].name, [str(film)],
                            stream=True, videos={str(film): [2, 4]}))
        found: list[Any] = []
        while not found or not isinstance(found[-1], Finished | Failed):
            found.append(events.get(timeout=200))
        assert_watches(engine, events, trained)
    finally:
        engine.stop()
    assert isinstance(found[-1], Finished), found[-1]
    answers = [event for event in found if isinstance(event, Predictions)]
    assert [item["frame"] for event in answers for item in event.items] == list(range(2, COUNT, 4))
    assert answers[-1].total == answers[-1].done == 6


def test_things_are_followed_through_a_video(
    trained: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with Image.open(trained / "images" / "000.png") as picture:
        still = np.asarray(picture.convert("RGB"))
    with VideoWriter(tmp_path / "still.mp4", 10) as writer:
        for index in range(20):
            writer.put(still if 5 <= index < 15 else np.full_like(still, 128))
    out = tmp_path / "out"
    assert main(["predict", str(trained), str(tmp_path / "still.mp4"), "--out", str(out),
                 "--tracks", "--score-thresh", "0.15"]) == 0
    found = rows((out / "tracks.csv").read_text("utf-8"))
    assert f"in 1 file, {count(len(found), 'track')}: {out}" in capsys.readouterr().out
    assert found and {item["file"] for item in found} == {str(tmp_path / "still.mp4")}
    wanted = followed([item for item in lines(out)[1:] if "frame" in item], 0.15)
    assert [tuple(item.values())[1:] for item in found] == [
        tuple(map(str, item.row)) for item in wanted]
    assert [item["track"] for item in found] == [str(n + 1) for n in range(len(found))]
    assert main(["predict", str(trained), str(tmp_path / "still.mp4"), "--tracks"]) == 2
    assert "--tracks needs a folder" in capsys.readouterr().err
    assert_counts(trained, tmp_path, wanted[0], capsys)
    assert_measured(trained, tmp_path, out, wanted[0], capsys)


def assert_counts(trained: Path, folder: Path, thing: FollowedThing,
                  capsys: pytest.CaptureFixture[str]) -> None:
    """A zone around what stands still in a video says how long it was there, with and without a
    folder, and in the video that is drawn."""
    film, box = folder / "still.mp4", thing.seen[0].box
    around = f"{box[0]},{box[1]},{box[2]},{box[1]},{box[2]},{box[3]},{box[0]},{box[3]},nest"
    command = ["predict", str(trained), str(film), "--score-thresh", "0.15", "--zone", around,
               "--line", "0,0,0,9", "--seen", "0.5"]
    table = folder / "events.csv"
    assert main([*command, "--events", str(table)]) == 0
    assert "Line 1  0 in, 0 out; nest  0 in, 0 out, 0.9 s inside" in capsys.readouterr().out
    seen = next(item for item in rows(table.read_text("utf-8"))
                if item["track"] == str(thing.row.track))
    assert (seen["event"], seen["label"], seen["seconds"]) == ("seen", thing.row.label, "0.9")
    before = film.read_bytes()
    assert main([*command, "--events", str(film)]) == 2, "the table's name was forgotten"
    assert "would overwrite" in capsys.readouterr().err and film.read_bytes() == before
    out = folder / "counted"
    assert main([*command, "--out", str(out), "--draw"]) == 0
    assert (out / "events.csv").read_bytes() == table.read_bytes()
    [nest] = [item for item in rows((out / "counts.csv").read_text("utf-8"))
              if item["label"] == thing.row.label]
    assert (nest["place"], nest["kind"], nest["in"]) == ("nest", "zone", "0")
    assert float(nest["mean_seconds"]) == 0.9
    drawn = (out / "drawn" / "still.mp4").read_bytes()
    for line, same in (("0,0,0,9", True), ("40,0,40,40", False)):
        assert main([*command[:-3], line, "--out", str(out), "--draw"]) == 0
        assert ((out / "drawn" / "still.mp4").read_bytes() == drawn) is same, "it shows this line"
    with VideoReader(out / "drawn" / "still.mp4") as reader:
        pixels = next(reader.frames(10)).pixels.astype(int)
    assert ((pixels[..., 0] > 180) & (pixels[..., 1] > 150) & (pixels[..., 2] < 110)).sum() > 20
    assert main([*command, "--line", "1,2,3"]) == 2
    assert "--line 1,2,3: " in capsys.readouterr().err
    assert main([*command, "--format", "csv"]) == 0
    assert "; nest  0 in, 0 out" in capsys.readouterr().err, "beside the table, it is told there"
    image = str(trained / "images" / "000.png")
    assert main(["predict", str(trained), image, "--line", "0,0,0,9"]) == 0
    assert "in videos only" in capsys.readouterr().err
    assert main(["predict", str(trained), image, "--seen", "3"]) == 2


def assert_measured(trained: Path, folder: Path, out: Path, thing: FollowedThing,
                    capsys: pytest.CaptureFixture[str]) -> None:
    """What was followed is measured, with a folder of results and without; zones are those that
    are asked for."""
    film = str(folder / "still.mp4")
    command = ["predict", str(trained), film, "--score-thresh", "0.15", "--format"]
    assert main([*command, "tracks", "--zone", "0,0,500,0,500,500,0,500,all"]) == 0
    found = next(row for row in rows(capsys.readouterr().out)
                 if row["track"] == str(thing.row.track))
    assert (found["file"], found["label"], found["frames"]) == (film, thing.row.label, "10")
    assert (found["time in all (s)"], found["entries to all"]) == ("0.9", "0")
    assert float(found["path (px)"]) < 1 and found["moving"] == "0"
    assert main([*command, "tracks", "--out", str(out), "--tracks"]) == 0
    kept = rows((out / "track-measurements.csv").read_text("utf-8"))[thing.row.track - 1]
    assert kept.items() <= found.items() and "path (px)" in kept
    capsys.readouterr()
    assert main([*command, "positions", "--smooth", "0"]) == 0
    places = rows(capsys.readouterr().out)
    assert sum(row["track"] == str(thing.row.track) and row["unit"] == "px"
               for row in places) == 10
    assert main([*command, "csv", "--smooth", "0"]) == 2
    assert "--smooth is about tracks" in capsys.readouterr().err


def assert_watches(engine: EngineProcess, events: queue.Queue[Any], trained: Path) -> None:
    """Pictures of a camera get the answers that files of them have."""
    run = list_runs(trained)[0]
    with Image.open(trained / "images" / "001.png") as picture:
        data = io.BytesIO()
        picture.convert("RGB").save(data, "JPEG")
    engine.send(Watch("w", str(trained), run.name, score_thresh=0.1))
    for number in (1, 2):
        engine.send(CameraFrame("w", number, base64.b64encode(data.getvalue()).decode("ascii")))
        while not isinstance(event := events.get(timeout=200), WatchResult | Failed):
            pass
        assert isinstance(event, WatchResult), event
        assert event.number == number and event.seconds > 0
    path = run.path / "picture.jpg"
    path.write_bytes(data.getvalue())
    answer = next(iter(predict_each(run, [path], SilentReporter(), "cpu", score_thresh=0.1)))
    assert not isinstance(answer, Problem)
    assert event.item["labels"] == answer["labels"] and event.item["size"] == answer["size"]
    assert np.allclose(event.item["boxes"], answer["boxes"], atol=0.2)
    engine.send(Control("w", "cancel"))
    while not isinstance(event := events.get(timeout=200), Finished | Failed):
        pass
    assert isinstance(event, Finished) and event.state == "stopped"
