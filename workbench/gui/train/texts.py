"""Figures in words, as the training place says them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from workbench.core.durations import duration
from workbench.core.text import count, tr

METRIC_NAMES = {
    "map": "mAP", "map_50": "mAP@0.5", "map_75": "mAP@0.75", "precision": "Precision",
    "recall": "Recall", "f1": "F1", "roc_auc": "ROC area",
    "outline_iou": "Outline overlap", "outline_map": "Outline mAP",
    "outline_map_50": "Outline mAP@0.5",
    "keypoint_pck": "Key points found", "keypoint_map": "Key point mAP",
    "keypoint_map_50": "Key point mAP@0.5",
    "miou": "mIoU", "mean_dice": "Mean Dice", "pixel_accuracy": "Pixel accuracy",
    "accuracy": "Accuracy", "auroc": "AUROC", "r2": "R²", "mae": "Mean error",
    "rmse": "Root mean square error",
    "val_loss": "Validation loss",
}
METRIC_HELP = {
    "map": "Mean average precision over overlaps from .50 to .95: how well things are found, and "
           "how well their boxes lie.",
    "map_50": "Mean average precision at an overlap of one half: how well things are found.",
    "miou": "Mean of the classes, without background: of all pixels that are labelled or taken as "
            "a class, the share that is both. 1 is perfect.",
    "mean_dice": "Mean of the classes, without background: twice the pixels that are labelled and "
                 "taken as a class, over those labelled plus those taken. 1 is perfect.",
    "pixel_accuracy": "The share of labelled pixels, background among them, that are taken for "
                      "what they are. It is high wherever most pixels are background.",
    "accuracy": "The share of answers that are right.",
    "auroc": "The chance that a faulty image has a higher score than a good one: 1 is perfect, 0.5 "
             "is chance.",
    "r2": "Share of the variance that is explained: 1 is perfect, 0 is no better than the mean.",
}
"""What figures mean, in a sentence or two."""
_PART_NAMES = {"keypoints": "key points"}
STATE_WORDS = {
    "starting": "starting", "running": "training", "paused": "paused", "finished": "finished",
    "stopped": "stopped, best kept", "cancelled": "cancelled", "failed": "failed",
    "interrupted": "interrupted",
}
STATE_TONES = {
    "starting": "accent", "running": "accent", "paused": "warn", "finished": "ok",
    "stopped": "ok", "cancelled": "faint", "failed": "bad", "interrupted": "warn",
}


def metric_name(name: str) -> str:
    """A metric as people write it ("mAP@0.5")."""
    return METRIC_NAMES.get(name, part_name(name))


def metric_help(name: str) -> str:
    """What a metric means; "" where its name says it."""
    return tr(METRIC_HELP.get(name, ""))


def metric_in_text(name: str) -> str:
    """The same inside a sentence: "best accuracy 0.98", and still "best mAP 0.71"."""
    word = metric_name(name)
    return word.lower() if word.istitle() and word.isalpha() else word


def part_name(name: str) -> str:
    """The name of a part of the loss: ``loss_box_reg`` is "box reg"."""
    words = name.removeprefix("loss_").removeprefix("val_").replace("_", " ").strip()
    return _PART_NAMES.get(words, words) or name


def clock(seconds: float) -> str:
    """How long something took: "0:09", "1:52", "1:02:03"."""
    whole = max(0, round(seconds))
    hours, minutes = whole // 3600, whole // 60 % 60
    return f"{hours}:{minutes:02}:{whole % 60:02}" if hours else f"{minutes}:{whole % 60:02}"


def lasted(epochs: int, seconds: float) -> str:
    """What comes behind "finished": " after 66 epochs in 1:52"; "" where nothing is known."""
    if not epochs:
        return ""
    return tr(" after {epochs}", epochs=count(epochs, "epoch")) + (tr(" in {clock}",
                                                    clock=clock(seconds)) if seconds else "")


def ago(seconds: float) -> str:
    """How long since: "just now", "12 s ago", "3 min ago"."""
    return tr("just now") if seconds < 2 else tr("{duration} ago", duration=duration(seconds))


def gpu_words(load: Mapping[str, float]) -> str:
    """How loaded the card is ("GPU 83 %, 5 of 24 GB"); "" where that is not known."""
    if not {"busy", "used", "total"} <= load.keys():
        return ""
    return tr("GPU {busy:.0f} %, {used:.0f} of {total:.0f} GB", busy=100 * load["busy"],
              used=load["used"] / 2**30, total=load["total"] / 2**30)


def figure(value: float) -> str:
    """A loss or a rate with three digits, small ones as powers of ten."""
    if value != value:
        return "–"
    if value == 0 or 0.001 <= abs(value) < 1000:
        return f"{value:.3g}" if abs(value) < 0.1 or abs(value) >= 10 else f"{value:.2f}"
    return f"{value:.1e}".replace("e-0", "e-").replace("e+0", "e")


def score(value: float) -> str:
    """A metric between 0 and 1, with a third digit where it is small."""
    if value != value:
        return "–"
    return f"{value:.2f}" if value >= 0.1 else f"{value:.3f}"


def when(moment: datetime) -> str:
    """A moment as near as one thinks of it: "14:03", "yesterday 09:12", "12 Nov", "12 Nov 2025"."""
    now = datetime.now(moment.tzinfo)
    days = (now.date() - moment.date()).days
    if days == 0:
        return f"{moment:%H:%M}"
    if days == 1:
        return tr("yesterday {moment:%H:%M}", moment=moment)
    day = f"{moment.day} {moment:%b}"
    return day if moment.year == now.year else f"{day} {moment.year}"
