"""The tangent kernel on many examples, as products: it is never built."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from spectra.kernels.jacobian import jacobian
from spectra.kernels.jacobian_products import Jacobian
from spectra.kernels.parameter_weights import ParameterWeights
from spectra.kernels.preconditions import require_finite
from spectra.kernels.readouts import Outputs
from spectra.operators.symmetric import SymmetricOperator

VECTORS = 16
"""Vectors over weights that are held at once. Graphs are made again for every such block, which costs four forward
passes beside the four of each vector: 6 percent at 16."""


def tangent_kernel_operator(
    module: nn.Module,
    inputs: Tensor,
    *,
    outputs: Outputs = "full",
    weights: ParameterWeights | None = None,
    chunk: int | None = None,
) -> SymmetricOperator:
    """Tangent kernel Theta = J D J' of a module on examples, as products: one backward pass, then one derivative of it.

    J (N O, P) is the Jacobian of the outputs of all examples, in the order (example, output), output fastest. It is
    not divided by N, O or a width. Memory is that of one chunk and of a few vectors over weights, whatever N is. A
    product costs six to eight forward passes over all examples for the first vector of a block and four for each more;
    it is four for each where all examples are one chunk, as its graph is kept. Chunks whose examples hold fewer numbers
    than there are weights cost more, as every chunk makes a vector over weights.

    For the largest eigenvalues use `top_eigenpairs`, for all of them `spectral_density`; `trace`, `frobenius_norm` and
    `effective_rank` for the numbers that their names say. The nonzero eigenvalues are those of D^(1/2) J'J D^(1/2),
    which is N O / 2 times the Gauss-Newton matrix of the mean squared error.

    Args:
        module: With outputs (N, O), or (N,) for one output; in evaluation mode if it has dropout or batch
            normalization. Weights and buffers are a snapshot.
        inputs: Examples (N, ...), N at least 1.
        outputs: "full": all outputs. An index o: Theta_oo. "sum_of_logits": that of O^(-1/2) sum_o f_o, the pseudo
            kernel. "trace": the mean (1/O) sum_o Theta_oo, at O times the cost.
        weights: The diagonal D over parameters, a flat tensor (P,) in the order of `named_parameters` or a number or
            tensor for each name, such as the step sizes of an optimizer; None is the identity.
        chunk: Examples in one forward pass; None for so many that the graph of a chunk takes 256 MB, by an estimate.

    Returns:
        Operator of dimension N O for "full", else N; positive semidefinite, in the dtype of the weights.

    Raises:
        TypeError: As for `jacobian`.
        ValueError: As for `jacobian`; products raise it where they are not finite.

    >>> tangent_kernel_operator(nn.Linear(5, 2), torch.zeros(3, 5)).dim
    6
    """
    return kernel_operator(jacobian(module, inputs, outputs=outputs, weights=weights, chunk=chunk))


def kernel_operator(slopes: Jacobian) -> SymmetricOperator:
    """The tangent kernel of a Jacobian, sum_i R_i' J D J' R_i, as products.

    Its products raise a ValueError where they are not finite, which says whether vectors, outputs or derivatives are
    the cause.
    """
    N = len(slopes.inputs)

    def matmat(block: Tensor) -> Tensor:
        return torch.cat([product(vectors) for vectors in block.split(VECTORS, 1)], 1)

    def product(block: Tensor) -> Tensor:
        vectors = block.T.reshape(block.shape[1], N, -1)
        total = torch.zeros_like(vectors)
        for readout in slopes.readouts:
            pulled = slopes.pulled(vectors @ readout.T)
            total += slopes.pushed(pulled) @ readout
        if not bool(total.isfinite().all()):
            _refuse(block)
        return total.flatten(1).T

    return SymmetricOperator(slopes.dim, matmat, slopes.point.dtype, slopes.point.device)


def _refuse(block: Tensor) -> None:
    """Say why a product is not finite.

    Raises:
        ValueError: Always.
    """
    require_finite("the vectors", block, "multiply with others")
    raise ValueError(
        "a product with the kernel is not finite, though outputs, weights and vectors are: derivatives overflow or are "
        "not defined, as of a root at zero; leave out the examples where they are"
    )
