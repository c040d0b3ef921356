"""Features as checked matrices."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from spectra.kernels.arguments import require_real
from spectra.kernels.preconditions import require_inputs, require_module
from spectra.kernels.readouts import first_outputs
from spectra.objectives.steady import require_steady

ROUNDING = 1e-12
"""Of the largest feature, what the mean of equal numbers may be off by."""
ALIKE = 32
"""Rounding units of the longest row by which the rows of equal examples may differ. Products of matrices round rows of
a batch in several ways: in relu and tanh networks of 1, 4 and 16 layers equal inputs had features up to 3.9, 6.3 and
11.5 units apart in double precision, and the same bits in single precision."""


def require_readable(module: nn.Module, inputs: Tensor, name: str = "inputs") -> None:
    """Refuse a module that is random or couples examples, and inputs (N, ...) that it cannot read.

    Raises:
        TypeError: If the module is none, or inputs are no tensor.
        ValueError: If a layer is in training mode that makes outputs random, there is no input, one is not finite,
            their dtype or device is not that of the weights, or the module fails on the first.
    """
    require_module(module)
    require_steady(module)
    require_inputs(inputs, next(module.parameters(), inputs), name)
    with torch.no_grad():
        first_outputs(module, inputs)


def require_numbers(inputs: Tensor, name: str = "inputs") -> None:
    """Refuse inputs that cannot be moved a little.

    Raises:
        TypeError: If they are no tensor.
        ValueError: If they are no real numbers.
    """
    require_real(name, inputs)
    if not inputs.is_floating_point():
        raise ValueError(
            f"{name} of {inputs.dtype} cannot change a little; if they are no tokens, convert them with "
            "inputs.to(dtype)"
        )


def feature_matrix(features: Tensor, least: int = 2) -> Tensor:
    """Features (N, D) in double precision, without a graph.

    Raises:
        TypeError: If they are no tensor.
        ValueError: If they are no real, finite matrix with at least `least` examples and one feature.
    """
    if not isinstance(features, Tensor):
        raise TypeError(f"a {type(features).__name__} was given where features are needed; pass a tensor (N, D)")
    if features.ndim != 2 or len(features) < least or features.shape[1] == 0 or features.is_complex():
        raise ValueError(
            f"features of shape {tuple(features.shape)} and {features.dtype} were given; a real matrix (N, D) with at "
            f"least {least} examples is needed, as layer_features makes it"
        )
    if not bool(torch.isfinite(features).all()):
        raise ValueError("features that are not finite were given; look at the layers before, or at the inputs")
    return features.detach().double()


def centred_matrix(features: Tensor) -> Tensor:
    """The same without their mean over the examples.

    Raises:
        TypeError: If they are no tensor.
        ValueError: Likewise, or if all examples have the same features.
    """
    whole = feature_matrix(features)
    centred = whole - whole.mean(0)
    if float(centred.abs().max()) <= ROUNDING * float(whole.abs().max()):
        raise ValueError(
            f"all {len(whole)} examples have the same features, which span no direction; pass examples that differ"
        )
    return centred


def repeated(features: Tensor) -> Tensor:
    """Whether an example has the features (N, D) of an earlier one but for rounding, truth values (N,).

    Raises:
        TypeError: If they are no tensor.
        ValueError: If they are no finite matrix.
    """
    rows = feature_matrix(features)
    kind = features.dtype if features.is_floating_point() else rows.dtype
    # Half precision would take points for one that are not.
    unit = min(torch.finfo(kind).eps, torch.finfo(torch.float32).eps)
    distances = torch.cdist(rows, rows, compute_mode="donot_use_mm_for_euclid_dist")
    found: Tensor = (distances <= ALIKE * unit * rows.norm(dim=1).max()).triu(1).any(0)
    return found


def share_between(name: str, given: float, *, highest: float = 1.0) -> float:
    """A number above zero and below `highest`.

    Raises:
        ValueError: If it is another.
    """
    if not 0 < given < highest:
        raise ValueError(f"{name} is {given!r}; pass a number above 0 and below {highest:g}")
    return float(given)
