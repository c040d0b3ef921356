"""What a measured quantity is, in a sentence of a caption."""

from pandas import DataFrame

from spectra.report.loss_units import loss_unit

SENTENCES = {
    "effective_sharpness": "Effective sharpness is the largest eigenvalue of the Hessian of the training loss, "
    "preconditioned with the learning rate of every parameter; it has no unit.",
    "sharpness": "Sharpness is the largest eigenvalue of the Hessian of the training loss, in {unit} per squared "
    "weight.",
    "loss": "The loss is the mean over a fixed set of training examples, in {unit}.",
    "gauss_newton": "The Gauss-Newton part of the curvature is J'BJ, with the Jacobian J of the outputs and the "
    "curvature B of the loss in them, preconditioned with the learning rate of every parameter.",
    "residual_part": "The residual part is what the Gauss-Newton part leaves of the preconditioned curvature; its "
    "eigenvalues are taken without their sign.",
    "kernel_eigenvalues": "The tangent kernel is J D J' over the number of examples times outputs, with the Jacobian J "
    "and the learning rates D.",
}


def definition(quantity: str, table: DataFrame) -> str:
    """What a quantity is; empty for one that has no sentence.

    Args:
        quantity: Name in the table.
        table: Long table; its column `data` says in what a loss is measured.
    """
    return SENTENCES.get(quantity, "").format(unit=loss_unit(table) or "units of the criterion")
