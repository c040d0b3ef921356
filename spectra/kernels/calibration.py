"""Whether predicted probabilities come true."""

from __future__ import annotations

from torch import Tensor

from spectra.kernels.arguments import require_real, whole_number


def calibration_error(probabilities: Tensor, classes: Tensor, *, bins: int = 15) -> float:
    """The expected calibration error: mean |share that is right - mean confidence| over examples of like confidence.

    Confidence is the largest probability of an example. The examples are put into bins of equal width between zero and
    one, each open on the left, and every bin counts by its examples.

    Args:
        probabilities: (N, C), each row adding up to one.
        classes: Class indices (N,).
        bins: How many.

    Returns:
        A number between zero and one.

    Raises:
        TypeError: If probabilities or classes are no tensors.
        ValueError: If shapes do not fit, numbers are no probabilities or no classes, or `bins` is no positive whole
            number.

    Source: Guo, Pleiss, Sun and Weinberger 2017, On Calibration of Modern Neural Networks.

    >>> import torch
    >>> calibration_error(torch.tensor([[0.9, 0.1], [0.9, 0.1]]), torch.tensor([0, 1]))
    0.4
    """
    require_real("probabilities", probabilities)
    require_real("classes", classes)
    bins = whole_number("bins", bins)
    if probabilities.ndim != 2 or classes.shape != probabilities.shape[:1] or not len(classes):
        raise ValueError(
            f"probabilities of shape {tuple(probabilities.shape)} and classes of shape {tuple(classes.shape)} were "
            "given; (N, C) and (N,) are needed, N at least 1"
        )
    found = probabilities.detach().double()
    if not bool((found >= 0).all()) or not bool(((found.sum(1) - 1).abs() < 1e-3).all()):
        raise ValueError("rows of the probabilities are below zero or do not add up to one; apply a softmax to outputs")
    if classes.is_floating_point() or not bool(((classes >= 0) & (classes < found.shape[1])).all()):
        raise ValueError(
            f"{classes.dtype} classes from {float(classes.min()):g} to {float(classes.max()):g} were given for "
            f"{found.shape[1]} probabilities; indices from 0 to {found.shape[1] - 1} are needed, as whole numbers"
        )
    confidence, guess = found.max(1)
    places = (confidence * bins).ceil().long().clamp(1, bins) - 1
    gaps = (guess == classes).double() - confidence
    return float(gaps.new_zeros(bins).index_add_(0, places, gaps).abs().sum()) / len(gaps)
