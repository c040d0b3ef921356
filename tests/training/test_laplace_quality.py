"""Laplace approximations of the networks of runs: the measurements are the functions of the library."""

from __future__ import annotations

import pytest
import torch
from torch.testing import assert_close

from spectra import cross_entropy
from spectra.data import Digits, Sphere
from spectra.kernels import (
    accelerated_laplace,
    calibration_error,
    class_balanced,
    empirical_ntk,
    exact_laplace,
    likeliest_prior,
    spectral_error,
    tangent_features,
)
from spectra.training import SGD, LaplaceError, LaplaceQuality, run
from spectra.training.data_order import stream
from spectra.training.initial_cohort import cohort
from tests.training.dense_members import GRID, STEP, specs, tables, values

TRAIN, EVERY, SEEN, TEST, LANDMARKS = 24, 240, 20, 30, 12
PRIORS = (0.01, 1.0)
QUALITY = {"landmarks": LANDMARKS, "priors": PRIORS, "validation": SEEN, "tested": TEST}


def runs(*measurements):
    """One run on few examples."""
    return specs(*measurements, data=Digits(TRAIN), optimizer=SGD(0.2))[:1]


def trained():
    """The network at the last step, its data, and the draws of its first measurement."""
    spec = runs(LaplaceError("laplace_kernel_error", GRID))[0]
    together = cohort([spec], "cpu")
    together.advance(STEP)
    return together.module(0), together.dataset, stream(spec.seed, 2, STEP, 0)


def features_of(module, data, generator, rank, landmarks=LANDMARKS):
    places = class_balanced(data.targets, landmarks, generator=generator)
    return tangent_features(module, data.inputs[places], rank=rank, generator=generator)


def test_losses_are_those_of_the_library_for_no_few_and_all_features():
    table = tables(runs(LaplaceQuality("laplace_loss", GRID, (0, 5, EVERY), **QUALITY)))[0]
    rows = table[(table["step"] == STEP) & (table["quantity"] == "laplace_loss")].set_index("index")["value"]
    priors = table[(table["step"] == STEP) & (table["quantity"] == "laplace_loss_prior")].set_index("index")["value"]
    module, data, generator = trained()
    seen = data.test_inputs[:SEEN], data.test_targets[:SEEN]
    inputs, targets = data.test_inputs[SEEN : SEEN + TEST], data.test_targets[SEEN : SEEN + TEST]
    few = features_of(module, data, generator, 5)
    posteriors = {
        5: accelerated_laplace(few, [(data.inputs, data.targets)], prior_variance=1.0),
        EVERY: exact_laplace(module, data.inputs, data.targets, prior_variance=1.0),
    }
    assert_close(rows[0], cross_entropy.losses(module(inputs), targets).mean().item())
    for count, posterior in posteriors.items():
        best = likeliest_prior(posterior, PRIORS, *seen)
        assert priors[count] == best.prior_variance
        assert_close(rows[count], float(best.predict(inputs).losses(cross_entropy, targets).mean()))
    assert sorted(priors.index) == [5, EVERY]


def test_the_calibration_error_is_that_of_the_probabilities():
    table = tables(runs(LaplaceQuality("laplace_calibration_error", GRID, (0, 5), **QUALITY)))[0]
    module, data, generator = trained()
    posterior = accelerated_laplace(
        features_of(module, data, generator, 5), [(data.inputs, data.targets)], prior_variance=1.0
    )
    best = likeliest_prior(posterior, PRIORS, data.test_inputs[:SEEN], data.test_targets[:SEEN])
    inputs, targets = data.test_inputs[SEEN : SEEN + TEST], data.test_targets[SEEN : SEEN + TEST]
    expected = [module(inputs).detach().softmax(1), best.predict(inputs).probabilities()]
    errors = torch.tensor([calibration_error(found, targets) for found in expected])
    assert_close(values(table, "laplace_calibration_error"), errors)


