"""Windows of equal length out of a long row of tokens."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from spectra.data.dataset import Dataset
from spectra.data.division import chosen
from spectra.objectives.criteria import cross_entropy


def windows(tokens: NDArray[Any], context: int, asked: int | None, *, setting: str, where: str) -> NDArray[Any]:
    """The first windows of a fixed shuffle of all; neighbours share one token, the last target and first input.

    Args:
        tokens: All tokens (n,), possibly mapped from a file, of which only the windows are read.
        context: Inputs in a window, T.
        asked: How many windows; None for all.
        setting: Name of the setting that asks, for messages.
        where: What the tokens are, for messages.

    Returns:
        Tokens of shape (asked, T + 1).

    Raises:
        ValueError: If there are fewer windows.
    """
    available = max(len(tokens) - 1, 0) // context
    if available == 0:
        raise ValueError(
            f"{where} has {len(tokens)} tokens, fewer than one window of context + 1 = {context + 1}; use more text or "
            "a smaller context"
        )
    what = f"windows of {context} tokens in {where}"
    starts = chosen(asked, available, setting=setting, what=what) * context
    return np.array(tokens[starts[:, None] + np.arange(context + 1)])


def next_token_dataset(train: NDArray[Any], test: NDArray[Any], *, vocabulary: int) -> Dataset:
    """Each token of a window is to be told from those before it.

    Args:
        train: Windows (N, T + 1).
        test: Windows (M, T + 1).
        vocabulary: Number of tokens C; all are below it.

    Returns:
        Inputs (N, T) and targets (N, T), the same tokens one place on.
    """
    return Dataset(*_shifted(train), *_shifted(test), cross_entropy, vocabulary)


def _shifted(tokens: NDArray[Any]) -> tuple[Tensor, Tensor]:
    inputs, targets = (part.astype(np.int64, order="C") for part in (tokens[:, :-1], tokens[:, 1:]))
    return torch.from_numpy(inputs), torch.from_numpy(targets)
