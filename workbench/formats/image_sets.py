"""``ImageSets/Main/*.txt`` of Pascal VOC: which images belong to train, val and test.

Format: one file stem a line; in the files for one class a second column says ``1`` (there),
``-1`` (not there) or ``0`` (only difficult ones). Other programs write names with suffix (VoTT) or
with the subfolder (CVAT), only lists for single classes (VoTT), and a ``default.txt`` of what
belongs to no part (CVAT).
Source: the development kit of the PASCAL VOC challenge 2012, section 4.1.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from workbench.core.errors import FormatError
from workbench.core.paths import folded, visible
from workbench.formats.regular_file import read_file

PARTS = ("train", "val", "test", "trainval")
_FLAGS = frozenset({"-1", "0", "1", "+1"})


def find_image_sets(folder: Path) -> tuple[dict[str, list[Path]], list[Path]]:
    """Files of each part in ``folder``/ImageSets/Main, and the lists that say no part.

    The lists of single classes (``cat_train.txt``) count only where there is none for all.
    """
    try:
        paths = sorted(path for path in visible((folder / "ImageSets" / "Main").iterdir())
                       if path.suffix.lower() == ".txt")
    except OSError:
        return {}, []
    found = {part: [path for path in paths if path.stem.lower() == part] for part in PARTS}
    if not any(found.values()):
        found = {part: [path for path in paths if path.stem.lower().endswith(f"_{part}")]
                 for part in PARTS}
        named = {path for files in found.values() for path in files}
        return found, [path for path in paths if path not in named]
    classes = tuple(f"_{part}" for part in PARTS)
    others = [path for path in paths if path.stem.lower() not in PARTS
              and not path.stem.lower().endswith(classes)]
    return found, others


def all_image_sets(folder: Path) -> list[Path]:
    """All lists in ``folder``/ImageSets/Main, those of single classes, too."""
    found, others = find_image_sets(folder)
    folders = {path.parent for paths in (*found.values(), others) for path in paths}
    return sorted(path for place in folders for path in visible(place.iterdir())
                  if path.suffix.lower() == ".txt")


def line_after(line: str, old: str, new: str) -> str:
    """What a line of a list says when the image that it names was moved.

    The suffix is written or not and the flag stays, as they are; folders that both places have
    in common are not written. ``old`` and ``new`` are posix paths in the data set.
    """
    for name in dict.fromkeys((line, _without_flag(line))):
        plain = f"/{name}".replace("\\", "/")
        for before, after in ((old, new), (_stem(old), _stem(new))):
            parts, others = before.split("/"), after.split("/")
            for at in range(len(parts)):
                tail = "/".join(parts[at:])
                if plain.endswith(f"/{tail}"):
                    same = next((place for place, part in enumerate(parts[:at])
                                 if others[place:-1][:1] != [part]), at)
                    return (name[:len(name) - len(tail)] + "/".join(others[same:])
                            + line[len(name):])
    return line


def _stem(key: str) -> str:
    return key[:key.rfind(".")]


class ImageNames:
    """Finds the image that a list means, however it writes the name.

    Parameters
    ----------
    keys
        Posix paths of the images.
    suffixes
        Of images, in lower case.
    """

    def __init__(self, keys: Iterable[str], suffixes: frozenset[str]) -> None:
        self._suffixes = suffixes
        self._by_name: dict[str, list[str]] = {}
        for key in keys:
            for name in _endings(self._plain(key[: key.rfind(".")])):
                self._by_name.setdefault(name, []).append(key)

    def find(self, name: str) -> list[str]:
        """The images that ``name`` fits: mostly one; none, or several, where it is not clear.

        It is compared as it is, without a suffix of images, and then without the folders before
        it, one after the other, as lists may start from other folders. Of several that are called
        so one counts that is spelled exactly so, and one whose folder holds those of all others.
        """
        without = name[: name.rfind(".")] if self._has_suffix(name) else name
        for form in dict.fromkeys((name, without, _without_flag(without))):
            whole = self._plain(form)
            for ending in _endings(whole):
                if (found := self._by_name.get(ending)) is not None:
                    return found if len(found) < 2 else _meant(found, name, form, ending == whole)
        return []

    def _has_suffix(self, name: str) -> bool:
        return name[name.rfind(".") :].lower() in {*self._suffixes, ".xml"}

    @staticmethod
    def _plain(name: str) -> str:
        return folded(name.replace("\\", "/")).strip("/")


def _without_flag(name: str) -> str:
    """Without the flag that this line has and others do not."""
    first, _, last = name.rpartition(" ")
    return first.strip() if last in _FLAGS else name


def _meant(found: list[str], name: str, form: str, whole: bool) -> list[str]:
    """Of several images those that ``name`` means best.

    Parameters
    ----------
    form
        The name as it was found.
    whole
        Whether it was found with all its folders: then it starts from a folder of all images.
    """
    written = (f"/{name}".replace("\\", "/"), f"/{form}".replace("\\", "/"))
    exact = [key for key in found if f"/{key}".endswith(written[0])] or [
        key for key in found if f"/{_stem(key)}".endswith(written[1])] or found
    if len(exact) == 1 or not whole:
        return exact
    deep = len(form.replace("\\", "/").strip("/").split("/"))
    starts = {key: f"/{key}".rsplit("/", deep)[0] + "/" for key in exact}
    first = min(exact, key=lambda key: len(starts[key]))
    alone = all(key == first or (start.startswith(starts[first]) and start != starts[first])
                for key, start in starts.items())
    return [first] if alone else exact


def _endings(name: str) -> Iterator[str]:
    """ "a/b/c", "b/c", "c"."""
    parts = name.split("/")
    return ("/".join(parts[at:]) for at in range(len(parts)))


def read_image_set(path: Path) -> list[str]:
    """Return the names that ``path`` lists as they are written, in file order, each once.

    Blank lines are skipped. A column of flags is dropped where every line has one, so that a
    stem such as ``photo 1`` stays whole in a file without flags.

    Raises
    ------
    WorkbenchError
        If the file cannot be read.
    FormatError
        If it is not text.
    """
    try:
        text = read_file(path).decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        raise FormatError("the text is not UTF-8", path=path, line=line,
                          kept="The file was left as it is.") from error
    lines = [line.strip() for line in text.splitlines()]
    rows = [line.rsplit(maxsplit=1) for line in lines if line]
    if all(len(row) == 2 and row[1] in _FLAGS for row in rows):
        return list(dict.fromkeys(row[0] for row in rows))
    return list(dict.fromkeys(line for line in lines if line))
