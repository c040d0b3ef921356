"""Measurements of features are the library functions on the networks of the moment."""

from dataclasses import replace

import pytest
import torch

from spectra.features import (
    layer_features,
    layer_names,
    neighbour_dimension,
    quasi_orthogonality,
    separability_dimension,
    spectral_dimensions,
)
from spectra.models import MLP
from spectra.training import (
    ClassifyingDirections,
    FeatureDimension,
    FeatureOrthogonality,
    run,
)
from spectra.training.initial_cohort import cohort
from tests.training.dense_members import EXAMPLES, GRID, tables, values
from tests.training.layered_runs import check, modules_of, runs_of


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
