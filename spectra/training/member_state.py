"""The state of one run under way, as files: what a checkpoint holds."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass

import torch
from safetensors import SafetensorError
from safetensors.torch import load, save
from torch import Tensor

from spectra.training.sealed_json import sealed, unsealed

STATE, TENSORS = "state.json", "tensors.safetensors"
STATE_FORMAT = 1
"""Raised when older code would misread a state."""

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
        columns = {
            "rows.step": torch.tensor([row[0] for row in self.rows], dtype=torch.int64),
            "rows.quantity": torch.tensor([quantities.index(row[1]) for row in self.rows], dtype=torch.int64),
            "rows.index": torch.tensor([row[2] for row in self.rows], dtype=torch.int64),
            "rows.value": torch.tensor([row[3] for row in self.rows], dtype=torch.float64),
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
        steps, names, indices, values = (
            tensors.pop(f"rows.{name}").tolist() for name in ("step", "quantity", "index", "value")
        )
        quantities = [content["quantities"][name] for name in names]
        rows = tuple(zip(steps, quantities, indices, values, strict=True))
        return MemberState(content["run"], content["step"], content["finished"], rows, tensors)
