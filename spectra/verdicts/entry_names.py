"""One entry of a measured quantity as it is read in a sentence."""

# Quantities whose entries are eigenvalues, the largest first.
SORTED = ("sharpness", "effective_sharpness", "gauss_newton", "residual_part", "kernel_eigenvalues", "tangent_kernel")
# Ends of the names of quantities whose index counts the layers of a network, from 0 on.
LAYERED = (
    "feature_dimension", "quasi_orthogonality", "quasi_orthogonality_mean_square", "jacobian_rank", "perturbed_rank",
    "classification_dimension", "layer_share", "layer_alignment", "layer_rank", "active_share", "weight_outliers",
    "weight_stable_rank",
)  # fmt: skip
TITLES = {
    "layer_share": "share of the kernel's trace",
    "layer_alignment": "alignment of the kernel with the targets",
    "layer_rank": "effective rank of the kernel",
    "weight_outliers": "number of outliers of the weights",
    "weight_stable_rank": "stable rank of the weights",
    "linear_regions": "number of linear regions",
    "kernel_eigenvalues": "tangent-kernel eigenvalue",
    "tangent_kernel": "tangent-kernel eigenvalue",
    "gauss_newton": "Gauss-Newton sharpness",
    "residual_part": "residual part of the curvature",
    **{
        f"{test}{name}_feature_dimension": f"{test.replace('_', ' ')}feature dimension by {means}"
        for test in ("", "test_")
        for name, means in (
            ("entropy", "entropy"),
            ("principal", "principal components"),
            ("separability", "separability"),
            ("neighbours", "nearest neighbours"),
        )
    },
    "curvature_trace": "trace of the curvature",
    "laplace_loss": "test loss of the Laplace approximation",
    "laplace_calibration_error": "calibration error of the Laplace approximation",
    "laplace_kernel_error": "relative error of the kernel",
    "laplace_kernel_error_by_landmarks": "relative error of the kernel",
    "laplace_covariance_error": "relative error of the covariance",
    "laplace_covariance_error_by_landmarks": "relative error of the covariance",
}
NUMBERED = {"mode_decay": "decay of mode {} over its prediction"}
"""Quantities all of whose entries are named by their number."""


def entry_name(quantity: str, index: int | None = 0, *, title: str = "") -> str:
    """For example "effective sharpness", "4th largest effective sharpness", "jacobian rank of layer 2" or "loss 2".

    Args:
        quantity: Name in the table.
        index: Entry of the quantity; the first, of index 0, bears the name alone, but for a layer. None is all of them.
        title: What the quantity is called; made of its name if not given.
    """
    title = title or TITLES.get(quantity, quantity.replace("_", " "))
    if index is not None and quantity in NUMBERED:
        return NUMBERED[quantity].format(index + 1)
    if index is not None and by_layer(quantity):
        return f"{title} of layer {index}"
    if not index:
        return title
    return f"{_ordinal(index + 1)} largest {title}" if quantity in SORTED else f"{title} {index + 1}"


def by_layer(quantity: str) -> bool:
    """Whether the index of a quantity counts layers."""
    return quantity.endswith(LAYERED)


def _ordinal(number: int) -> str:
    """Such as "2nd" or "11th"."""
    ending = "th" if number % 100 in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{ending}"
