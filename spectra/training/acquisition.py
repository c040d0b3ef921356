"""Which examples a run asks to be labelled next."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal

import torch
from torch import Tensor, nn

from spectra.kernels.acquisition import entropy_scores, highest_scores, margin_scores, random_scores
from spectra.kernels.empirical import empirical_ntk
from spectra.kernels.look_ahead import look_ahead, output_change
from spectra.kernels.regression_matrices import relative_ridge
from spectra.objectives.squared_classes import one_hot
from spectra.training.training_kernel import flat_outputs

if TYPE_CHECKING:
    from spectra.training.cohort import Cohort

Rule = Literal["none", "random", "entropy", "margin", "output_change"]

RIDGE = 1e-6
"""Of the mean diagonal of the kernel: it keeps equal images from making it singular."""


def acquired(cohort: Cohort, rule: Rule, count: int, generators: Sequence[torch.Generator]) -> Tensor:
    """The examples that each member sees after its rule has chosen some more.

    Entropy and margin are those of the softmax of the outputs. The change of the outputs is that of the linearized
    network after training on one example more, with the kernel of the moment and the class of the largest output for
    its label, summed over all examples that are not seen; examples are chosen each by itself. Outputs are those that
    the criterion sees, over the temperature of the run.

    Args:
        cohort: The K members, each with examples that it sees.
        rule: How examples are ranked.
        count: How many each member gets.
        generators: One for each member, for the random rule.

    Returns:
        Places (K, n + count) among the training examples: those from before, then the new ones, the best first.

    Raises:
        ValueError: If the targets are no classes, or the rule needs squared error and the criterion is another one.
    """
    data, known = cohort.dataset, cohort.order.known
    if data.targets.is_floating_point() or data.targets.ndim != 1:
        raise ValueError(
            f"examples are chosen by classes, and targets have the shape {tuple(data.targets.shape)} and "
            f"{data.targets.dtype}; use data with one class for each example"
        )
    if rule == "output_change" and data.criterion.name != "squared_class_error":
        raise ValueError(
            f"the rule output_change is that of squared error, and the criterion is {data.criterion.name}; set "
            'criterion = "squared_error", or use entropy, margin or random'
        )
    assert known is not None  # a spec with a rule has trained_examples
    grown = []
    for member, generator in enumerate(generators):
        others = torch.ones(len(data.inputs), dtype=torch.bool).index_fill(0, known[member], 0).nonzero()[:, 0]
        scores = _scores(cohort, member, others, rule, generator)
        grown.append(torch.cat([known[member], others[highest_scores(scores, count).cpu()]]))
    return torch.stack(grown)


def _scores(cohort: Cohort, member: int, others: Tensor, rule: Rule, generator: torch.Generator) -> Tensor:
    if rule == "random":
        return random_scores(len(others), generator)
    module, inputs = cohort.module(member), cohort.dataset.inputs
    if rule == "output_change":
        return _output_change(cohort, member, others)
    with torch.no_grad():
        outputs = module(inputs[others.to(inputs.device)]) / cohort.specs[member].temperature
    return (entropy_scores if rule == "entropy" else margin_scores)(outputs)


def _output_change(cohort: Cohort, member: int, others: Tensor) -> Tensor:
    """Scores of the examples that are not seen, (M,)."""
    sizes = cohort.step_sizes()
    assert sizes is not None  # there were updates
    assert cohort.order.known is not None
    module, data = cohort.module(member).double(), cohort.dataset
    places = torch.cat([cohort.order.known[member], others]).to(data.inputs.device)
    seen, inputs = len(places) - len(others), data.inputs[places].double()
    with torch.no_grad():
        # The kernel of these outputs is smaller by the temperature squared, on which the changes do not depend.
        outputs: Tensor = module(inputs) / cohort.specs[member].temperature
    whole = _kernel(module, inputs, sizes[member].double())
    kernel, cross, among = whole[:seen, :seen], whole[seen:, :seen], whole[seen:, seen:]
    aims = one_hot(outputs[:seen], data.targets[places[:seen]]) - outputs[:seen]
    labels = one_hot(outputs[seen:], outputs[seen:].argmax(1)) - outputs[seen:]
    found = look_ahead(kernel, cross, among, aims, ridge=relative_ridge(kernel, RIDGE))
    return output_change(found, labels)


def _kernel(module: nn.Module, inputs: Tensor, sizes: Tensor) -> Tensor:
    return empirical_ntk(flat_outputs(module), inputs, outputs="trace", weights=sizes)
