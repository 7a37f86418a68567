"""What is remembered of good images, and how far from it good ones are."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import torch

from tests.support.good_parts import make_parts
from workbench.engine.data.images import ImageStore
from workbench.engine.data.letterbox import Letterbox
from workbench.extension.model import ModelContext
from workbench.tasks.anomaly.engine.memory import inner_cells
from workbench.tasks.anomaly.engine.model import DifferenceModel, input_size
from workbench.tasks.anomaly.engine.nearest import smoothed
from workbench.tasks.anomaly.recipes import MEMORIES
from workbench.tasks.anomaly.samples import GoodFacts, Part, facts_of, load_good


@pytest.fixture(scope="module")
def train(tmp_path_factory: pytest.TempPathFactory) -> list[Part]:
    return load_good(make_parts(tmp_path_factory.mktemp("model") / "parts", good=6, faulty=0)).train


def build(train: list[Part]) -> DifferenceModel:
    settings = {"patches": 80, "memories": MEMORIES}
    return DifferenceModel(ModelContext(("good",), settings, facts_of(train, "good"), "cpu"))


@pytest.fixture
def store(train: list[Part], tmp_path: Path) -> Iterator[ImageStore]:
    made = ImageStore(train, build(train).input_size, memory=10**8, folder=tmp_path, workers=1)
    yield made
    made.close()


def test_a_training_that_goes_on_remembers_the_same(train: list[Part], store: ImageStore) -> None:
    whole, resumed = build(train), build(train)
    everything = list(range(len(train)))
    for model, seen in ((whole, everything), (resumed, everything[3:])):
        model.attach(store, 1)
        model.losses(torch.from_numpy(store.get(seen)), torch.tensor(seen))
        model.fit()
    one, other = whole.module.state_dict(), resumed.module.state_dict()
    assert all(torch.allclose(one[name], other[name], atol=1e-5)
               for name in ("fine.bank", "coarse.bank", "fine.spread", "limit"))
    assert float(one["limit"]) > 0 and float(one["fine.bank"].abs().sum()) > 0


def test_good_images_stay_below_the_limit_and_others_do_not(
    train: list[Part], store: ImageStore,
) -> None:
    model = build(train)
    model.attach(store, 1)
    model.fit()
    images = torch.from_numpy(store.get([0, 1]))
    odd = images.clone()
    odd[1, :, 16:32, 32:48] = 255
    places = [store.letterboxes[place] for place in (0, 1)]
    good, same = model.answers(images, places)
    assert good.score < 0.5 and same.score < 0.5
    assert model.answers(odd, places)[1].score > 0.5
    assert model.answers(odd, places)[0].score == pytest.approx(good.score, abs=1e-4)


def test_models_of_earlier_versions_answer_as_they_did(
    train: list[Part], store: ImageStore,
) -> None:
    """One memory, plain distances, and the oddest place alone: counted in the plainest way."""
    model = DifferenceModel(ModelContext(("good",), {"patches": 80}, facts_of(train, "good"),
                                         "cpu"))
    state = model.module.eval().state_dict()
    chance = torch.Generator().manual_seed(3)
    assert state["bank"].shape == (80, 176)
    state["bank"].copy_(torch.rand(80, 176, generator=chance))
    state["scale"].copy_(torch.rand(176, generator=chance))
    state["limit"].fill_(2.5)
    images = torch.from_numpy(store.get([0]))
    found = model.module(images)[0]
    inner = found[:, *inner_cells(store.letterboxes[0])]
    far = torch.cdist(inner.flatten(1).T * state["scale"], state["bank"]).min(1).values
    heat = smoothed(far.reshape(inner.shape[1:]))
    answer, = model.answers(images, [store.letterboxes[0]])
    wanted = heat / (heat + 2.5)
    assert answer.score == pytest.approx(float(wanted.max()), abs=1e-5)
    assert abs(answer.values - wanted.numpy() * 255).max() <= 0.51


def test_the_bars_beside_an_image_are_neither_learned_nor_judged() -> None:
    rows, columns = inner_cells(Letterbox.fit((320, 160), (320, 320)))
    assert (rows, columns) == (slice(10, 30), slice(0, 40))
    rows, columns = inner_cells(Letterbox.fit((1000, 1), (64, 64)))
    assert rows.stop > rows.start  # something is left of any image


@pytest.mark.parametrize(("sizes", "wanted", "size"), [
    (((640, 480),), 0, (320, 256)), (((100, 200),), 0, (96, 192)),
    (((4000, 3000),), 640, (640, 480)), ((), 0, (320, 320)), (((10, 10),), 0, (64, 64))])
def test_images_are_looked_at_in_their_shape(
    sizes: tuple[tuple[int, int], ...], wanted: int, size: tuple[int, int],
) -> None:
    assert input_size(GoodFacts(len(sizes), sizes), wanted) == size
