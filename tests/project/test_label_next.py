"""Which images are worth labelling first: typical and diverse, then doubtful, and none twice."""

from __future__ import annotations

import numpy as np
import pytest

from workbench.project.label_next import (
    FEW,
    Candidates,
    Uncertainty,
    doubt_of,
    label_next,
)
from workbench.project.suggestion import Suggestion

SIZES = {"large": 30, "middle": 15, "small": 6}
NONE = np.zeros((0, 40), np.float32)


def features_of(kind: int, number: int, seed: int = 0) -> np.ndarray:
    """Of images of one kind: far from those of other kinds, and not the same among themselves."""
    rng = np.random.default_rng((seed, kind))
    found = rng.uniform(0, 1.5, (number, 40))
    found[:, kind * 10 : kind * 10 + 10] += 1
    return found.astype(np.float32)


@pytest.fixture
def pool() -> Candidates:
    keys = [f"{name}/{at}.png" for name, number in SIZES.items() for at in range(number)]
    features = np.concatenate([features_of(kind, number)
                               for kind, number in enumerate(SIZES.values())])
    return Candidates(keys, features, NONE, 0, {})


def kinds(order: dict[str, str]) -> list[str]:
    return [key.partition("/")[0] for key in order]


def test_the_first_stand_for_every_kind_the_largest_first(pool: Candidates) -> None:
    order = label_next(pool, lambda: None)
    assert set(order) == set(pool.keys), "every image has its place"
    assert kinds(order)[:2] == ["large", "middle"] and "small" in kinds(order)[:6]
    first = next(iter(order.values()))
    assert first.startswith("typical of ") and int(first.split()[2]) >= SIZES["large"] - 1
    assert order == label_next(pool, lambda: None), "it is the same each time"


def test_a_kind_that_is_labelled_waits(pool: Candidates) -> None:
    labelled = features_of(0, 15, seed=1)
    order = label_next(pool._replace(labelled=labelled, labels=15), lambda: None)
    assert kinds(order)[0] == "middle" and "small" in kinds(order)[:6]


def test_of_images_that_are_nearly_the_same_one_is_chosen(pool: Candidates) -> None:
    copies = pool.features[:4] * np.float32(1.2) + np.float32(0.01)
    order = label_next(pool._replace(
        keys=[*pool.keys, *(f"copy/{at}.png" for at in range(4))],
        features=np.concatenate((pool.features, copies)), labelled=pool.features[50:51], labels=1),
        lambda: None)
    last = list(order.items())[-5:]
    assert dict(last) == {
        "small/5.png": "nearly the same as a labelled one",
        **{f"copy/{at}.png": f"nearly the same as {at}.png" for at in range(4)}}


def test_with_many_labels_those_a_model_is_unsure_of_come_first(pool: Candidates) -> None:
    doubts = {key: Uncertainty(at / 100, at % 3, 4) for at, key in enumerate(pool.keys)}
    few = label_next(pool._replace(doubts=doubts, labels=FEW - 1), lambda: None)
    assert next(iter(few.values())).startswith("typical of")
    order = label_next(pool._replace(doubts=doubts, labels=FEW), lambda: None)
    half = [key for key, reason in order.items() if reason.startswith("unsure of ")]
    assert half == list(order)[: len(half)] and 24 <= len(half) <= 26
    entropies = [doubts[key].entropy for key in half]
    assert entropies == sorted(entropies, reverse=True)
    assert min(entropies) < 0.25, "a random half, not the worst half"
    assert "unsure of 2 of 4 objects" in order.values()
    some = dict(list(doubts.items())[:10])
    order = label_next(pool._replace(doubts=some, labels=FEW), lambda: None)
    assert next(iter(order.values())).startswith("typical of"), "the model saw too few of them"


def test_how_unsure_a_model_is() -> None:
    def at(*scores: float) -> Uncertainty:
        return doubt_of(Suggestion("cat", (0.0, 0.0, 9.0, 9.0), score) for score in scores)

    assert at() == (0.0, 0, 0)
    assert at(0.5) == (1.0, 1, 1)
    assert at(1.0) == (0.0, 0, 1)
    assert at(0.5, 0.95).entropy < at(0.5, 0.6).entropy
    assert at(*[0.5] * 5, *[0.99] * 50) == (1.0, 5, 55), "many sure ones hide no doubtful ones"


def test_it_ends_when_nobody_waits_any_more(pool: Candidates) -> None:
    class Ended(Exception):
        pass

    def check() -> None:
        raise Ended

    with pytest.raises(Ended):
        label_next(pool, check)


def test_one_image_or_none() -> None:
    one = np.ones((1, 40), np.float32)
    assert list(label_next(Candidates(["a.png"], one, NONE, 0, {}), lambda: None)) == ["a.png"]
    assert label_next(Candidates([], NONE, NONE, 0, {}), lambda: None) == {}
