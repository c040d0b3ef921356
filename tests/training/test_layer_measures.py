"""Measurements of layers are the library functions on the networks of the moment."""

from dataclasses import replace

import pytest
import torch

from spectra.features import (
    activation_patterns,
    classification_dimension,
    independence_deficit,
    jacobian_ranks,
    layer_names,
    linear_regions,
    pattern_diversity,
    perturbed_ranks,
    weight_spectrum,
)
from spectra.models import MLP
from spectra.training import (
    ActivationDiversity,
    ClassifyingDirections,
    FeatureDimension,
    JacobianRank,
    LinearRegions,
    OutputDependence,
    PerturbedRank,
    WeightSpectra,
    run,
)
from tests.training.dense_members import EXAMPLES, GRID, STEP, TOKENS, specs, tables, values
from tests.training.layered_runs import check, modules_of, runs_of


def test_ranks_are_means_over_examples():
    def ranks(module, data):
        found = jacobian_ranks(module, data.inputs[:4], layer_names(module), rtol=1e-2)
        return {"jacobian_rank": [float(one.double().mean()) for one in found.values()]}

    check(JacobianRank(GRID, 4, rtol=1e-2), ranks)


def test_perturbed_ranks_of_what_is_linear_nearby_are_those_of_the_jacobian():
    module, data = modules_of(runs_of(), 0)
    shaken = tables(runs_of(PerturbedRank(GRID, 3, copies=200, deviation=1e-9)))[0]
    expected = jacobian_ranks(module[0], data.inputs[:3], layer_names(module[0]))
    assert values(shaken, "perturbed_rank", 0).tolist() == [float(one.double().mean()) for one in expected.values()]
    assert perturbed_ranks(module[0], data.inputs[:3], ["embed"], copies=200)["embed"].tolist() == [6, 6, 6]


def test_classifying_directions_and_dependent_outputs():
    def directions(module, data):
        given = data.inputs[:50], data.targets[:50]
        found = [classification_dimension(module, *given, name, share=0.9).dimension for name in layer_names(module)]
        return {"classification_dimension": found}

    def explained(module, data):
        outputs = module(data.inputs[:50]).detach()
        products = (outputs.T @ outputs / 50).fill_diagonal_(0).abs().amax(1)
        found = [independence_deficit(outputs, place, penalty=0.2 * float(products[place])) for place in range(10)]
        shares, used = ([getattr(one, name) for one in found] for name in ("explained", "used"))
        return {"independence_deficit": [sum(shares) / 10], "independence_deficit_used": [sum(used) / 10]}

    check(ClassifyingDirections(GRID, "train", 50, share=0.9), directions)
    check(OutputDependence(GRID, "train", 50, penalty=0.2), explained)


def test_regions_and_patterns():
    def regions(module, data):
        lines = data.inputs[:6].split(2)
        return {"linear_regions": [sum(linear_regions(module, line).regions for line in lines) / 3]}

    def diversity(module, data):
        found = pattern_diversity(activation_patterns(module, data.test_inputs[:20]))
        return {
            "test_pattern_diversity": [found.distance],
            "test_pattern_diversity_distinct": [found.distinct],
            "test_pattern_diversity_entropy": [found.entropy],
            "test_pattern_diversity_fixed": [found.fixed],
        }

    check(LinearRegions(GRID, "train", 6), regions)
    check(ActivationDiversity(GRID, "test", 20), diversity)


def test_a_readout_that_starts_at_zero_has_no_dependence_yet():
    table = tables(runs_of(OutputDependence(GRID, examples=EXAMPLES), model=MLP(6, depth=2, zero_readout=True)))[0]
    assert len(values(table, "independence_deficit", 0)) == 0
    assert len(values(table, "independence_deficit", STEP)) == 1


def test_tokens_have_features_and_no_ranks():
    table = run(replace(specs(FeatureDimension(GRID, examples=20), OutputDependence(GRID, examples=20))[0], **TOKENS))
    assert torch.isfinite(torch.tensor(table["value"].to_numpy())).all()
    with pytest.raises(ValueError, match="cannot change a little"):
        run(replace(specs(JacobianRank(GRID, 2))[0], **TOKENS))


def test_spectra_of_weight_matrices():
    def counted(module, data):
        found = [weight_spectrum(one) for one in module.parameters()]
        return {"weight_outliers": [one.outliers for one in found]}

    def ranked(module, data):
        found = [weight_spectrum(one) for one in module.parameters()]
        return {"weight_stable_rank": [float(one.eigenvalues.sum() / one.eigenvalues[0]) for one in found]}

    check(WeightSpectra("weight_outliers", GRID), counted)
    check(WeightSpectra("weight_stable_rank", GRID), ranked)
    start = MLP(6, depth=2, bias=True, zero_readout=True)
    table = tables(runs_of(WeightSpectra("weight_stable_rank", GRID), model=start))[0]
    assert len(values(table, "weight_stable_rank", 0)) == 3  # no bias, and no readout of zeros
    assert len(values(table, "weight_stable_rank", STEP)) == 4


def test_settings_out_of_range_are_refused():
    for refused in (
        lambda: LinearRegions(GRID, examples=3),
        lambda: JacobianRank(GRID, rtol=2.0),
        lambda: FeatureDimension(GRID, estimator="fractal"),
        lambda: PerturbedRank(GRID, copies=1),
    ):
        with pytest.raises(ValueError, match="1 validation error"):
            refused()
