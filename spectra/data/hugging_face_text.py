"""Text from datasets of Hugging Face."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from pydantic import ConfigDict, Field, PositiveInt, model_validator
from pydantic.dataclasses import dataclass

from spectra.data.checksum import Checksum
from spectra.data.dataset import Dataset
from spectra.data.hugging_face_source import Source
from spectra.data.places import Place
from spectra.data.rows import Rows
from spectra.data.text_windows import Cut, Unit, code_points, held_out_end, text_dataset


@dataclass(frozen=True, config=ConfigDict(extra="forbid"))
class HuggingFaceText:
    """Text in a column of a dataset on disk or on the hub, of which the next character, or byte, is to be told.

    On disk it is a Parquet or Arrow file, a folder of them or a folder that `save_to_disk` wrote, all of which are read
    without the library. The rows of a split are joined by line breaks, in order and whole. If both splits are the same,
    or the files are of one set without splits, the end of the text is held out. Both parts are cut into windows side by
    side, the windows of each are shuffled once, always alike, and the first are taken.

    Attributes:
        path: File or folder; with `download` also the name of a dataset on the hub.
        train_examples: Number of windows to train with.
        context: Tokens in a window, T.
        test_examples: Number of windows to test with; all if not given.
        text: Column of texts.
        unit: "characters" for the characters of the training part, of which the test windows that are used must not
            have others; "bytes" for the 256 bytes of UTF-8.
        held_out: Part of the text at its end that does not train if there is one split only, between zero and one.
        train_split: Name of the split to train with.
        test_split: Name of the split to test with.
        download: Whether the library `datasets` may fetch what is not on disk; it keeps to HF_HOME and HF_HUB_OFFLINE.
        name: Configuration of a dataset on the hub.
        revision: Branch, tag or commit of a dataset on the hub; a commit pins its content.
        sha256: The `checksum()` that files on disk must have. Without one they are not compared.
    """

    path: Place
    train_examples: PositiveInt
    context: PositiveInt
    test_examples: PositiveInt | None = None
    text: str = "text"
    unit: Unit = "characters"
    held_out: Annotated[float, Field(gt=0, lt=1)] = 0.1
    train_split: str = "train"
    test_split: str = "test"
    download: bool = False
    name: str | None = None
    revision: str | None = None
    sha256: Checksum | None = None
    kind: Literal["hugging_face_text"] = "hugging_face_text"

    @model_validator(mode="after")
    def _pinned_in_one_way(self) -> HuggingFaceText:
        self._source().require_one_pin(self.sha256)
        return self

    def load(self) -> Dataset:
        """Tokens (N, T), and the same one place on as targets (N, T).

        Raises:
            FileNotFoundError: If there is no such file or folder, or a split is not in it.
            ValueError: If a file is damaged, the column is not there, of another type or has gaps, the checksum is
                another, the text is too short, or the test windows have characters that the training part does not.
            ImportError: If a download is asked for and the library `datasets` is not installed.
            ConnectionError: If the hub cannot be reached and the library has not kept the dataset.
        """
        train_rows, test_rows = self._source().splits(self.train_split, self.test_split, self.sha256)
        train = self._tokens(train_rows)
        train, test = held_out_end(train, self.held_out) if test_rows is None else (train, self._tokens(test_rows))
        cut = Cut(self.context, self.train_examples, self.test_examples, self.unit)
        return text_dataset(train, test, cut, where=self.path)

    def checksum(self) -> str:
        """SHA-256 of the files of the splits on disk, to be passed as `sha256`."""
        return self._source().checksum(self.train_split, self.test_split)

    def _source(self) -> Source:
        return Source(self.path, self.name, self.revision, self.download)

    def _tokens(self, rows: Rows) -> NDArray[Any]:
        values = rows.whole(self.text)
        if not (pa.types.is_string(values.type) or pa.types.is_large_string(values.type)):
            raise ValueError(
                f"the column {self.text!r} of {rows.where} has values of type {values.type}; set text to a column of "
                "text"
            )
        joined = "\n".join(values.to_pylist())
        return np.frombuffer(joined.encode(), np.uint8) if self.unit == "bytes" else code_points(joined)
