"""Text files in blocks of whole lines, so that a file of any length is read in little memory."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

# Bytes of one block; large enough that the work per block vanishes, small beside the points.
BLOCK_BYTES = 1 << 22
BYTE_ORDER_MARK = b"\xef\xbb\xbf"


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
        quotes: A line break between two quotation marks is part of a cell and ends no block.

    Raises:
        ValueError: If it holds something else than UTF-8 text; names the line.
    """
    line, rest = 1, b""
    with path.open("rb") as file:
        while True:
            data = file.read(BLOCK_BYTES)
            block = rest + data
            cut = _end(block, quotes) if data else len(block)
            if cut:
                yield TextBlock(line, _text(path, block[:cut], line), last=not data)
            line += block.count(b"\n", 0, cut)
            rest = block[cut:]
            if not data:
                return


def _end(block: bytes, quotes: bool) -> int:
    """Where the last whole line ends; 0 if there is none."""
    cut = block.rfind(b"\n") + 1
    return 0 if quotes and block.count(b'"', 0, cut) % 2 else cut


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
