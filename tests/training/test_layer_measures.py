"""Measurements of layers are the library functions on the networks of the moment."""

from dataclasses import replace

import pytest
import torch

from spectra.data import MarkovText
from spectra.features import (
    activation_patterns,
    classification_dimension,
    independence_deficit,
    jacobian_ranks,
    layer_features,
    layer_names,
    linear_regions,
    neighbour_dimension,
    pattern_diversity,
    perturbed_ranks,
    quasi_orthogonality,
    separability_dimension,
    spectral_dimensions,
    weight_spectrum,
)
from spectra.models import GPT, MLP
from spectra.training import (
    ActivationDiversity,
    ClassifyingDirections,
    FeatureDimension,
    FeatureOrthogonality,
    JacobianRank,
    LinearRegions,
    OutputDependence,
    PerturbedRank,
    RegimeSpec,
    WeightSpectra,
    run,
)
from spectra.training.initial_cohort import cohort
from tests.training.dense_members import EXAMPLES, GRID, STEP, specs, tables, values

NETWORK = {"model": MLP(6, depth=2), "regime": RegimeSpec("mup", 4, 2)}


def runs_of(*measured, **changes):
    return [replace(run, regime=NETWORK["regime"]) for run in specs(*measured, **{**NETWORK, **changes})]


def modules_of(runs, step):
    together = cohort(runs, "cpu")
    together.advance(step)
    return [together.module(place) for place in range(len(runs))], together.dataset


def check(measured, function, **changes):
    """That the rows of all members at the start and the end are what a function of module and data gives."""
    runs = runs_of(measured, **changes)
    found = tables(runs)
    for step in (0, STEP):
        modules, data = modules_of(runs, step)
        for module, table in zip(modules, found, strict=True):
            for quantity, expected in function(module, data).items():
                assert values(table, quantity, step).tolist() == pytest.approx(expected, rel=1e-9)


def on(inputs, measure, patterns=()):
    def of(module, data):
        layers = layer_names(module, patterns)
        return [measure(rows) for rows in layer_features(module, inputs(data), layers).values()]

    return of


TRAIN, TEST = (lambda data: data.inputs[:EXAMPLES]), (lambda data: data.test_inputs[:EXAMPLES])


def test_cosines_of_every_activation():
    share = on(TEST, lambda rows: quasi_orthogonality(rows, epsilon=0.2).share)
    squares = on(TEST, lambda rows: quasi_orthogonality(rows).mean_square)
    check(
        FeatureOrthogonality(GRID, "test", EXAMPLES, epsilon=0.2),
        lambda module, data: {
            "test_quasi_orthogonality": share(module, data),
            "test_quasi_orthogonality_mean_square": squares(module, data),
        },
    )


@pytest.mark.parametrize(
    ("estimator", "measure", "quantity"),
    [
        ("participation", lambda rows: spectral_dimensions(rows).participation, "feature_dimension"),
        ("entropy", lambda rows: spectral_dimensions(rows).entropy, "entropy_feature_dimension"),
        ("principal", lambda rows: spectral_dimensions(rows).principal, "principal_feature_dimension"),
        ("separability", lambda rows: separability_dimension(rows).value, "separability_feature_dimension"),
        ("neighbours", lambda rows: neighbour_dimension(rows).value, "neighbours_feature_dimension"),
    ],
)
def test_dimensions_of_every_layer(estimator, measure, quantity):
    smooth = MLP(6, depth=2, activation="tanh")  # where no two examples are alike
    layers = ("embed", "blocks.*")
    of = on(TRAIN, measure, layers)
    measured = FeatureDimension(GRID, "train", EXAMPLES, layers, estimator)
    check(measured, lambda *given: {quantity: of(*given)}, model=smooth)


def test_layers_are_chosen_by_their_names():
    measured = FeatureDimension(GRID, examples=EXAMPLES, layers=("embed", "blocks.*"))
    found = tables(runs_of(measured))[0]
    assert len(values(found, "feature_dimension")) == 3
    with pytest.raises(ValueError, match="no layer of the module fits 'block'"):
        run(runs_of(replace(measured, layers=("block",)))[0])


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


DEAD = [
    FeatureDimension(GRID, examples=EXAMPLES),
    FeatureDimension(GRID, examples=EXAMPLES, estimator="separability"),
    FeatureDimension(GRID, examples=EXAMPLES, estimator="neighbours"),
    FeatureOrthogonality(GRID, examples=EXAMPLES),
    ClassifyingDirections(GRID, examples=EXAMPLES),
]


@pytest.mark.parametrize("measured", DEAD, ids=lambda one: one.quantity)
def test_a_dead_layer_has_no_row_and_ends_no_run(measured):
    together = cohort(runs_of(measured), "cpu")
    # Hidden matrices that read what is never negative, and make nothing but negatives of it.
    for place, weights in enumerate(together.weights):
        parts = together.module(place).named_parameters()
        closed = [-values.abs() if "blocks" in name else values for name, values in parts]
        weights.copy_(torch.cat([values.detach().flatten() for values in closed]))
    for rows in measured.measure(together, {}, [torch.Generator() for _ in together.weights]):
        assert {index for _, index, _ in rows} == {0}


def test_examples_that_were_left_out_are_counted():
    narrow = {"model": MLP(4, depth=2)}
    table = tables(runs_of(FeatureDimension(GRID, examples=40, estimator="neighbours"), **narrow))[0]
    (module, *_), data = modules_of(runs_of(**narrow), 0)
    found = [neighbour_dimension(one) for one in layer_features(module, data.inputs[:40], layer_names(module)).values()]
    counted = table[(table["quantity"] == "neighbours_feature_dimension_duplicates") & (table["step"] == 0)]
    assert dict(zip(counted["index"], counted["value"], strict=True)) == {
        index: one.duplicates for index, one in enumerate(found) if one.duplicates
    }
    assert max(one.duplicates for one in found) > 1


def test_a_readout_that_starts_at_zero_has_no_dependence_yet():
    table = tables(runs_of(OutputDependence(GRID, examples=EXAMPLES), model=MLP(6, depth=2, zero_readout=True)))[0]
    assert len(values(table, "independence_deficit", 0)) == 0
    assert len(values(table, "independence_deficit", STEP)) == 1


def test_tokens_have_features_and_no_ranks():
    text = {
        "data": MarkovText(vocabulary=5, context=2, train_examples=40, test_examples=15),
        "model": GPT(4, depth=2, heads=2),
        "regime": RegimeSpec("mup", 2, 2),
    }
    table = run(replace(specs(FeatureDimension(GRID, examples=20), OutputDependence(GRID, examples=20))[0], **text))
    assert torch.isfinite(torch.tensor(table["value"].to_numpy())).all()
    with pytest.raises(ValueError, match="cannot change a little"):
        run(replace(specs(JacobianRank(GRID, 2))[0], **text))


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
