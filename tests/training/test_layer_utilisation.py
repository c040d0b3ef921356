"""Numbers of layers are those of dense kernels, with the learning rates of every weight."""

from dataclasses import replace

import pytest
import torch
from torch.testing import assert_close

from spectra.kernels import kernel_alignment
from spectra.models import MLP
from spectra.training import Adam, LayerUtilisation, StepGrid, run
from spectra.training.kernel_alignment import target_vector
from tests.training.dense_members import EXAMPLES, GRID, TOKENS, members, specs, tables, values

KINDS = ("layer_share", "layer_alignment", "layer_rank")
MEASURED = [LayerUtilisation(kind, GRID, EXAMPLES) for kind in KINDS]


def dense_layers(member, inputs):
    """J_l D_l J_l' of every parameter, in order."""
    jacobian = torch.autograd.functional.jacobian(
        lambda weights: member.objective.network(weights, inputs).flatten(), member.weights
    )
    lengths = [value.numel() for value in member.module.parameters()]
    pairs = zip(jacobian.split(lengths, 1), member.sizes.split(lengths), strict=True)
    return [(part * sizes) @ part.T for part, sizes in pairs]


def test_they_are_those_of_the_dense_kernels():
    runs = specs(*MEASURED)
    data = runs[0].data.load()
    aims = target_vector(data.targets[:EXAMPLES], data.outputs)
    for member, table in zip(members(runs), tables(runs), strict=True):
        kernels = dense_layers(member, data.inputs[:EXAMPLES])
        total = sum(kernel.trace() for kernel in kernels)
        assert_close(values(table, "layer_share"), torch.stack([kernel.trace() for kernel in kernels]) / total)
        ranks = [kernel.trace() ** 2 / kernel.square().sum() for kernel in kernels]
        assert_close(values(table, "layer_rank"), torch.stack(ranks))
        shape = (EXAMPLES, data.outputs)
        whole = [kernel.reshape(*shape, *shape).transpose(1, 2) for kernel in kernels]
        aligned = [kernel_alignment(kernel, aims, form="centred") for kernel in whole]
        assert_close(values(table, "layer_alignment"), torch.cat(aligned))


def test_a_weight_and_its_bias_are_one_layer():
    runs = specs(MEASURED[0], model=MLP(2, 1, "tanh", bias=True))
    inputs = runs[0].data.load().inputs[:EXAMPLES]
    kernels = dense_layers(members(runs)[0], inputs)
    first, second = kernels[0] + kernels[1], kernels[2] + kernels[3]
    total = first.trace() + second.trace() + kernels[4].trace()
    expected = torch.stack([first.trace(), second.trace(), kernels[4].trace()]) / total
    assert_close(values(tables(runs)[0], "layer_share"), expected)


def test_a_zero_readout_leaves_the_layers_before_it_without_a_part():
    table = run(specs(*MEASURED, model=MLP(2, 1, "tanh", zero_readout=True))[0])
    assert values(table, "layer_share", 0).tolist() == [0, 0, 1]
    assert len(values(table, "layer_rank", 0)) == len(values(table, "layer_alignment", 0)) == 1
    assert len(values(table, "layer_rank")) == 3


@pytest.mark.parametrize("expansion", ["taylor", "features"])
def test_an_expansion_keeps_its_layers(expansion):
    table = tables(specs(*MEASURED, expansion=expansion))[0]
    for kind in KINDS:
        assert_close(values(table, kind), values(table, kind, 0))


def test_tokens_are_read_and_adam_has_them_from_the_first_update_on():
    runs = specs(
        LayerUtilisation("layer_share", StepGrid(every=1), 6),
        optimizer=Adam(0.01),
        **TOKENS,
    )
    table = run(runs[0])
    assert not len(values(table, "layer_share", 0))
    assert float(values(table, "layer_share", 1).sum()) == pytest.approx(1)


def test_more_examples_than_there_are_are_refused():
    with pytest.raises(ValueError, match="layer_rank asks for 61 examples"):
        specs(replace(MEASURED[2], examples=61))
