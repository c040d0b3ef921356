"""The state of one run under way, as files: what a checkpoint holds."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import torch
from safetensors import SafetensorError
from safetensors.torch import load, save
from torch import Tensor

from spectra.training.sealed_json import sealed, unsealed

STATE, TENSORS = "state.json", "tensors.safetensors"
STATE_FORMAT = 1
"""Raised when older code would misread a state."""

KINDS = {"format": int, "run": str, "step": int, "finished": bool, "quantities": list, "sha256": str}
"""What stands in the JSON file."""
COLUMNS = {"step": torch.int64, "quantity": torch.int64, "index": torch.int64, "value": torch.float64}
"""Columns of the measured rows, and what they are among the tensors."""

Row = tuple[int, str, int, float]  # step, quantity, index, value


@dataclass(frozen=True)
class MemberState:
    """Where a run stands between two updates: from it the run goes on as if it had never stopped.

    Attributes:
        run: Identity of the run.
        step: Updates made.
        finished: Whether it has diverged, so that only its rows are left to be stored.
        rows: What was measured.
        tensors: Weights, moments of the optimizer and what measurements remember, by name; empty if finished.
    """

    run: str
    step: int
    finished: bool
    rows: tuple[Row, ...]
    tensors: Mapping[str, Tensor]

    def files(self) -> dict[str, bytes]:
        """Names and contents: numbers as tensors, the rest as JSON, with digests of both."""
        quantities = sorted({quantity for _, quantity, _, _ in self.rows})
        cells = [(step, quantities.index(quantity), index, value) for step, quantity, index, value in self.rows]
        columns = {
            f"rows.{name}": torch.tensor([row[place] for row in cells], dtype=kind)
            for place, (name, kind) in enumerate(COLUMNS.items())
        }
        tensors = {name: tensor.detach().cpu().contiguous() for name, tensor in self.tensors.items()}
        data = save({**tensors, **columns})
        content = {
            "format": STATE_FORMAT,
            "run": self.run,
            "step": self.step,
            "finished": self.finished,
            "quantities": quantities,
            "sha256": hashlib.sha256(data).hexdigest(),
        }
        return {STATE: sealed(content), TENSORS: data}

    @staticmethod
    def read(files: Mapping[str, bytes]) -> MemberState:
        """The state from its files.

        Raises:
            ValueError: If they are not as they were written, or of a newer format.
        """
        content = unsealed(files[STATE])
        if wrong := [name for name, kind in KINDS.items() if type(content[name]) is not kind]:
            raise ValueError(f"{STATE} is that of no run: {', '.join(wrong)} is not what it must be")
        if content["format"] > STATE_FORMAT:
            raise ValueError(
                f"{STATE} has the format {content['format']}, and this version reads up to {STATE_FORMAT}; go on with "
                "the version of spectra that began the run, or let this one begin it anew"
            )
        if hashlib.sha256(files[TENSORS]).hexdigest() != content["sha256"]:
            raise ValueError(f"{TENSORS}: its bytes do not match the digest in {STATE}")
        try:
            tensors = load(files[TENSORS])
        except SafetensorError as error:
            raise ValueError(f"{TENSORS} cannot be read: {error}") from error
        rows = _rows({name: tensors.pop(f"rows.{name}") for name in COLUMNS}, content["quantities"])
        return MemberState(content["run"], content["step"], content["finished"], rows, tensors)


def _rows(columns: Mapping[str, Tensor], quantities: Sequence[str]) -> tuple[Row, ...]:
    """What was measured, from tensors (n,) in which quantities are numbered."""
    wrong = [name for name, kind in COLUMNS.items() if columns[name].dtype != kind or columns[name].dim() != 1]
    numbers = columns["quantity"]
    if wrong or not ((numbers >= 0) & (numbers < len(quantities))).all():
        raise ValueError(f"{TENSORS} holds no rows of measurements: {', '.join(wrong or ['quantity'])} is wrong")
    steps, names, indices, values = (columns[name].tolist() for name in COLUMNS)
    return tuple(zip(steps, (str(quantities[name]) for name in names), indices, values, strict=True))
