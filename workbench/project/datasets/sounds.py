"""A project's sounds as training and evaluation see them: plain records, read once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

from workbench.core.annotation import LabeledObject
from workbench.core.errors import Problem, UsageError, WorkbenchError, unexpected
from workbench.core.paths import is_folder
from workbench.core.progress import ProgressCallback
from workbench.core.text import count
from workbench.media.sounds.sound_info import ClipInfo, read_sound_info, unsupported_text
from workbench.project.datasets.dataset import SplitDataset, in_order_of
from workbench.project.datasets.groups import declared_groups
from workbench.project.datasets.held_out import Span, held_out_text, hold_out, spans_of
from workbench.project.datasets.splits import (
    NOTE_NO_VAL,
    PARTS,
    RATIOS,
    Split,
    extend_split,
    list_splits,
    load_split,
    make_split,
)
from workbench.project.library.clips import (
    UNSUPPORTED_SUFFIXES,
    find_sounds,
    find_table,
    problems_of,
    read_state,
    within,
    wrong_name,
)
from workbench.project.library.label_sources import label_source
from workbench.project.library.scan import sort_naturally
from workbench.project.links import LOST_SOUND, lost_problem, lost_target
from workbench.project.manifest import Manifest

BACKGROUND_WORDS = (
    "The unlabelled parts of recordings are learned as “background”; label what belongs to a class "
    "there, or turn Learn background off."
)
_FEWEST_GROUPS = 5  # of which whole ones are held back
_FEW, _TRIES = 200, 100  # recordings that are split again where classes are missing; how often
_SHARES = (RATIOS, (0.6, 0.2, 0.2))
_GAP = 0.3  # seconds between a labelled region and what counts as background


@dataclass(frozen=True, slots=True)
class ClipRecord:
    """One labelled clip."""

    key: str
    """Posix path relative to the project folder."""
    path: Path
    info: ClipInfo
    label: str = ""
    """Class of the clip as a whole, "" for none."""
    regions: tuple[LabeledObject, ...] = ()
    """Parts of it with a class, in file order."""
    group: str = ""
    """Speaker or recording, "" where none is known."""
    number: int | None = None
    """Running number in its name, where the pattern has one."""
    spans: tuple[Span, ...] = ()
    """Seconds from and to of what counts, where a part has only some of its time; () for all."""

    @property
    def heard(self) -> set[str]:
        """The classes of it and of its regions."""
        return {self.label, *(region.label for region in self.regions)} - {""}


@dataclass(frozen=True, slots=True)
class SoundSample:
    """A labelled stretch of a clip."""

    key: str
    """Of the clip."""
    path: Path
    """Its file."""
    start: float
    end: float
    """Seconds; the whole clip for a label of the whole."""
    label: str
    """Class name; "" where none of the classes is heard."""
    whole: bool = True
    """Whether it is the whole clip."""

    @property
    def duration(self) -> float:
        return self.end - self.start

    @property
    def score_key(self) -> tuple[str, float, float]:
        """Its row among stored scores."""
        from workbench.formats.scores import sound_key  # needs numpy, which projects do without

        return sound_key(self.key, self.start, self.end)


def samples_of(record: ClipRecord, background: bool = False) -> list[SoundSample]:
    """The labelled stretches of a clip; with ``background`` also what lies between its regions."""
    duration = record.info.duration
    if record.label:
        return [SoundSample(record.key, record.path, 0.0, duration, record.label)]
    regions = [
        SoundSample(record.key, record.path, item.start, min(item.end, duration), item.label, False)
        for item in record.regions if item.start < duration and is_inside(item, record)
    ]
    return regions + (_between(record, duration) if background else [])


def is_inside(region: LabeledObject, record: ClipRecord) -> bool:
    """Whether a region of a clip lies in what of it counts."""
    end = min(region.end, record.info.duration)
    return not record.spans or any(
        start <= region.start and end <= stop for start, stop in record.spans)


def _between(record: ClipRecord, duration: float) -> list[SoundSample]:
    """Stretches of a clip in which nothing is labelled, as far as its regions reach into it."""
    gaps: list[SoundSample] = []
    position = 0.0
    ends = [*sorted((item.start, item.end) for item in record.regions), (duration, duration)]
    for start, end in ends:
        left, right = position + _GAP * (position > 0), start - _GAP * (start < duration)
        for first, last in record.spans or ((left, right),):
            first, last = max(left, first), min(right, last)
            if last - first > _GAP:
                gaps.append(SoundSample(record.key, record.path, first, last, "", False))
        position = max(position, end)
    return gaps


def bands_of(records: Iterable[ClipRecord]) -> dict[str, tuple[float, float]]:
    """Between which frequencies (Hz) each class is heard, as its regions with limits of their own
    say; a tenth of them may reach out on either side, as some are drawn too large."""
    edges: dict[str, tuple[list[float], list[float]]] = {}
    for item in (region for record in records for region in record.regions):
        if item.low is not None and item.high is not None:
            lows, highs = edges.setdefault(item.label, ([], []))
            lows.append(item.low)
            highs.append(item.high)
    return {name: (sorted(lows)[len(lows) // 10], sorted(highs)[-1 - len(highs) // 10])
            for name, (lows, highs) in edges.items()}


def group_names(text: object) -> tuple[str, ...]:
    """Names of groups as a person writes them, separated by commas."""
    return tuple(part.strip() for part in str(text).split(",") if part.strip())


class SoundDataset(SplitDataset[ClipRecord]):
    """Labelled clips."""

    def doubt(self, part: str) -> str:
        """Why scores on a part say less than they seem to about new sounds, or ""."""
        records = self.part(part)
        if not records:
            return ""
        if part == "train" or (part == "val" and self.split.val_is_train):
            return "Scores are from the training sounds: new sounds will score lower."
        trained = {record.key for record in self.train if not record.spans}
        held = held_out_text({record.key: self.split.stretches[record.key] for record in records
                               if record.key in self.split.stretches}, part)
        if held:
            return f"{held}. The rest was learned from: other recordings may score lower."
        if any(record.key in trained for record in records):
            return "Scores are from recordings that the model was trained on."
        groups = {record.group for record in records}
        if "" not in groups and groups <= {record.group for record in self.train}:
            return "Scores are for voices heard in training."
        return ""


def read_clips(
    folder: Path, progress: ProgressCallback = lambda done, total: None
) -> tuple[list[ClipRecord], list[Problem]]:
    """Every clip of a project with what is known of it, what could not be read (errors) and what
    should be known (warnings)."""
    keys = sort_naturally(find_sounds(folder))
    labels = label_source(folder, keys)
    problems = list(labels.problems)
    records = []
    wrong: Counter[str] = Counter()
    for done, key in enumerate(keys):
        progress(done, len(keys))
        if misnamed := wrong_name(key):
            wrong[misnamed[0]] += 1
            continue
        known = labels(key)
        path = folder / key
        if (target := lost_target(path)) is not None:
            problems.append(lost_problem(path, target, LOST_SOUND))
            continue
        try:
            info = read_sound_info(path)
            state = read_state(path, find_table(path)[1], info, known)
        except Exception as error:  # costs this clip only
            words = error.sentence() if isinstance(error, WorkbenchError) else \
                f"{path.name}: {unexpected(error)}."
            problems.append(Problem(str(path), "unreadable-sound", words))
            continue
        problems.extend(problems_of(path, info, state))
        inside = within(state.annotation, info.duration)
        named = [item for item in inside.objects if item.label]
        if nameless := len(inside.objects) - len(named):
            problems.append(Problem(str(path), "nameless-regions", f"{path.name}: "
                                    f"{count(nameless, 'region')} without a class cannot be used.",
                                    "warning"))
        whole = state.annotation.whole_label(info.duration) or ""
        parts = tuple(item for item in named if not item.region.is_whole(info.duration))
        records.append(ClipRecord(key, path, info, whole, parts, known.group, known.number))
    problems += [_wrong_name_problem(folder, name, number) for name, number in wrong.items()]
    return records, problems


def _wrong_name_problem(folder: Path, name: str, number: int) -> Problem:
    """One for a file, and one for all the sounds of a folder."""
    path = folder / name
    if is_folder(path):
        sounds = count(number, "sound")
        return Problem(str(path), "wrong-name",
                       f"The name of this folder is not UTF-8, so {sounds} in it cannot be used: "
                       "rename the folder.")
    return Problem(str(path), "wrong-name", "The name of this sound is not UTF-8: rename it.")


def unsupported_sounds(folder: Path) -> list[Problem]:
    """Sounds in formats that cannot be read, in the words in which opening them is refused."""
    paths = [folder / key for key in find_sounds(folder, suffixes=UNSUPPORTED_SUFFIXES)]
    return [Problem(str(path), "foreign-sound", f"{path.name}: {unsupported_text(path)}.",
                    "warning")
            for path in sorted(paths)]


def load_sound_dataset(
    folder: Path, split: str | Split = "default", *, test_groups: tuple[str, ...] = (),
    val_groups: tuple[str, ...] = (), seed: int = 0, run: Path | None = None,
    progress: ProgressCallback = lambda done, total: None,
) -> SoundDataset:
    """Read a project's labelled clips, split into train, val and test.

    Parameters
    ----------
    split
        A saved split's name, "official" (see :func:`official_split`), or a split itself.
    test_groups, val_groups
        Groups that are held back as a whole, instead of a saved split.
    seed
        Of a split that is made here.
    run
        Folder of a run that was trained with ``split``, to be judged: the parts are those of then,
        and to the project's own split what was labelled since is added.

    Raises
    ------
    UsageError
        If there is no such split or group.
    """
    records, problems = read_clips(folder, progress)
    labelled = [item for item in records if item.label or item.regions]
    names = sort_naturally(set[str]().union(*(item.heard for item in labelled)))
    classes = in_order_of(Manifest.load(folder).classes, names)
    if isinstance(split, Split):
        chosen = split
    elif run is not None:
        chosen = _split_of_run(folder, run, split, labelled)
    else:
        chosen = _split(folder, split, labelled, test_groups, val_groups, seed)
    data = SoundDataset(folder, classes, chosen, problems=[*problems, *unsupported_sounds(folder)])
    data.unlabelled = [item.key for item in records if not (item.label or item.regions)]
    by_key = {item.key: item for item in labelled}
    for part in PARTS:
        found = (_within_part(by_key[key], chosen, part)
                 for key in chosen.members(part) if key in by_key)
        data.part(part).extend(item for item in found if item is not None)
    data.problems.extend(_across(item, chosen) for item in labelled if _lost(item, chosen))
    data.problems.extend(_unused(item) for item in labelled if item.label and item.regions)
    return data


def _within_part(record: ClipRecord, split: Split, part: str) -> ClipRecord | None:
    held = split.stretches.get(record.key)
    if held is None:
        return record
    if record.label:  # it has one label as a whole by now
        return record if part == "train" else None
    return replace(record, spans=spans_of(held, part))


def _lost(record: ClipRecord, split: Split) -> int:
    """Regions that lie across an edge of what is held out."""
    held = split.stretches.get(record.key)
    if held is None or record.label:
        return 0
    spans = tuple(span for part in PARTS for span in spans_of(held, part))
    inside = replace(record, spans=spans)
    return sum(not is_inside(item, inside) for item in record.regions)


def _across(record: ClipRecord, split: Split) -> Problem:
    lost = _lost(record, split)
    words = count(lost, "label lies", "labels lie")
    return Problem(str(record.path), "region-across", f"{record.path.name}: {words} across the "
                   "edge of what is held out and cannot be used.", "warning")


def _unused(record: ClipRecord) -> Problem:
    """Of a clip that is labelled as a whole: see :func:`samples_of`."""
    return Problem(str(record.path), "regions-unused", f"{record.path.name}: it is {record.label} "
                   f"as a whole, so {count(len(record.regions), 'region')} in it cannot be learned "
                   "from. Remove the one or the other.", "warning")


def _split(
    folder: Path, name: str, records: list[ClipRecord], test_groups: tuple[str, ...],
    val_groups: tuple[str, ...], seed: int,
) -> Split:
    if test_groups or val_groups:
        return split_by_groups(records, test_groups, val_groups, seed)
    declared = Manifest.load(folder).grouping.declared
    groups = _groups(folder, records)
    if name in list_splits(folder):
        saved = extend_split(load_split(folder, name), [item.key for item in records], groups)
        again = name == "default" and (saved.stretches or saved.val_is_train)
        return hold_out_times(saved, records) if again else saved
    if name == "official":
        return official_split(records, seed)
    if name != "default":
        raise UsageError(f"there is no split “{name}” in {folder.name}")
    heard = {item.key: item.heard for item in records}
    split = make_split(heard, groups=groups, seed=seed, kinds=heard) if declared \
        else covering_split(grouped_split(records, seed), records, seed)
    if split.test:
        return split
    whole = replace(split, train=sorted(item.key for item in records), val=[], notes=[],
                    origin="by time within recordings")
    timed = hold_out_times(whole, records)
    return timed if timed.stretches else split


def _split_of_run(folder: Path, run: Path, name: str, records: list[ClipRecord]) -> Split:
    frozen = load_split(run, name)
    if name != "default" or name not in list_splits(folder):
        return frozen
    own = load_split(folder, name)
    if own.stretches != frozen.stretches:
        return frozen  # it learned from what is held out of newer runs
    return extend_split(own, [item.key for item in records], _groups(folder, records))


def _groups(folder: Path, records: list[ClipRecord]) -> dict[str, str]:
    """What stays together: as a person has said, or by speaker or recording."""
    manifest, told = Manifest.load(folder), {
        item.key: item.group for item in records if item.group}
    if not manifest.grouping.declared:
        return told
    names = set[str]().union(*(item.heard for item in records))
    return declared_groups(folder, [item.key for item in records], manifest.grouping,
                           classes={*manifest.classes, *names}, told=told)


def hold_out_times(split: Split, records: list[ClipRecord]) -> Split:
    """Hold out times of the recordings that would be learned from as a whole."""
    val = [] if split.val_is_train else list(split.val)
    test, stretches = list(split.test), dict(split.stretches)
    for item in records:
        if item.key not in split.train or item.key in {*val, *test} or item.label:
            continue
        held = hold_out(item.regions, item.info.duration, split.ratios)
        if held:
            stretches[item.key] = held
            val.append(item.key)
            test.extend([item.key] if "test" in held else [])
    if stretches == split.stretches:
        return split
    return replace(split, val=sorted(val), test=sorted(test), stretches=stretches, notes=[
        note for note in split.notes if note != NOTE_NO_VAL])


def grouped_split(records: list[ClipRecord], seed: int = 0) -> Split:
    """A random split that keeps each speaker or recording in one part.

    With fewer than five groups too little would be left for training: then it is random by clip,
    and ``notes`` say that scores are for voices heard in training. Five are the folds of ESC-50.
    """
    groups = {item.key: item.group for item in records if item.group}
    count = len(set(groups.values()))
    keys = [item.key for item in records]
    if count >= _FEWEST_GROUPS:
        split = make_split(keys, groups=groups, seed=seed)
        return replace(split, notes=[*split.notes, f"Split by group: {count} groups, each in one "
                                     "part only."])
    split = make_split(keys, seed=seed)
    if count < 2:
        return split
    names = ", ".join(sorted(set(groups.values()))[:4])
    return replace(split, notes=[
        *split.notes,
        f"There are only {count} groups ({names}), so each is in every part: scores are for "
        "voices heard in training. To test on a new one, name it under “Hold out for testing” "
        "(split.test_groups).",
    ])


def covering_split(split: Split, records: list[ClipRecord], seed: int) -> Split:
    """``split``, or one in which more classes are in each of the parts.

    Of a dozen recordings one is 15 %, and what calls at dawn is not in one of the night: chance
    leaves classes of several recordings unjudged. Then others are tried, at last with half of the
    recordings held out, and the first without a gap is taken, or that with the fewest.
    """
    heard = {item.key: item.heard for item in records}
    times = Counter(name for names in heard.values() for name in names)
    wanted = {name for name, number in times.items() if number >= len(PARTS)}

    def lacking(tried: Split) -> int:
        found = [set().union(*(heard[key] for key in tried.members(part))) for part in PARTS]
        return sum(len(wanted - names) for names in found)

    if not split.test or len(records) > _FEW or not lacking(split):
        return split
    groups = {item.key: item.group for item in records if item.group}
    groups = groups if len(set(groups.values())) >= _FEWEST_GROUPS else {}
    labels = {item.key: len(item.regions) + bool(item.label) for item in records}
    total = sum(labels.values())

    def worth(tried: Split) -> tuple[int, float]:
        learned = sum(labels[key] for key in tried.train) / total
        return lacking(tried), abs(learned - RATIOS[0])

    best = split
    for ratios in _SHARES:
        tries = (make_split(heard, groups=groups, ratios=ratios, seed=seed + number)
                 for number in range(_TRIES))
        found = min((best, *tries), key=worth)
        best = best if lacking(found) == lacking(best) else found
        if not lacking(best):
            break
    return best if best is split else replace(
        split, train=best.train, val=best.val, test=best.test,
        origin=f"by recording, seed {seed}")


def split_by_groups(
    records: list[ClipRecord], test_groups: tuple[str, ...], val_groups: tuple[str, ...] = (),
    seed: int = 0,
) -> Split:
    """Hold whole groups back; without ``val_groups`` a tenth of the rest becomes val, at random.

    Raises
    ------
    UsageError
        If a group is not there, or nothing would be left to train on.
    """
    known = {item.group for item in records if item.group}
    for name in (*test_groups, *val_groups):
        if name not in known:
            raise UsageError(f"there is no group “{name}”; there are: {', '.join(sorted(known))}")
    test = sorted(item.key for item in records if item.group in test_groups)
    held = [item.key for item in records if item.group in val_groups]
    rest = [item.key for item in records if item.group not in {*test_groups, *val_groups}]
    if not rest:
        raise UsageError("with these groups held back there is nothing left to train on")
    if held:
        train, val = sorted(rest), sorted(held)
    else:
        inner = make_split(rest, ratios=(0.9, 0.1, 0.0), seed=seed)
        train, val = inner.train, inner.val
    return Split(
        "by-group", seed, train, val, test, origin=f"test: {', '.join(test_groups)}",
        notes=[f"{', '.join(test_groups)} is in test only."] if test_groups else [],
    )


def official_split(records: list[ClipRecord], seed: int = 0) -> Split:
    """The published split of data sets that carry it in their names: numbers 0 to 4 are test.

    Source: Free Spoken Digit Dataset's description. A tenth of the rest becomes val, at random.

    Raises
    ------
    UsageError
        If the names have no numbers.
    """
    numbered = [item for item in records if item.number is not None]
    if len(numbered) < len(records) or not records:
        raise UsageError("the sounds have no numbers in their names, so there is no official split")
    test = sorted(item.key for item in records if (item.number or 0) < 5)
    rest = [item.key for item in records if (item.number or 0) >= 5]
    inner = make_split(rest, ratios=(0.9, 0.1, 0.0), seed=seed)
    return Split("official", seed, inner.train, inner.val, test,
                 origin="official: numbers 0 to 4 are test")
