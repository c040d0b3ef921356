"""What kernel regression would say with one label more, without solving it again."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from spectra.kernels.arguments import require_real
from spectra.kernels.preconditions import require_finite
from spectra.kernels.regression_matrices import (
    check_ridge,
    cross_matrix,
    kernel_matrix,
    psd_eigenpairs,
    require_device,
    rounding,
    symmetric_matrix,
    target_columns,
)


@dataclass(frozen=True)
class LookAhead:
    """Kernel regression on N examples, and how each of M others would change it.

    With the label y_u of example u, the prediction at x becomes f(x) + gains[x, u] (y_u - f(u)).

    Attributes:
        predictions: f = K_td (K_dd + ridge I)^-1 y at the others, (M, O).
        gains: Change of the prediction at x (rows) for each unit by which the label of u (columns) is off its
            prediction, (M, M).
        variances: s_u = K_uu + ridge - K_ud (K_dd + ridge I)^-1 K_du, (M,): what the examples leave open at u.
    """

    predictions: Tensor
    gains: Tensor
    variances: Tensor

    def changes(self, labels: Tensor) -> Tensor:
        """|f_+(x) - f(x)|_2 over the outputs at every x (rows), after the label of each u (columns), (M, M).

        Args:
            labels: y_u, (M, O).

        Raises:
            ValueError: If they are not of the shape of the predictions.
        """
        require_real("labels", labels)
        if labels.shape != self.predictions.shape:
            raise ValueError(
                f"labels of shape {tuple(labels.shape)} were given for predictions of shape "
                f"{tuple(self.predictions.shape)}; pass one row for every example that could be labelled"
            )
        require_device("labels", labels, self.predictions.device)
        surprises: Tensor = (labels.detach().double() - self.predictions).norm(dim=1)
        return self.gains.abs() * surprises


def look_ahead(kernel: Tensor, cross: Tensor, among: Tensor, targets: Tensor, *, ridge: float = 0.0) -> LookAhead:
    """What each of M further labels would do to kernel regression, by one factorisation of N examples.

    For a new example u with k = K_du and s_u = K_uu + ridge - k' (K_dd + ridge I)^-1 k, the Schur complement,

        f_+(x) - f(x) = (K_xu - K_xd (K_dd + ridge I)^-1 k) (y_u - f(u)) / s_u.

    It is what solving again on N + 1 examples says, exactly; all M^2 changes together take N^3 + M N^2 + M^2 N
    operations. A network at f_0 is retrained, as its linearization sees it, with targets y - f_0: pass these, labels
    y_u - f_0(u) to `changes`, and with the kernel of the moment.

    Args:
        kernel: K_dd between the N examples, (N, N), one for all outputs.
        cross: K_td between the M others and them, (M, N).
        among: K_tt between the M others, (M, M).
        targets: y, (N,) or (N, O).
        ridge: A number that is added to the diagonal, of the new example as well.

    Returns:
        Predictions (M, O), gains (M, M), variances (M,), in double precision.

    Raises:
        TypeError: If kernels or targets are no tensors.
        ValueError: If shapes do not fit, a number is not finite, a kernel is not symmetric, K_dd has eigenvalues below
            zero by more than rounding, or a matrix that is solved with is singular.

    Source: Mohamadi, Bae and Sutherland 2022, Making Look-Ahead Active Learning Strategies Feasible with Neural Tangent
    Kernels (arXiv 2206.12569), for the use; the update is the inverse of a matrix in blocks.
    """
    check_ridge(ridge)
    values = target_columns(targets, kernel)
    eigenvalues, vectors = psd_eigenpairs(kernel_matrix(kernel))
    shifted = eigenvalues + ridge
    if not float(shifted[-1]) > rounding(shifted):
        raise ValueError(
            f"the smallest eigenvalue of the kernel and its ridge is {float(shifted[-1]):.3g} beside the largest, "
            f"{float(shifted[0]):.3g}: zero to rounding; add a ridge, or drop repeated examples"
        )
    sides = cross_matrix(cross, values) @ (vectors / shifted.sqrt())  # K_td (K_dd + ridge I)^-1/2, up to a rotation
    left = _symmetric_among(among, sides) - sides @ sides.mT
    variances = left.diagonal() + ridge
    floor = rounding(shifted)
    if not float(variances.min()) > floor:
        raise ValueError(
            f"{int((variances <= floor).sum())} of {len(variances)} examples that could be labelled leave nothing "
            f"open (smallest variance {float(variances.min()):.3g}); add a ridge, or leave out what repeats an example"
        )
    predictions = sides @ ((vectors.mT @ values) / shifted.sqrt()[:, None])
    return LookAhead(predictions, left / variances, variances)


def _symmetric_among(among: Tensor, sides: Tensor) -> Tensor:
    require_device("the kernel among the others", among, sides.device)
    if among.shape != (len(sides), len(sides)):
        raise ValueError(
            f"a kernel {tuple(among.shape)} among {len(sides)} examples that could be labelled was given; "
            f"({len(sides)}, {len(sides)}) is needed"
        )
    require_finite("the kernel among the others", among)
    return symmetric_matrix(among.detach().double())


def output_change(found: LookAhead, labels: Tensor, chances: Tensor | None = None) -> Tensor:
    """How much each label is expected to change all predictions, sum_x |f_+(x) - f(x)|_2.

    Args:
        found: Of the M examples that could be labelled.
        labels: The likeliest label of each, (M, O); with `chances` all C labels that each could have, (C, M, O).
        chances: Probability of each label, (C, M); None takes the one label for certain.

    Returns:
        One score for each example, (M,): the largest is to be labelled first.

    Raises:
        ValueError: If shapes do not fit.

    Source: Mohamadi, Bae and Sutherland 2022 (arXiv 2206.12569), whose code takes the likeliest label.
    """
    if chances is None:
        return found.changes(labels).sum(0)
    require_real("labels", labels)
    require_real("chances", chances)
    if labels.ndim != 3 or chances.shape != labels.shape[:2]:
        raise ValueError(
            f"chances of shape {tuple(chances.shape)} do not fit labels of shape {tuple(labels.shape)}; pass (C, M) "
            "and (C, M, O)"
        )
    each = torch.stack([found.changes(one).sum(0) for one in labels])
    return (chances.to(each) * each).sum(0)
