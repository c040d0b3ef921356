"""Text files in blocks of whole lines, so that a file of any length is read in little memory."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

# Bytes of one block; large enough that the work per block vanishes, small beside the points.
BLOCK_BYTES = 1 << 22
BYTE_ORDER_MARK = b"\xef\xbb\xbf"
# Bytes of the longest line of a table: a hundred thousand columns fit in, and what is longer is none.
LONGEST_LINE = 1 << 26


@dataclass(frozen=True)
class TextBlock:
    """Some consecutive whole lines."""

    first_line: int  # number of its first line, from 1
    text: str
    last: bool  # the file ends here


def text_blocks(path: Path, *, quotes: bool) -> Iterator[TextBlock]:
    """The lines of a UTF-8 file.

    Args:
        path: The file.
        quotes: It is a table: a line break between two quotation marks is part of a cell and ends no block, and no line
            is longer than 64 MB.

    Raises:
        ValueError: If it holds something else than UTF-8 text, or too long a line; names the line.
    """
    line, held, size, marks = 1, [b""], 0, 0  # the parts of a line that has not ended, and the quotation marks in them
    with path.open("rb") as file:
        while data := file.read(BLOCK_BYTES):
            cut = data.rfind(b"\n") + 1
            if quotes and (marks + data.count(b'"', 0, cut)) % 2:
                cut = 0
            if cut:
                block = b"".join((*held, data[:cut]))
                yield TextBlock(line, _text(path, block, line), last=False)
                line += block.count(b"\n")
                held, size, marks = [], 0, 0
            held.append(data[cut:])
            size, marks = size + len(data) - cut, marks + data.count(b'"', cut)
            if quotes and size > LONGEST_LINE:
                raise ValueError(
                    f"{path}, line {line}: no line ends from there on over {LONGEST_LINE >> 20} MB; close the open "
                    "quotation mark, or save the numbers as CSV, JSON lines or parquet if this is no table"
                )
    if rest := b"".join(held):
        yield TextBlock(line, _text(path, rest, line), last=True)


def _text(path: Path, block: bytes, line: int) -> str:
    if line == 1:
        block = block.removeprefix(BYTE_ORDER_MARK)
    try:
        text = block.decode("utf-8")
    except UnicodeDecodeError as error:
        at = line + block.count(b"\n", 0, error.start)
        raise ValueError(
            f"{path}, line {at} is not UTF-8 text; if a spreadsheet wrote it, save it as CSV UTF-8; if it is a binary "
            "file, save its numbers as CSV, JSON lines or parquet"
        ) from None
    zero = text.find("\0")
    if zero >= 0:
        at = line + text.count("\n", 0, zero)
        raise ValueError(
            f"{path}, line {at} holds zero bytes, which no text does and a crash may leave: delete that line, or save "
            "the numbers as CSV, JSON lines or parquet"
        )
    return text
