"""What is wrong with the files of a training, found by a look at each before it begins."""

from __future__ import annotations

from itertools import islice

from workbench.core.errors import WorkbenchError
from workbench.core.progress import ProgressCallback
from workbench.core.text import count
from workbench.media.images.readable import picture_info
from workbench.project.statistics.duplicates import AT_ONCE, split_problems
from workbench.tasks.image_classification.dataset import ImageDataset
from workbench.tasks.image_classification.doctor import conflict_text, same_images

MOST = 5_000
"""Pictures that are looked at: a pre-flight must not take longer than a training's first step."""
_SHOWN = 3  # names, or pairs, that are said


def file_issues(data: ImageDataset, check: ProgressCallback) -> dict[str, str]:
    """Sentences without a capital and a full stop, each with the key of a picture to look at.

    Parameters
    ----------
    check
        Called with how many pictures were looked at, of how many.
    """
    labels = {item.key: item.label for part in (data.train, data.val, data.test) for item in part}
    chosen = dict(islice(labels.items(), MOST))
    said: dict[str, str] = {}
    broken: list[tuple[str, str]] = []
    for number, key in enumerate(chosen):
        check(number, len(chosen))
        try:
            picture_info(data.folder / key)
        except WorkbenchError as error:
            broken.append((key, error.message))
    if broken:
        named = ", ".join(f"{key} ({reason})" for key, reason in broken[:_SHOWN])
        more = f" and {len(broken) - _SHOWN:,} more" if len(broken) > _SHOWN else ""
        said[f"{count(len(broken), 'picture')} cannot be read and "
             f"{'is' if len(broken) == 1 else 'are'} left out: {named}{more}"] = broken[0][0]
    copies = split_problems(data.folder, data.split, AT_ONCE)
    if copies:
        look, named = ("looks", "one") if len(copies) == 1 else ("look", "others")
        said[f"{count(len(copies), 'image')} {look} nearly the same as {named} in another part of "
             "the split, so scores will be better than the model is"] = copies[0].names[1]
    pairs = list(same_images(data.folder, chosen))
    for first, other in pairs[:_SHOWN]:
        said[conflict_text(first, other, labels)] = first
    if len(pairs) > _SHOWN:
        more = count(len(pairs) - _SHOWN, "more picture is", "more pictures are")
        said[f"{more} there twice with different labels"] = pairs[_SHOWN][0]
    return said
