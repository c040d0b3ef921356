"""What the files of CIFAR-10 and CIFAR-100 hold: records of bytes, or pickled dictionaries."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from spectra.data.labelled_images import LabelledImages
from spectra.data.plain_pickle import plain_pickle

SHAPE = (3, 32, 32)
PIXELS = 3 * 32 * 32

Reader = Callable[[Path, int | None], tuple[NDArray[np.uint8], NDArray[np.int64]]]
"""A file and a number of images, or None for all -> the pixels (N, 3072) and labels (N,) of the first of them."""


def binary(before: int, position: int) -> Reader:
    """A reader of records: some bytes of labels, then the 3072 pixels of an image.

    Args:
        before: Number of labels in a record.
        position: Which of them counts.
    """

    def read(path: Path, asked: int | None) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
        length, record = path.stat().st_size, before + PIXELS
        if length == 0 or length % record:
            raise ValueError(
                f"{path} has {length} bytes, which is no number of records of {record}: it is damaged or of another "
                "dataset; unpack the archive again"
            )
        count = -1 if asked is None else asked * record
        records = np.fromfile(path, np.uint8, count).reshape(-1, record)
        return records[:, before:], records[:, position].astype(np.int64)

    return read


def pickled(key: str) -> Reader:
    """A reader of dictionaries with `data` and labels under a key; nothing in them is ever run."""

    def read(path: Path, asked: int | None) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
        content = plain_pickle(path)
        pixels, labels = (_entry(content, name) for name in ("data", key))
        if not isinstance(pixels, np.ndarray) or pixels.dtype != np.uint8 or pixels.shape[1:] != (PIXELS,):
            raise ValueError(f"{path} has no images of {PIXELS} bytes under 'data'; unpack the archive again")
        if not isinstance(labels, list) or [type(label) for label in labels] != [int] * len(pixels):
            raise ValueError(f"{path} has no list of {len(pixels)} labels under {key!r}; unpack the archive again")
        return pixels[:asked], np.array(labels[:asked], dtype=np.int64)

    return read


def _entry(content: object, key: str) -> object:
    if not isinstance(content, dict):
        return None
    return content.get(key.encode(), content.get(key))


def images(files: Iterable[Path], read: Reader, asked: int | None, *, classes: int) -> LabelledImages:
    """The first images in the order of the files, or as many as there are.

    Args:
        files: In order. Those behind the last image are not opened.
        read: What reads one.
        asked: How many images; None for all.
        classes: Labels are below it.

    Raises:
        ValueError: If a file is damaged.
    """
    pixels, labels, count = [], [], 0
    for path in files:
        if asked is not None and count >= asked:
            break
        stored, classified = read(path, None if asked is None else asked - count)
        _require_labels(classified, classes, path)
        pixels.append(stored)
        labels.append(classified)
        count += len(classified)
    joined = np.concatenate(pixels).reshape(-1, *SHAPE)
    return LabelledImages(torch.from_numpy(joined), torch.from_numpy(np.concatenate(labels)))


def _require_labels(labels: NDArray[np.int64], classes: int, path: Path) -> None:
    outside = np.flatnonzero((labels < 0) | (labels >= classes))
    if len(outside):
        raise ValueError(
            f"{path} gives image {outside[0]} the label {labels[outside[0]]}, and there are the labels 0 to "
            f"{classes - 1}: it is damaged or of another dataset"
        )