def test_errors_are_those_of_the_kernel_and_of_the_covariance():
    kernel = LaplaceError("laplace_kernel_error", GRID, (2, 5), (LANDMARKS,), tested=TEST)
    covariance = LaplaceError("laplace_covariance_error", GRID, (5,), (LANDMARKS, 20), prior=0.3, tested=TEST)
    table = tables(runs(kernel, covariance))[0]
    module, data, generator = trained()
    inputs = data.test_inputs[:TEST]
    exact = empirical_ntk(module, inputs).transpose(1, 2).flatten(2).flatten(0, 1)
    drawn = features_of(module, data, generator, 5)
    found = [drawn.leading(rank)(inputs).flatten(0, 1) for rank in (2, 5)]
    errors = torch.tensor([spectral_error(rows @ rows.T, exact) for rows in found])
    assert_close(values(table, "laplace_kernel_error"), errors)
    assert set(table["index"][table["quantity"] == "laplace_kernel_error"]) == {2, 5}
    whole = exact_laplace(module, data.inputs, data.targets, prior_variance=0.3).predict(inputs).covariance
    generator = stream(runs()[0].seed, 2, STEP, 1)
    few = features_of(module, data, generator, 5)
    posterior = accelerated_laplace(few, [(data.inputs, data.targets)], prior_variance=0.3)
    expected = spectral_error(posterior.predict(inputs).covariance, whole)
    assert_close(values(table, "laplace_covariance_error_by_landmarks")[0], torch.tensor(expected))
    assert set(table["index"][table["quantity"] == "laplace_covariance_error_by_landmarks"]) == {LANDMARKS, 20}


def test_measurements_of_one_step_share_the_exact_posterior(monkeypatch):
    made = []

    def counted(*args, **kwargs):
        made.append(kwargs["prior_variance"])
        return exact_laplace(*args, **kwargs)

    monkeypatch.setattr("spectra.training.laplace_quality.exact_laplace", counted)
    monkeypatch.setattr("spectra.training.laplace_error.exact_laplace", counted)
    quality = [
        LaplaceQuality(kind, GRID, (EVERY,), **QUALITY) for kind in ("laplace_loss", "laplace_calibration_error")
    ]
    covariance = {"prior": 0.3, "tested": TEST}
    errors = [
        LaplaceError("laplace_covariance_error", GRID, (2, 5), (LANDMARKS,), **covariance),
        LaplaceError("laplace_covariance_error", GRID, (5,), (LANDMARKS, 20), **covariance),
        LaplaceError("laplace_covariance_error", GRID, (5,), (LANDMARKS,), prior=0.4, tested=TEST),
    ]
    together = tables(runs(*quality, *errors))[0]
    assert made == [1.0, 0.3, 0.4] * 2  # at the start, and at the end
    for place, one in enumerate(quality):
        alone = tables(runs(*quality[place : place + 1]))[0]
        assert_close(values(together, one.quantity), values(alone, one.quantity), rtol=0, atol=0)


def test_what_cannot_be_measured_is_refused():
    with pytest.raises(ValueError, match="give several of one and a single one of the other"):
        LaplaceError("laplace_kernel_error", GRID, (1, 2), (5, 6))
    with pytest.raises(ValueError, match="6 features of 5 landmarks"):
        LaplaceError("laplace_kernel_error", GRID, (6,), (5,))
    with pytest.raises(ValueError, match=r"asks for 13 features; there are 0 to 12"):
        run(runs(LaplaceQuality("laplace_loss", GRID, (13,), **QUALITY))[0])
    with pytest.raises(ValueError, match=r"asks for 241 features"):
        run(runs(LaplaceQuality("laplace_loss", GRID, (241,), **QUALITY))[0])
    with pytest.raises(ValueError, match="25 of 24 examples were asked for"):
        run(runs(LaplaceError("laplace_kernel_error", GRID, (2,), (25,)))[0])
    with pytest.raises(ValueError, match="and the loss is squared_error"):
        run(
            specs(
                LaplaceError("laplace_kernel_error", GRID),
                data=Sphere(3, "neuron", train_examples=20),
                optimizer=SGD(0.1),
            )[0]
        )
    with pytest.raises(ValueError, match="divided by a temperature"):
        run(specs(LaplaceError("laplace_kernel_error", GRID), data=Digits(TRAIN), optimizer=SGD(0.1))[1])
