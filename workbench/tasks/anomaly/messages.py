"""The sentences about differences in Results, report and shell."""

from __future__ import annotations

from math import isnan

from workbench.core.text import count, tr
from workbench.evaluation.differing import Differing
from workbench.tasks.anomaly.results import BINS, Cell, Chosen, DifferenceSnapshot

CELL_WORDS = {(0, 0): "good, called good", (0, 1): "good, but called different",
              (1, 0): "faulty, but called good", (1, 1): "faulty, called different"}
_FILE_WORDS = {(0, 0): "good", (0, 1): "false-alarms", (1, 0): "missed", (1, 1): "found"}

PIXEL_WORDS = (
    ("pixel_auroc", "Pixel AUROC",
     "The probability that a pixel of a fault has a higher score than a faultless one, by the "
     "masks of faults"),
    ("aupro", "AUPRO",
     "How much of each fault is marked: the mean over all faults and over all limits at which at "
     "most 30 % of the faultless pixels are marked. Small faults count as much as large ones"),
    ("pixel_iou", "Pixel IoU",
     "What is marked and faulty, of all that is marked or faulty, at the limit"),
)
"""Key of a figure by pixel, its name, and what it means."""


def cell_words(cell: Cell, number: int) -> str:
    """What a cell of the confusion says ("3 images good, but called different")."""
    return tr("{images} {words}", images=count(number, "image"), words=tr(CELL_WORDS[cell]))


def bin_words(place: int, good: int, faulty: int) -> str:
    """What a bar of the histogram says."""
    return tr("score {low:.3f} to {high:.3f}: {good} good, {faulty} faulty",
              low=place / BINS, high=(place + 1) / BINS, good=f"{good:,}", faulty=f"{faulty:,}")


def title(shown: DifferenceSnapshot) -> str:
    """Heading of the images that are listed."""
    images, chosen = count(len(shown.rows), "image"), shown.chosen
    if chosen.cell is not None:
        return tr("{words}: {images}", words=tr(CELL_WORDS[chosen.cell]), images=images)
    if chosen.bin is not None:
        return tr("score {low:.3f} to {high:.3f}: {images}", low=chosen.bin / BINS,
                  high=(chosen.bin + 1) / BINS, images=images)
    if chosen.label is not None:
        return tr("{words}: {images}", words=chosen.label or tr("no class"), images=images)
    return images


def file_word(chosen: Chosen) -> str:
    """What is chosen as a part of a file name, the same in every language."""
    if chosen.cell is not None:
        return _FILE_WORDS[chosen.cell]
    if chosen.label is not None:
        return "".join(letter if letter.isalnum() or letter in "-_" else "_"
                       for letter in chosen.label) or "unlabelled"
    return "all-images" if chosen.bin is None else f"score-{chosen.bin / BINS:.3f}"


def verdict(found: Differing) -> str:
    """What the figures come to, in a sentence or two."""
    good, faulty = int((~found.faulty).sum()), int(found.faulty.sum())
    alarms, hits = int(found.confusion[0, 1]), int(found.confusion[1, 1])
    if not good and not faulty:
        return ""
    alarm = tr("{alarms} of {good} called different by mistake.", alarms=f"{alarms:,}",
               good=count(good, "good image"))
    if not faulty:
        return tr("{alarm} There are no faulty images here, so nobody knows how many of them would "
                  "be found.", alarm=alarm)
    hit = tr("{hits} of {faulty} found.", hits=f"{hits:,}", faulty=count(faulty, "faulty image"))
    return f"{hit} {alarm}" if good else hit


def image_details(shown: DifferenceSnapshot, image: int) -> str:
    """All that is known of an image, as a line."""
    item = shown.results.samples[image]
    words = tr("differs") if shown.judged.called[image] else tr("like the good ones")
    return " · ".join((item.key, item.label or tr("no class"),
                       tr("score {score:.3f}: {words}", score=float(shown.judged.scores[image]),
                          words=words), "{} × {} px".format(*item.size)))


def set_line(shown: DifferenceSnapshot) -> str:
    """The status bar's left text."""
    found = shown.judged
    text = tr("{good}, {faulty}", good=count(int((~found.faulty).sum()), "good image"),
              faulty=count(int(found.faulty.sum()), "faulty one"))
    return text if isnan(found.auroc) else tr("{text} · AUROC {auroc:.3f}", text=text,
                                              auroc=found.auroc)
