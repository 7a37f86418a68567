"""A new training that begins with an earlier model keeps what that one knows."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import safetensors.torch
import torch
from tiny_project import make_project

from workbench.core.errors import UsageError, WorkbenchError
from workbench.engine.models.card import ModelCard
from workbench.engine.models.saved import save_model
from workbench.engine.training.control import TrainControl
from workbench.engine.training.planning import make_plan
from workbench.engine.training.preflight import preflight
from workbench.engine.training.train import train
from workbench.extension.sounds import SoundFacts
from workbench.jobs.commands import TrainRequest
from workbench.jobs.events import Event, LogLine, PreflightDone
from workbench.project.datasets.splits import load_split, save_split
from workbench.project.runs import RunFolder
from workbench.tasks.detection.engine.compact.other_grids import translated
from workbench.tasks.detection.engine.compact.plan import GridPlan

SMALL = {"image_size": 64, "batch_size": 4, "previews": 0}


def plan(strides: tuple[int, ...], size: tuple[float, float]) -> GridPlan:
    return GridPlan((128, 96), strides, size, "")


def heads(*strides: int) -> dict[str, torch.Tensor]:
    state = {"backbone.x": torch.ones(2)}
    for stride in strides:
        state[f"heads.{stride}.scores.bias"] = torch.full((3,), float(stride))
        state[f"heads.{stride}.boxes.bias"] = torch.zeros(4)
    return state


def test_every_grid_gets_the_head_of_its_stride_or_of_the_nearest() -> None:
    coarser = translated(heads(8, 16), plan((8, 16), (32, 32)), plan((16, 32), (32, 32)))
    assert set(coarser) == set(heads(16, 32))
    assert coarser["heads.16.scores.bias"][0] == coarser["heads.32.scores.bias"][0] == 16
    finer = translated(heads(16, 32), plan((16, 32), (32, 32)), plan((8, 16), (32, 32)))
    assert finer["heads.8.scores.bias"][0] == finer["heads.16.scores.bias"][0] == 16
    # what the weights hold counts, not what would be chosen today
    assert set(translated(heads(8), plan((4,), (9, 9)), plan((8,), (9, 9)))) == set(heads(8))
    assert set(translated({"x": torch.ones(1)}, plan((4,), (9, 9)), plan((8,), (9, 9)))) == {"x"}


def test_boxes_begin_at_the_size_of_the_new_objects() -> None:
    found = translated(heads(16), plan((16,), (32, 32)), plan((16, 32), (64, 16)))
    bias, wide = found["heads.16.boxes.bias"], found["heads.32.boxes.bias"]
    assert bias[:2].tolist() == [0, 0]
    assert bias[2:].exp().tolist() == pytest.approx([2, 0.5])
    assert wide[2:].exp().tolist() == pytest.approx([1, 0.25])  # cells are twice as large there
    same = translated(heads(16), plan((16,), (32, 32)), plan((16,), (32, 32)))
    assert torch.equal(same["heads.16.boxes.bias"], torch.zeros(4))


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> RunFolder:
    """A run of the compact detector on red and blue things."""
    project = make_project(tmp_path_factory.mktemp("source") / "p", size=(96, 64))
    wish = TrainRequest(recipe="compact-n", epochs=1, device="cpu", settings=SMALL)
    return train(project, wish, lambda event: None, TrainControl())


def wish(source: RunFolder, **settings: Any) -> TrainRequest:
    return TrainRequest(epochs=1, device="cpu", start_from=str(source.best_path),
                        settings={**SMALL, **settings})


def check(project: Path, request: TrainRequest) -> PreflightDone:
    return preflight(project, request, lambda event: None, TrainControl())


def test_all_that_is_known_is_taken_over(source: RunFolder, tmp_path: Path) -> None:
    project = make_project(tmp_path / "q", size=(96, 64), classes=("green", "blue"))
    asked = wish(source, lr=1e-8, ema=False, weight_decay=0.0)
    answer, events = check(project, asked), list[Event]()
    run = train(project, asked, events.append, TrainControl())
    assert run.config["recipe"] == "compact-n"  # the earlier model's, though it was left open
    old, new = (safetensors.torch.load_file(item.best_path) for item in (source, run))
    count = sum(not name.endswith("num_batches_tracked") for name in new)
    words = f"{count} of {count} tensors are taken over from best.safetensors"
    assert words == answer.start and words in answer.words
    assert any(words in event.text for event in events if isinstance(event, LogLine))
    kernels = [name for name in new if new[name].ndim > 1 and ".scores." not in name]
    assert len(kernels) > 20 and set(kernels) <= set(old)
    for name in kernels:
        torch.testing.assert_close(new[name], old[name], atol=1e-5, rtol=0)
    rows = next(name for name in new if name.endswith(".scores.weight"))
    mine = dict(zip(run.config["classes"], new[rows], strict=True))
    known = old[rows][source.config["classes"].index("blue")]
    torch.testing.assert_close(mine["blue"], known, atol=1e-5, rtol=0)
    torch.testing.assert_close(mine["green"], old[rows].mean(0), atol=1e-5, rtol=0)


def test_statistics_of_norms_are_kept_and_the_input_is_that_of_the_new_data(
    source: RunFolder, tmp_path: Path
) -> None:
    from workbench.engine.training.parts import build_bare
    from workbench.engine.training.start import apply_start

    project = make_project(tmp_path / "q", size=(300, 150), classes=("green",))
    asked = replace(wish(source), settings={})
    made = make_plan(project, asked, lambda *_: None)
    model = build_bare(made)
    assert list(model.input_size) != source.config["input_size"]
    taken = apply_start(made.start, model, made.classes, made.recipe.task)
    assert taken is not None and len(taken.left) < taken.tensors / 10
    own, old = model.module.state_dict(), safetensors.torch.load_file(source.best_path)
    norms = [name for name in own if name.endswith("running_var") and "backbone" in name]
    assert norms and all(torch.equal(own[name], old[name]) for name in norms)
    biases = [name for name in own if name.endswith("boxes.bias") and name in old]
    for name in biases:  # the usual object has another size in the new input
        assert torch.equal(own[name][:2], old[name][:2])
        assert not torch.allclose(own[name][2:], old[name][2:])
    assert biases


def rate(project: Path, request: TrainRequest) -> float:
    return float(make_plan(project, request, lambda *_: None).settings["lr"])


def test_the_rate_is_lower_where_the_classes_are_known(source: RunFolder, tmp_path: Path) -> None:
    known = make_project(tmp_path / "known", classes=("blue",))
    other = make_project(tmp_path / "other", classes=("green", "blue"))
    asked = wish(source)
    assert rate(known, asked) == pytest.approx(rate(other, asked) / 4)
    assert rate(other, asked) == rate(other, replace(asked, start_from="none"))
    assert rate(known, wish(source, lr=0.013)) == pytest.approx(0.013)
    assert "the learning rate is 0.005 instead of 0.02" in check(known, asked).start


def test_a_model_of_another_recipe_is_said_not_to_fit(source: RunFolder, tmp_path: Path) -> None:
    project = make_project(tmp_path / "q")
    answer = check(project, replace(wish(source), recipe="compact-s"))
    assert any("another model type: choose that one" in text for text in answer.warnings)
    with pytest.raises(WorkbenchError, match=r"best\.safetensors.*nothing in it fits"):
        check(project, replace(wish(source), recipe="tiny", settings={}))


def test_a_start_that_has_learned_what_is_held_back_now_is_told(
        source: RunFolder, tmp_path: Path) -> None:
    project = tmp_path / "p"
    shutil.copytree(source.project, project)
    asked = TrainRequest(epochs=1, device="cpu", start_from=source.name, settings=SMALL)

    def told() -> bool:
        found = make_plan(project, asked, lambda *_: None).warnings
        return any("has learned from" in text for text in found)

    assert not told()
    split = load_split(project)
    save_split(project, replace(split, train=[*split.val, *split.test, *split.train[4:]],
                                val=split.train[:2], test=split.train[2:4]))
    assert told()


def test_a_model_for_sounds_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "ears.safetensors"
    save_model(path, {"1.weight": torch.zeros(2)}, ModelCard(
        "x", "sound-cnn", ("a", "b"), {}, {"sounds": SoundFacts(2, {}, (1, 1)).to_json()},
        (10, 10)))
    project = make_project(tmp_path / "q")
    asked = TrainRequest(device="cpu", start_from=str(path))
    with pytest.raises(UsageError, match="a model for sounds, and this project is about images"):
        make_plan(project, asked, lambda *_: None)
    with pytest.raises(WorkbenchError, match="a model for sounds"):
        check(project, replace(asked, recipe="compact-n"))


def test_a_broken_model_is_told_before_the_training(tmp_path: Path) -> None:
    path = tmp_path / "broken.safetensors"
    path.write_bytes(b"no model at all")
    asked = TrainRequest(device="cpu", start_from=str(path))
    with pytest.raises(WorkbenchError, match=r"broken\.safetensors.*not a model of this program"):
        check(make_project(tmp_path / "q"), asked)
