"""Tokens in the files that nanoGPT trains from."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal

from numpy.typing import NDArray
from pydantic import ConfigDict, Field, PositiveInt
from pydantic.dataclasses import dataclass

from spectra.data.checksum import Checksum, checksum, require_content
from spectra.data.dataset import Dataset
from spectra.data.mapped import mapped
from spectra.data.places import Place, folder, missing
from spectra.data.windows import next_token_dataset, windows

WANTED = "train.bin and val.bin"
REMEDY = "write both with the prepare.py of a dataset in nanoGPT, and pass path= the folder that holds them"


@dataclass(frozen=True, config=ConfigDict(extra="forbid"))
class TokenFiles:
    """Tokens as numbers in `train.bin` and `val.bin`, nothing else in them, of which the next is to be told.

    Both are cut into windows side by side, the windows of each are shuffled once, always alike, and the first are
    taken. The files are mapped, and only these windows are read. A `meta.pkl` beside them is never opened, so that the
    length of the vocabulary must be told.

    Attributes:
        path: Folder with the two files.
        train_examples: Number of windows to train with.
        context: Tokens in a window, T.
        vocabulary: Number of different tokens; for GPT-2 it is 50257, for nanoGPT's characters of Shakespeare 65.
        test_examples: Number of windows of `val.bin` to test with; all if not given.
        bits: Length of a number in the files, which are unsigned and little-endian.
        sha256: The `checksum()` that the two files must have, for which they are read whole. Without one they are not
            compared.
    """

    path: Place
    train_examples: PositiveInt
    context: PositiveInt
    vocabulary: Annotated[int, Field(ge=2)]
    test_examples: PositiveInt | None = None
    bits: Literal[16, 32] = 16
    sha256: Checksum | None = None
    kind: Literal["tokens"] = "tokens"

    def load(self) -> Dataset:
        """Tokens (N, T), and the same one place on as targets (N, T).

        Raises:
            FileNotFoundError: If a file is not there.
            ValueError: If a file is damaged, too short or has another checksum, or the windows have numbers that are
                not below the vocabulary.
        """
        place, (train, test) = self._files()
        require_content(self.sha256, [train, test], place)
        parts = [
            self._windows(path, asked, f"{name}_examples")
            for name, path, asked in (("train", train, self.train_examples), ("test", test, self.test_examples))
        ]
        return next_token_dataset(*parts, vocabulary=self.vocabulary)

    def checksum(self) -> str:
        """SHA-256 of the list of the SHA-256 of the two files, to be passed as `sha256`."""
        place, files = self._files()
        return checksum(files, place)

    def _files(self) -> tuple[Path, list[Path]]:
        place = folder(self.path, wanted=WANTED, remedy=REMEDY)
        files = [place / name for name in ("train.bin", "val.bin")]
        for path in files:
            if not path.is_file():
                raise missing(place, wanted=f"file {path.name}", remedy=REMEDY)
        return place, files

    def _windows(self, path: Path, asked: int | None, setting: str) -> NDArray[Any]:
        length, size = path.stat().st_size, self.bits // 8
        if length % size:
            raise ValueError(f"{path} has {length} bytes, which is no number of tokens of {size}; write it again")
        found = windows(mapped(path, f"<u{size}"), self.context, asked, setting=setting, where=str(path))
        if found.max() >= self.vocabulary:
            raise ValueError(
                f"{path} has tokens up to {found.max()}, and vocabulary = {self.vocabulary} allows up to "
                f"{self.vocabulary - 1}; set the vocabulary of the tokenizer, or other bits if they are not {self.bits}"
            )
        return found
