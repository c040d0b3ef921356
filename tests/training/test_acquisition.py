"""Runs that choose what they are trained on next."""

from dataclasses import replace

import pandas as pd
import pytest
import torch
from torch.testing import assert_close

from spectra.data import Digits, Sphere
from spectra.kernels import empirical_ntk, entropy_scores, kernel_regression, margin_scores, relative_ridge
from spectra.models import MLP
from spectra.training import SGD, ClassificationError, RegimeSpec, RunSpec, StepGrid, run, run_cohort
from spectra.training.acquisition import RIDGE, acquired
from spectra.training.data_order import stream
from spectra.training.initial_cohort import cohort
from tests.training.dense_members import interrupted

RULES = ("random", "entropy", "margin", "output_change")
RUN = RunSpec(
    MLP(8, depth=1, activation="tanh"),
    Digits(50),
    SGD(0.1),
    RegimeSpec("ntk", 1, 1),
    (ClassificationError(StepGrid(every=2), "test"),),
    steps=7,
    seed=3,
    precision="float64",
    criterion="squared_error",
    trained_examples=10,
    acquisition="output_change",
    acquired_examples=4,
    acquired_every=3,
)


def asked(one, count=4, change=lambda together: together):
    """The places before, the new ones, and the cohort that chose them, after three updates."""
    together = cohort([one], "cpu")
    together.advance(3)
    together = change(together)
    known = together.order.known[0]
    chosen = acquired(together, one.acquisition, count, [stream(0)])[0]
    assert_close(chosen[: len(known)], known)
    return known, chosen[len(known) :].tolist(), together


@pytest.mark.parametrize("rule", RULES)
def test_what_is_chosen_is_new_and_its_classes_were_not_looked_at(rule):
    one = replace(RUN, acquisition=rule)
    known, chosen, _ = asked(one)
    assert len({*known.tolist(), *chosen}) == 14

    def without_labels(together):
        hidden = torch.zeros_like(together.dataset.targets)
        hidden[known] = together.dataset.targets[known]
        return replace(together, dataset=replace(together.dataset, targets=hidden))

    assert asked(one, change=without_labels)[1] == chosen


@pytest.mark.parametrize(("rule", "scores"), [("entropy", entropy_scores), ("margin", margin_scores)])
def test_rules_on_outputs_take_the_highest_scores_of_the_library(rule, scores):
    known, chosen, together = asked(replace(RUN, acquisition=rule, temperature=0.3))
    ranked = scores(together.module(0)(together.dataset.inputs) / 0.3)
    ranked[known] = -torch.inf
    assert chosen == ranked.topk(4).indices.tolist()


@pytest.mark.parametrize("temperature", [1.0, 0.3])
def test_the_change_of_the_outputs_is_that_of_solving_again_for_every_example(temperature):
    known, chosen, together = asked(replace(RUN, temperature=temperature), count=40)
    others = torch.tensor([place for place in range(50) if place not in known.tolist()])
    module, inputs = together.module(0), together.dataset.inputs
    kernel = empirical_ntk(module, inputs, outputs="trace", weights=together.step_sizes()[0])
    ridge = relative_ridge(kernel[known][:, known], RIDGE)
    outputs = module(inputs).detach() / temperature
    labels = torch.eye(10)[together.dataset.targets]
    labels[others] = torch.eye(10)[outputs[others].argmax(1)]

    def predicted(seen):
        found = kernel_regression(kernel[seen][:, seen], kernel[others][:, seen], (labels - outputs)[seen], ridge=ridge)
        return found.predictions

    before = predicted(known)
    scores = [float((predicted(torch.cat([known, one[None]])) - before).norm(dim=1).sum()) for one in others]
    assert chosen == others[torch.tensor(scores).argsort(descending=True)].tolist()


@pytest.mark.parametrize("rule", RULES)
def test_a_run_that_is_interrupted_has_the_same_bits_as_alone(rule, monkeypatch):
    monkeypatch.setattr("spectra.training.course.PATIENCE", 0.0)
    runs = [replace(RUN, acquisition=rule, seed=seed, precision="float32") for seed in (3, 4)]
    runs = [replace(one, optimizer=SGD(0.1, batch_size=5)) for one in runs]
    whole = run_cohort(runs)
    for update in range(1, 8):
        for table, expected in zip(run_cohort(runs, states=interrupted(runs, update)), whole, strict=True):
            pd.testing.assert_frame_equal(table, expected, check_exact=True)
    pd.testing.assert_frame_equal(whole[1], run(runs[1]), check_exact=True)


def test_examples_are_added_after_every_so_many_updates_but_not_at_the_end():
    states = interrupted([replace(RUN, steps=6)], 6)
    assert states[0].tensors["known"].tolist()[:10] == cohort([RUN], "cpu").order.known[0].tolist()
    assert len(states[0].tensors["known"]) == 14
    assert len(interrupted([RUN], 7)[0].tensors["known"]) == 18
    assert RUN.most_seen == 18
    assert list(RUN.acquired_at) == [3, 6]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"trained_examples": None}, "without trained_examples"),
        ({"acquired_examples": 21}, "until 52 examples are seen, and there are 50"),
    ],
)
def test_settings_that_ask_for_more_than_there_is_are_refused(changes, message):
    with pytest.raises(ValueError, match=message):
        replace(RUN, **changes)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"criterion": "of_data"}, "the criterion is cross_entropy"),
        ({"data": Sphere(3, "neuron", 50, 5), "acquisition": "random", "measurements": ()}, "chosen by classes"),
    ],
)
def test_rules_that_do_not_fit_the_data_are_refused(changes, message):
    with pytest.raises(ValueError, match=message):
        run(replace(RUN, **changes))
