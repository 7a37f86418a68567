"""What the figures of a detector mean, in a sentence or two that a person can act on."""

from __future__ import annotations

from dataclasses import dataclass
from math import isnan
from typing import Literal, NamedTuple

from workbench.core.text import count, listed, several
from workbench.evaluation.result import Evaluation
from workbench.evaluation.wilson import wilson_interval

Tone = Literal["ok", "warn", "bad"]
Mistake = Literal["missed", "extra", "confused"]

GOOD, FAIR = 0.8, 0.5
"""F1 from which a result is called good, and from which it is not called weak."""
GUESSES = 0.8
"""Share of detections without a label from which what is found is called guessed."""
FEW_LABELS = 30
"""Labels below which every figure is rough."""
FEW_IMAGES = 20
"""Training images below which more of them help most."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """A judgement in words."""

    tone: Tone
    """How good it is."""
    title: str
    """The first sentence ("Finds 9 of 10 cells")."""
    text: str
    """What goes wrong, how certain the figures are, and what would help; may be ""."""
    look_at: Mistake | None
    """The kind of mistake that costs most, or None where there is none."""


def mistake_counts(evaluation: Evaluation) -> dict[Mistake, int]:
    """Objects that were missed, detections without a label, objects taken for another class."""
    matrix, none = evaluation.confusion, len(evaluation.classes)
    return {
        "missed": int(matrix[:none, none].sum()),
        "extra": int(matrix[none, :none].sum()),
        "confused": int(matrix[:none, :none].sum() - matrix[:none, :none].trace()),
    }


class Nouns(NamedTuple):
    """What is judged, in words: "on these images", of which there are things."""

    sample: str = "image"
    within: str = "on"
    thing: str = "object"


IMAGES, RECORDINGS = Nouns(), Nouns("recording", "in", "call")


def verdict(evaluation: Evaluation, part: str = "", learned: int | None = None,
            nouns: Nouns = IMAGES) -> Verdict:
    """Judge ``evaluation``.

    Parameters
    ----------
    part
        "train", "val" or "test"; "" where it is not known.
    learned
        Number of images that the model was trained on, where it is known.
    nouns
        What these are called.
    """
    things, samples = several(nouns.thing), several(nouns.sample)
    if not evaluation.truths:
        return Verdict("warn", "There is nothing to compare with",
                       f"No {nouns.thing} is labelled {nouns.within} these {samples}.", None)
    wrong = mistake_counts(evaluation)
    worst = max(wrong, key=lambda kind: wrong[kind])
    recall, f1 = _known(evaluation.recall), _known(evaluation.f1)
    tone: Tone = "ok" if f1 >= GOOD else "warn" if f1 >= FAIR else "bad"
    sentences = [_about_unfound(evaluation, nouns.thing), _about_extra(evaluation),
                 _about_confused(wrong, evaluation.truths, things),
                 _about_data(evaluation, part, learned, tone, recall, nouns)]
    text = " ".join(sentence for sentence in sentences if sentence)
    return Verdict(tone, _found_text(evaluation, recall, things), text,
                   worst if wrong[worst] else None)


def _known(value: float) -> float:
    return 0.0 if isnan(value) else value


def _found_text(evaluation: Evaluation, recall: float, things: str) -> str:
    present = [item.name for item in evaluation.per_class if item.support]
    what = f"“{present[0]}”" if len(present) == 1 else things
    tenths = round(recall * 10)
    if tenths and _extra_share(evaluation) >= GUESSES:
        return f"Cannot tell {what} from the background yet"
    if recall >= 0.995:
        return f"Finds all {what}" if what == things else f"Finds every {what}"
    if tenths == 10:
        return f"Finds nearly all {what}" if what == things else f"Finds nearly every {what}"
    if tenths == 0:
        return f"Finds almost no {what}"
    return f"Finds {tenths} of 10 {what}"


def _detected(evaluation: Evaluation) -> int:
    return int(evaluation.confusion[:, : len(evaluation.classes)].sum())


def _extra_share(evaluation: Evaluation) -> float:
    """The part (0..1) of the detections that have no label behind them."""
    return mistake_counts(evaluation)["extra"] / max(_detected(evaluation), 1)


def _about_unfound(evaluation: Evaluation, thing: str) -> str:
    """Classes that the model knows nothing of, beside others that it finds: where they are rare,
    neither the title nor F1 tells."""
    counted = [(item, hits) for item, hits in zip(
        evaluation.per_class, evaluation.confusion.diagonal(), strict=False) if item.support]
    none = [f"“{item.name}” ({item.support:,})" for item, hits in counted if not hits]
    if not none or len(none) == len(counted):
        return ""
    return f"Not one {thing} is found of {listed(none)}."


def _about_extra(evaluation: Evaluation) -> str:
    counted, share = _detected(evaluation), _extra_share(evaluation)
    if not evaluation.raw:
        return "There is no detection at any score: it has learned nothing yet."
    if not counted:
        least = evaluation.thresholds.score_thresh
        return f"Nothing scores {least:.2f} or more: look again with a lower score."
    if share >= GUESSES:
        labelled = counted - mistake_counts(evaluation)["extra"]
        return f"Only {labelled:,} of {counted:,} detections have a label behind them."
    if share < 0.02:
        return "Hardly any detection is without a label."
    if share >= 0.75:
        return "Most detections have no label behind them: look, labels may be missing."
    if share >= 0.4:
        return "Half of the detections have no label: look, labels may be missing."
    return (f"One in {_number_word(round(1 / share))} detections has no label: look, labels may "
            "be missing.")


def _about_confused(wrong: dict[Mistake, int], truths: int, things: str) -> str:
    share = wrong["confused"] / truths
    if share < 0.05:
        return ""
    return f"{share:.0%} of the {things} are taken for another class."


def _about_data(evaluation: Evaluation, part: str, learned: int | None, tone: Tone,
                recall: float, nouns: Nouns) -> str:
    if part == "train":
        samples = several(nouns.sample)
        return (f"These are training {samples}: {nouns.within} {samples} that the model does not "
                "know it finds less.")
    if learned is not None and learned < FEW_IMAGES and tone != "ok":
        images = count(learned, f"training {nouns.sample}")
        return f"It learned from only {images}: more will help most."
    if evaluation.truths < FEW_LABELS:
        labels = count(evaluation.truths, "label")
        return f"Only {labels} to judge by: the figures are rough."
    low, high = wilson_interval(recall, evaluation.truths)
    if high < 0.01:
        return ""  # “between 0% and 0%” says no more than the title
    return (f"Judging by {evaluation.truths:,} labels, it finds between {low:.0%} and {high:.0%} "
            f"of such {several(nouns.thing)}.")


def _number_word(number: int) -> str:
    words = {3: "three", 4: "four", 5: "five", 6: "six", 7: "seven",
             8: "eight", 9: "nine", 10: "ten"}
    return words.get(number, str(number))
