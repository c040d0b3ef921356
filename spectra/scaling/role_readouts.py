"""Which of the matrices with a fixed number of outputs are readouts."""

from __future__ import annotations

from collections.abc import Mapping

from spectra.scaling.dimensions import Kind
from spectra.scaling.role_inference import Finding
from spectra.scaling.role_names import starred
from spectra.scaling.rules import Role

THIN = (
    "A matrix whose outputs stay few while its inputs grow would be scaled as a readout. Under muP its result starts "
    "out vanishing with the width, which starves what follows, and no rule for such a place inside a network is known "
    "here. Let its outputs grow with the width, or freeze it. A readout belongs outside of the blocks."
)


def thin(findings: Mapping[str, Finding], blocks: set[str]) -> dict[str, str]:
    """Why some of the matrices that only their inputs grow in are no readouts, by name.

    The rule: such a matrix is a readout, unless it lies in a block that is repeated, or a later matrix (in the order of
    `named_parameters`) with growing outputs takes exactly as many numbers as it gives, so that its result goes on
    through the network. Adapters of low rank, routers of experts, and layers with a constant inner size are such.

    Args:
        findings: What was found for each parameter, in the order of `named_parameters`.
        blocks: Patterns of the parameters that are repeated.
    """
    refused = {}
    for name, candidate in findings.items():
        if candidate.role is not Role.OUTPUT:
            continue
        taker = _taker(name, findings)
        if blocks & starred(name):
            refused[name] = f"{candidate.reason}, but no readout: it lies in a block that is repeated"
        elif taker:
            refused[name] = f"{candidate.reason}, but no readout: {taker} takes what it gives"
    return refused


def _taker(name: str, findings: Mapping[str, Finding]) -> str:
    """The first later matrix with growing outputs and as many inputs as `name` has outputs, or nothing."""
    names = list(findings)
    given = findings[name].small.outgoing
    for later in names[names.index(name) + 1 :]:
        taker = findings[later]
        # Every channel-wise convolution takes one number, whoever gave it.
        joined = taker.small.kind is Kind.MATRIX and taker.small.groups == 1
        if joined and taker.role is Role.INPUT and taker.small.incoming == given:
            return later
    return ""
