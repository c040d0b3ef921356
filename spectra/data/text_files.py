"""Plain text in files."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import ConfigDict, Field, PositiveInt
from pydantic.dataclasses import dataclass

from spectra.data.checksum import Checksum, checksum, require_content
from spectra.data.dataset import Dataset
from spectra.data.mapped import mapped
from spectra.data.places import Place, missing, place
from spectra.data.text_windows import Cut, Unit, code_points, held_out_end, text_dataset

WANTED = "text in files that end in .txt"
REMEDY = "pass path= a text file in UTF-8, or a folder of files that end in .txt"


@dataclass(frozen=True, config=ConfigDict(extra="forbid"))
class TextFiles:
    """Text of which the next character, or byte, is to be told.

    Of a folder all files that end in .txt, also those in folders within it, are joined in the order of their names,
    with nothing between them. The end of the text is held out. Both parts are cut into windows side by side, the
    windows of each are shuffled once, always alike, and the first are taken.

    Attributes:
        path: The file or folder.
        train_examples: Number of windows to train with.
        context: Tokens in a window, T.
        test_examples: Number of windows to test with; all if not given.
        unit: "characters" for the characters of the training part, of which the test windows that are used must not
            have others, from text in UTF-8; "bytes" for 256 tokens from any file. One file of bytes is mapped, not
            read; characters are read whole to know them all.
        held_out: Part of the text at its end that does not train, between zero and one.
        sha256: The `checksum()` that the files must have. Without one they are not compared.
    """

    path: Place
    train_examples: PositiveInt
    context: PositiveInt
    test_examples: PositiveInt | None = None
    unit: Unit = "characters"
    held_out: Annotated[float, Field(gt=0, lt=1)] = 0.1
    sha256: Checksum | None = None
    kind: Literal["text"] = "text"

    def load(self) -> Dataset:
        """Tokens (N, T), and the same one place on as targets (N, T).

        Raises:
            FileNotFoundError: If there is no such file, or no text in the folder.
            ValueError: If a file is not UTF-8 or has another checksum, the text is too short, or the test windows have
                characters that the training part does not have.
        """
        where, files = self._files()
        require_content(self.sha256, files, where)
        tokens = [mapped(path, "u1") if self.unit == "bytes" else _characters(path) for path in files]
        train, test = held_out_end(tokens[0] if len(tokens) == 1 else np.concatenate(tokens), self.held_out)
        cut = Cut(self.context, self.train_examples, self.test_examples, self.unit)
        return text_dataset(train, test, cut, where=str(where))

    def checksum(self) -> str:
        """SHA-256 of the file, or of the list of the SHA-256 of all, to be passed as `sha256`."""
        where, files = self._files()
        return checksum(files, where)

    def _files(self) -> tuple[Path, list[Path]]:
        """The file or folder, and the files in order."""
        where = place(self.path, wanted=WANTED, remedy=REMEDY)
        if where.is_file():
            return where, [where]
        files = sorted((path for path in where.rglob("*.txt") if path.is_file()), key=Path.as_posix)
        if not files:
            raise missing(where, wanted=WANTED, remedy=REMEDY)
        return where, files


def _characters(path: Path) -> NDArray[Any]:
    try:
        # A byte-order mark, which some editors write, is no character of the text.
        return code_points(path.read_bytes().decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise ValueError(
            f"{path} is not text in UTF-8: {error.reason} at byte {error.start}; convert it, or set unit = 'bytes'"
        ) from error
