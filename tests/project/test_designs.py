"""Designed networks as files, and what is said of them, without torch."""

from __future__ import annotations

from pathlib import Path

import pytest

from workbench.core.errors import FormatError, WorkbenchError
from workbench.project.networks import files
from workbench.project.networks.files import (
    design_files,
    new_path,
    read_design,
    write_design,
)
from workbench.project.networks.layers import Layer
from workbench.project.networks.network import Design, report_of
from workbench.project.networks.presets import LENET, LITTLE_VGG, PRESETS
from workbench.tasks.image_classification.recipes import NETWORKS as FILES


def problem(*layers: Layer, side: int = 16) -> str:
    return report_of(Design("d", layers, {"side": side})).first_problem()


def test_lenet_as_it_is_known() -> None:
    """LeNet-5 of 1998 has 61,706 weights and 416,520 multiply-adds on 32 × 32 grey pixels."""
    layers = (Layer("convolution", {"channels": 6, "kernel": 5, "padding": "none"}),
              Layer("pooling", {"how": "average"}),
              Layer("convolution", {"channels": 16, "kernel": 5, "padding": "none"}),
              Layer("pooling", {"how": "average"}), Layer("flatten"),
              Layer("dense", {"units": 120}), Layer("dense", {"units": 84}))
    report = report_of(Design("LeNet", layers, {"side": 32, "colour": "no"}), classes=10)
    assert [step.shape for step in report.steps] == [
        (6, 28, 28), (6, 14, 14), (16, 10, 10), (16, 5, 5), (400,), (120,), (84,), (10,)]
    assert report.parameters == 61_706
    assert report.work == 416_520


@pytest.mark.parametrize(("layers", "sentence"), [
    ((Layer("dense"),), "Layer 1 (Dense): it needs a list of numbers"),
    ((Layer("flatten"), Layer("convolution")), "Layer 2 (Convolution): it needs a map"),
    ((Layer("convolution", {"kernel": 17, "padding": "none"}),), "17 × 17 does not fit"),
    ((Layer("convolution", {"channels": 5}), Layer("activation", {"function": "maxout"})),
     "5 channels that come in cannot be divided"),
    ((Layer("convolution", {"channels": 5, "groups": 3}),), "do not divide the 5 channels that go"),
    ((Layer("convolution", {"channels": 0}),), "channels is 0, but it must be at least 1"),
    ((Layer("convolution", {"channels": "many"}),), "“many”, which is not a whole number"),
    ((Layer("attention"),), "this version has no layer “attention”"),
    ((Layer("convolution"),), "The layer for the classes: it needs a list of numbers"),
    ((Layer("flatten"), Layer("dense", {"units": 65_536}), Layer("dense", {"units": 65_536})),
     "are the most"),
    ((Layer("flatten"), Layer("dense", {"units": 60_000}), Layer("dense", {"units": 4096}),
      Layer("dense", {"units": 65_536})),
     "Layer 4 (Dense): with it the network has 560,"),
    ((Layer("flatten"), Layer("dense", {"units": 100_000})),
     "Layer 2 (Dense): units is 100000, but it must be at most 65536"),
])
def test_faults_are_told_at_the_layer(layers: tuple[Layer, ...], sentence: str) -> None:
    assert sentence in problem(*layers)


def test_what_memory_has_no_room_for_is_told_before_a_training(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
) -> None:
    layers = (Layer("flatten"), Layer("dense", {"units": 8}), Layer("dense", {"units": 20_000}))
    design = Design("d", layers, {"side": 8})
    assert not report_of(design, memory=20_000_000).first_problem()
    write_design(tmp_path / "networks" / "d.toml", design)
    monkeypatch.setattr(files, "machine_memory", lambda: 2_000_000)
    with pytest.raises(WorkbenchError, match=r"Layer 3 \(Dense\): with it .* 0.0 GB of memory"):
        FILES.find(tmp_path, "d")
    assert "Layer 3 (Dense)" in FILES.listed(tmp_path)[0].summary


def test_what_follows_a_fault_is_not_blamed() -> None:
    report = report_of(Design("d", (Layer("dense"), Layer("dense"))))
    assert [bool(step.problem) for step in report.steps] == [True, False, False]


@pytest.mark.parametrize("design", PRESETS, ids=lambda design: design.title)
def test_a_file_gives_back_what_was_written(design: Design, tmp_path: Path) -> None:
    path = new_path(tmp_path, design.title)
    write_design(path, design)
    assert read_design(path) == design
    assert design_files(tmp_path) == [path]
    assert new_path(tmp_path, design.title) != path


def test_comments_and_unknown_keys_stay(tmp_path: Path) -> None:
    path = tmp_path / "own.toml"
    path.write_text('# mine\ntitle = "Own"\nside = 32  # small\nfuture = [1, 2]\n\n'
                    '[[layers]]\nkind = "convolution"\nchannels = 4\nshade = "blue"\n')
    design = read_design(path)
    write_design(path, design.with_layers([*design.layers, Layer("flatten")]))
    text = path.read_text()
    assert "# mine" in text
    assert "# small" in text
    again = read_design(path)
    assert again.values["future"] == [1, 2]
    assert again.layers == (Layer("convolution", {"channels": 4, "shade": "blue"}),
                            Layer("flatten"))


@pytest.mark.parametrize("text", ["no TOML", "layers = 1", "layers = [1]", 'layers = [{a = 1}]',
                                  "side = 3"])
def test_what_cannot_be_read_is_told_listed_and_kept(text: str, tmp_path: Path) -> None:
    path = tmp_path / "networks" / "bad.toml"
    path.parent.mkdir()
    path.write_text(text)
    with pytest.raises(FormatError, match=r"bad\.toml"):
        read_design(path)
    listed = FILES.listed(tmp_path)
    assert [item.title for item in listed] == ["bad"]
    assert "bad.toml" in listed[0].summary
    if text == "no TOML":
        with pytest.raises(FormatError):
            write_design(path, LENET)
        assert path.read_text() == text


OLD = '''
title = "Old"
side = 48
layers = [
    {kind = "convolution"}, {kind = "normalisation"}, {kind = "activation"}, {kind = "pooling"},
    {kind = "residual"}, {kind = "dropout"}, {kind = "global-pooling"}, {kind = "dense"},
]
'''


def test_what_a_file_leaves_out_means_the_same_for_ever(tmp_path: Path) -> None:
    path = tmp_path / "old.toml"
    path.write_text(OLD)
    report = report_of(read_design(path))
    assert [step.shape for step in report.layers][::3] == [(32, 48, 48), (32, 24, 24), (32,)]
    assert (report.parameters, report.work) == (24_002, 12_611_840)


def test_a_network_is_a_recipe(tmp_path: Path) -> None:
    write_design(tmp_path / "networks" / "vgg.toml", LITTLE_VGG)
    listed, = FILES.listed(tmp_path)
    for wanted in ("vgg", "networks/vgg.toml", str(tmp_path / "networks" / "vgg.toml")):
        found = FILES.find(tmp_path, wanted)
        assert found is not None
        assert (found.id, found.title, found.registered) == (
            "networks/vgg.toml", "LittleVGG", "own-network")
        assert found.whole
    assert listed.parameters == report_of(LITTLE_VGG).parameters
    assert FILES.find(tmp_path, "../vgg") is None
