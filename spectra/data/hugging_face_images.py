"""Labelled pictures from datasets of Hugging Face."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

import numpy as np
import pyarrow as pa
import torch
from numpy.typing import NDArray
from pydantic import ConfigDict, Field, PositiveInt, model_validator
from pydantic.dataclasses import dataclass

from spectra.data.checksum import Checksum
from spectra.data.dataset import Dataset
from spectra.data.division import chosen, divided
from spectra.data.hugging_face_source import Source
from spectra.data.labelled_images import LabelledImages, image_dataset
from spectra.data.pictures import pictures
from spectra.data.places import Place
from spectra.data.rows import Rows


@dataclass(frozen=True, config=ConfigDict(extra="forbid"))
class HuggingFaceImages:
    """Pictures and labels in two columns of a dataset on disk or on the hub.

    On disk it is a Parquet or Arrow file, a folder of them or a folder that `save_to_disk` wrote, all of which are read
    without the library. The rows of each split are shuffled once, always alike, and the first are taken. If both splits
    are the same, or the files are of one set without splits, the first rows train and the last test. Only the pictures
    that are used are decoded. Pixels are shifted and scaled by the mean and deviation of each channel over the training
    pictures that are used.

    Attributes:
        path: File or folder; with `download` also the name of a dataset on the hub.
        train_examples: Number of training pictures.
        test_examples: Number of test pictures; all that do not train if not given.
        image: Column of pictures: the content of picture files.
        label: Column of labels: numbers from zero on, or words, which are numbered in their order.
        side: Height and width that the middle square of each picture is scaled to; None if all have one shape.
        colors: "rgb" for three channels, "grey" for one.
        train_split: Name of the split to train with.
        test_split: Name of the split to test with.
        download: Whether the library `datasets` may fetch what is not on disk; it keeps to HF_HOME and HF_HUB_OFFLINE.
        name: Configuration of a dataset on the hub.
        revision: Branch, tag or commit of a dataset on the hub; a commit pins its content.
        sha256: The `checksum()` that files on disk must have. Without one they are not compared.
    """

    path: Place
    train_examples: PositiveInt
    test_examples: PositiveInt | None = None
    image: str = "image"
    label: str = "label"
    side: Annotated[int, Field(ge=1, le=4096)] | None = None
    colors: Literal["rgb", "grey"] = "rgb"
    train_split: str = "train"
    test_split: str = "test"
    download: bool = False
    name: str | None = None
    revision: str | None = None
    sha256: Checksum | None = None
    kind: Literal["hugging_face_images"] = "hugging_face_images"

    @model_validator(mode="after")
    def _pinned_in_one_way(self) -> HuggingFaceImages:
        self._source().require_one_pin(self.sha256)
        return self

    def load(self) -> Dataset:
        """Pictures (N, channels, height, width) in single precision, labels (N,).

        Raises:
            FileNotFoundError: If there is no such file or folder, or a split is not in it.
            ValueError: If a file or picture is damaged, a column is not there, of another type or has gaps, shapes
                differ, the checksum is another, or there are too few rows.
            ImportError: If a download is asked for and the library `datasets` is not installed.
            ConnectionError: If the hub cannot be reached and the library has not kept the dataset.
        """
        train, test = self._source().splits(self.train_split, self.test_split, self.sha256)
        classes = _class_numbers(train, self.label)
        if test is None:
            test = train
            what = f"rows in {train.where}"
            places = divided(self.train_examples, self.test_examples, len(train), what=what)
        else:
            places = (
                chosen(self.train_examples, len(train), setting="train_examples", what=f"rows in {train.where}"),
                chosen(self.test_examples, len(test), setting="test_examples", what=f"rows in {test.where}"),
            )
        parts = [self._images(rows, taken, classes) for rows, taken in zip((train, test), places, strict=True)]
        return image_dataset(*parts, classes=max(classes.values()) + 1)

    def checksum(self) -> str:
        """SHA-256 of the files of the splits on disk, to be passed as `sha256`."""
        return self._source().checksum(self.train_split, self.test_split)

    def _source(self) -> Source:
        return Source(self.path, self.name, self.revision, self.download)

    def _images(self, rows: Rows, places: NDArray[np.int64], classes: Mapping[Any, int]) -> LabelledImages:
        labels = rows.at(places, self.label)
        unknown = [label for label in labels if label not in classes]
        if unknown:
            raise ValueError(
                f"{rows.where} has the label {unknown[0]!r}, which no row to train with has; remove its rows, or train "
                "with rows of every label"
            )
        names = [f"in row {place} of {rows.where}" for place in places]
        contents = [
            _content(value, name, self.image) for value, name in zip(rows.at(places, self.image), names, strict=True)
        ]
        pixels = pictures(zip(names, contents, strict=True), colors=self.colors, side=self.side)
        return LabelledImages(pixels, torch.tensor([classes[label] for label in labels]))


def _class_numbers(rows: Rows, column: str) -> dict[Any, int]:
    """The number of each label of a whole split, so that it does not depend on how many rows are used."""
    values = rows.whole(column)
    words = pa.types.is_string(values.type) or pa.types.is_large_string(values.type)
    distinct = sorted(values.unique().to_pylist()) if words or pa.types.is_integer(values.type) else []
    first = distinct[0] if distinct else values[0].as_py()
    if not distinct or (not words and distinct[0] < 0):
        raise ValueError(
            f"the column {column!r} of {rows.where} has values such as {first!r} of type {values.type}; "
            "labels are words, or whole numbers from zero on"
        )
    return {label: number if words else label for number, label in enumerate(distinct)}


def _content(value: Any, name: str, column: str) -> bytes:
    # The library writes a dictionary with the name and the content of the file it came from.
    content = value.get("bytes") if isinstance(value, dict) else value
    if not isinstance(content, bytes):
        raise ValueError(
            f"the column {column!r} has no picture {name}, but {type(content).__name__}; it must hold the content of "
            "picture files, which save_to_disk of a dataset with an Image feature writes"
        )
    return content
