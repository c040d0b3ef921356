"""What a measurement of linear dynamics needs: plain gradient descent on the squared error of all examples."""

from __future__ import annotations

from typing import TYPE_CHECKING

from spectra.objectives import squared_error

if TYPE_CHECKING:
    from spectra.training.cohort import Cohort


def require_plain_descent(cohort: Cohort, kind: str) -> None:
    """Refuse runs whose outputs are not moved by a tangent kernel alone, from step to step.

    Args:
        cohort: The runs.
        kind: The measurement that needs it.

    Raises:
        ValueError: If the optimizer has moments or weight decay, batches are a part of the training set, or the loss is
            not the mean squared error of the outputs themselves.
    """
    reasons = {
        f"the optimizer keeps a {' and a '.join(cohort.rule.moments)}": bool(cohort.rule.moments),
        "there is weight decay": cohort.coupled_decay() is not None,
        "the batches are a part of the training set": cohort.order.batch_size is not None
        or cohort.order.known is not None,
        "the outputs are divided by a temperature": cohort.stack.temperatures is not None,
        f"the loss is {cohort.dataset.criterion.name}": cohort.dataset.criterion.name != squared_error.name,
    }
    found = [reason for reason, holds in reasons.items() if holds]
    if found:
        raise ValueError(
            f"{kind} is known for plain gradient descent on the mean squared error of all examples, and {found[0]}"
            "; leave it out, or use sgd without batch_size, momentum and decay on data for regression"
        )
