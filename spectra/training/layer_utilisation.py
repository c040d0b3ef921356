"""What every layer adds to the tangent kernel."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar, Literal

import torch
from pydantic import ConfigDict, PositiveInt
from pydantic.dataclasses import dataclass
from torch import Tensor, nn

from spectra.kernels.empirical import empirical_ntk
from spectra.kernels.layer_shares import LayerShare, layer_shares
from spectra.training.kernel_alignment import target_vector
from spectra.training.rows import Memory, Values, named_by_kind
from spectra.training.split_examples import split_examples
from spectra.training.step_grid import StepGrid
from spectra.training.training_kernel import flat_outputs

if TYPE_CHECKING:
    from spectra.training.cohort import Cohort


@dataclass(frozen=True, config=ConfigDict(extra="forbid"))
class LayerUtilisation:
    """Parts K_l = J_l D_l J_l' (N C, N C) of the tangent kernel by the layer whose weights J_l differentiates by.

        layer_share        trace(K_l) / trace(K), with K = sum_l K_l
        layer_alignment    centred alignment of K_l with the targets: the cosine of the two after the mean over the
                           examples was taken off, for each output
        layer_rank         participation ratio of its eigenvalues, trace(K_l)^2 / |K_l|_F^2

    J is the Jacobian of the C outputs of each of N training examples, before a temperature divides them, and D the step
    size of every weight: shares do not depend on how the network is written. The index counts the layers that have
    weights, from the inputs on. A layer whose part is zero has the share 0, and no row of the others; one whose part is
    the same for all pairs of examples has no alignment. Under Adam and AdamW there are values from the first update on.

    Attributes:
        kind: Which of them.
        grid: When.
        examples: Number of training examples N, always the first. Kernels (N C)^2 are kept in double precision, one for
            each layer, and all their eigenvalues are worked out.
    """

    kind: Literal["layer_share", "layer_alignment", "layer_rank"]
    entries: ClassVar[None] = None  # the run alone tells how many
    grid: StepGrid
    examples: PositiveInt = 32

    quantity = named_by_kind

    def measure(self, cohort: Cohort, memory: Memory, generators: Sequence[torch.Generator]) -> Sequence[Values]:  # noqa: ARG002
        """The numbers of the layers of every member.

        Raises:
            ValueError: If targets are zero, or the same for all examples.
        """
        sizes = cohort.step_sizes()
        if sizes is None:
            return [()] * cohort.stack.members
        inputs, targets = split_examples(cohort.dataset, "train", self.examples)
        aims = target_vector(targets, cohort.dataset.outputs) if self.kind == "layer_alignment" else None
        layers = [layers_of(cohort.module(member), inputs, size, aims) for member, size in enumerate(sizes)]
        return [list(self._rows(of_member)) for of_member in layers]

    def _rows(self, layers: Sequence[LayerShare]) -> Values:
        for index, layer in enumerate(layers):
            if self.kind == "layer_share":
                yield self.kind, index, layer.share
            elif self.kind == "layer_rank" and layer.ranks is not None:
                yield self.kind, index, layer.ranks.participation
            elif layer.alignments is not None:
                yield self.kind, index, float(layer.alignments)


def layers_of(module: nn.Module, inputs: Tensor, sizes: Tensor, targets: Tensor | None) -> list[LayerShare]:
    """What every layer adds to J D J' of a network, from the inputs on.

    Args:
        module: The network, with outputs (N, ...).
        inputs: Examples (N, ...).
        sizes: The diagonal of D, (P,), in the order of `named_parameters`.
        targets: One vector (N C,), or None.
    """
    network = flat_outputs(module)
    kernels = empirical_ntk(network, inputs, weights=sizes, per_layer=True)
    order = dict.fromkeys(name.rpartition(".")[0] for name, _ in network.named_parameters())
    return list(layer_shares({name: kernels[name] for name in order if name in kernels}, targets).values())
