"""How much of a target lies in the large eigenvectors of a tangent kernel."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal, get_args

import torch
from torch import Tensor

from spectra.eigen import frobenius_norm
from spectra.kernels.arguments import require_jacobian, require_real
from spectra.kernels.jacobian_products import Jacobian
from spectra.kernels.operator import VECTORS, kernel_operator
from spectra.kernels.preconditions import require_finite
from spectra.kernels.regression_matrices import kernel_matrix, output_count, symmetric_matrix
from spectra.notebook import as_html

Form = Literal["energy", "cosine", "centred"]


@dataclass(frozen=True)
class Alignment:
    """Alignment of a kernel with some targets.

    Attributes:
        values: One for each target, (V,), in double precision.
        standard_errors: Of the values, (V,), from the random probes of the norm of the kernel; zero for the energy,
            which needs none.
        matvecs: Products with the kernel that were spent on its norm.
        converged: Whether the relative standard error reached the tolerance.
    """

    values: Tensor
    standard_errors: Tensor
    matvecs: int
    converged: bool

    _repr_html_ = as_html


def alignment(
    slopes: Jacobian,
    targets: Tensor,
    *,
    form: Form = "energy",
    tolerance: float = 0.02,
    max_matvecs: int = 1000,
    generator: torch.Generator | None = None,
) -> Alignment:
    """Alignment of the tangent kernel Theta = J D J' with targets y, without the kernel.

    "energy": y' Theta y / |y|^2 = |D^(1/2) J' y|^2 / |y|^2 = sum_i l_i <u_i, y>^2 / |y|^2, in the unit of an
    eigenvalue: that of an eigenvector is its eigenvalue. One backward pass for each target, and exact.
    "cosine": <Theta, y y'>_F / (|Theta|_F |y|^2), between 0 and 1; the norm is estimated from products.
    "centred": the same with Theta and y centred over the examples, for each output; this is the CKA of the kernel
    with y y'.

    Args:
        slopes: What `jacobian` makes of a module and N examples, with its choice of outputs and its D.
        targets: One (N q,) or V of them as columns (N q, V), in the order (example, output), output fastest; q is the
            number of outputs O for "full", else 1. Labels 0 and 1 will do.
        form: See above.
        tolerance: Relative standard error of the norm of the kernel to stop at.
        max_matvecs: Products to spend on the norm at most; from N q on, and for N q up to 8, it is exact.
        generator: Source of the probes, on the CPU; None makes one that is the same at every call.

    Returns:
        One value for each target, with its standard error.

    Raises:
        TypeError: If no Jacobian is given, or targets are no tensor.
        ValueError: If the form is unknown, the targets have another length than the kernel, or one is not finite, zero
            or, to be centred, constant.

    Source: Ortiz-Jimenez, Moosavi-Dezfooli and Frossard 2021 (arXiv 2106.06770) for the energy; Cortes, Mohri and
    Rostamizadeh 2012, Algorithms for Learning Kernels Based on Centered Alignment, for the others.
    """
    require_jacobian(slopes)
    centre = _centring(form, slopes.readouts[0].shape[1])
    vectors = target_vectors(targets, slopes.dim, centre).to(slopes.point)
    energies = torch.cat([_energies(slopes, block) for block in vectors.split(VECTORS, 1)])
    values = energies / vectors.double().square().sum(0)
    if form == "energy":
        return Alignment(values, torch.zeros_like(values), 0, True)
    plain = kernel_operator(slopes)
    kernel = replace(plain, matmat=lambda block: centre(plain.matmat(centre(block))))
    norm = frobenius_norm(kernel, tolerance=tolerance, max_matvecs=max_matvecs, generator=generator)
    _require_positive(norm.value)
    values = values / norm.value
    return Alignment(values, values * (norm.standard_error / norm.value), norm.matvecs, norm.converged)


def kernel_alignment(kernel: Tensor, targets: Tensor, *, form: Form = "energy") -> Tensor:
    """`alignment` of a kernel that is given, exactly.

    Args:
        kernel: Symmetric (n, n), or (N, N, O, O) as `empirical_ntk` makes it.
        targets: (n,) or (n, V); n is N O for the second.
        form: See `alignment`.

    Returns:
        One value for each target, (V,), in double precision.

    Raises:
        TypeError: If the kernel or targets are no tensors.
        ValueError: If the form is unknown, shapes do not fit, the kernel is not symmetric, or a target is not finite,
            zero or, to be centred, constant.
    """
    matrix = symmetric_matrix(kernel_matrix(kernel))
    centre = _centring(form, output_count(kernel))
    vectors = target_vectors(targets, len(matrix), centre).to(matrix)
    values: Tensor = (vectors * (matrix @ vectors)).sum(0) / vectors.square().sum(0)
    if form == "energy":
        return values
    norm = float(centre(centre(matrix).T).norm())
    _require_positive(norm)
    return values / norm


def centred(block: Tensor, outputs: int) -> Tensor:
    """Columns (N O, k) less their mean over the N examples, for each output."""
    rows = block.reshape(-1, outputs, block.shape[1])
    return (rows - rows.mean(0)).reshape(block.shape)


def doubly_centred(matrix: Tensor, outputs: int) -> Tensor:
    """The transpose of H K H for a kernel K (N O, N O), with H the centring over examples, for each output."""
    return centred(centred(matrix, outputs).mT, outputs)


def _energies(slopes: Jacobian, vectors: Tensor) -> Tensor:
    """v' Theta v for columns (N q, k), from backward passes alone, (k,)."""
    cotangents = vectors.T.reshape(vectors.shape[1], len(slopes.inputs), -1)
    pulled = (slopes.pulled(cotangents @ readout.T) for readout in slopes.readouts)
    return torch.stack([rows.double().square().sum(1) for rows in pulled]).sum(0)


def _centring(form: Form, outputs: int) -> Callable[[Tensor], Tensor]:
    if form not in get_args(Form):
        raise ValueError(f"alignment of form {form!r} was asked for; possible are {get_args(Form)}")
    return (lambda block: centred(block, outputs)) if form == "centred" else (lambda block: block)


def target_vectors(targets: Tensor, length: int, centre: Callable[[Tensor], Tensor] = lambda block: block) -> Tensor:
    """Targets (n,) or (n, V) as columns (n, V) in double precision, centred where asked for.

    Raises:
        TypeError: If they are no tensor.
        ValueError: If their length is another, one is not finite, or one is zero or constant before centring.
    """
    require_real("targets", targets)
    if targets.ndim not in (1, 2) or len(targets) != length or targets.numel() == 0:
        raise ValueError(
            f"targets of shape {tuple(targets.shape)} were given; ({length},) is needed, or ({length}, V) for V of "
            "them; those of several outputs are flattened, output fastest: targets.flatten()"
        )
    require_finite("the targets", targets)
    given = targets.detach().double().reshape(length, -1)
    found = centre(given)
    # What rounding leaves of a constant after centring is no target.
    small = found.norm(dim=0) <= 1e-12 * given.norm(dim=0)
    if bool(small.any()):
        places = small.nonzero()[:, 0].tolist()
        raise ValueError(f"targets {places} are zero, or constant over the examples before centring; leave them out")
    return found


def _require_positive(norm: float) -> None:
    if not norm > 0:
        raise ValueError(
            f"the kernel has the norm {norm:g}, by which an alignment is divided; pass that of a network whose outputs "
            "depend on its weights"
        )
