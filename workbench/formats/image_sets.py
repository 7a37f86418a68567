"""``ImageSets/Main/*.txt`` of Pascal VOC: which images belong to train, val and test.

Format: one file stem a line; in the files for one class a second column says ``1`` (there),
``-1`` (not there) or ``0`` (only difficult ones).
Source: the development kit of the PASCAL VOC challenge 2012, section 4.1.
"""

from __future__ import annotations

from pathlib import Path

from workbench.core.errors import FormatError
from workbench.formats.regular_file import read_file

_FLAGS = frozenset({"-1", "0", "1", "+1"})


def read_image_set(path: Path) -> list[str]:
    """Return the stems that ``path`` lists, in file order, each once.

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
