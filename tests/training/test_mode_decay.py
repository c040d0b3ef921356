from dataclasses import replace

import pytest
import torch
from torch.testing import assert_close

from spectra.data import Digits, PowerLawTeacher
from spectra.models import LinearModel, Shallow
from spectra.training import SGD, Adam, RegimeSpec, RunSpec, StepGrid, run
from spectra.training.mode_decay import ModeDecay
from tests.training.dense_members import assert_interruptible, values

EACH = ModeDecay(StepGrid(every=1), count=3)
LINEAR = RunSpec(
    LinearModel(),
    PowerLawTeacher(1.0, 0.5, dimension=6, train_examples=20, test_examples=5),
    SGD(0.2),
    RegimeSpec("standard", 1, 1),
    (EACH,),
    steps=4,
    seed=1,
    precision="float64",
)
NETWORK = replace(LINEAR, model=Shallow(16, "tanh", centered=True), regime=RegimeSpec("ntk", 1, 1))


def test_modes_of_a_linear_model_decay_as_predicted():
    table = run(LINEAR)
    for step in range(1, 5):
        assert_close(values(table, "mode_decay", step), torch.ones(3))


def test_the_prediction_is_that_of_the_gram_matrix_for_the_modes_with_the_largest_residuals():
    data, table = LINEAR.data.load(), run(LINEAR)
    values_, vectors = torch.linalg.eigh(0.2 * data.inputs @ data.inputs.T / 20)
    amplitudes = (vectors.T @ data.targets)[:, 0]
    chosen = amplitudes.abs().argsort(descending=True)[:3]
    expected = -3 * (1 - 2 * values_[chosen]).abs().log()
    assert_close(values(table, "mode_decay_predicted", 3), expected)
    assert not len(values(table, "mode_decay", 0))


def test_lazier_networks_come_nearer_to_the_prediction():
    gaps = [
        float((values(run(replace(NETWORK, regime=RegimeSpec("ntk", 1, 1, g))), "mode_decay", 4) - 1).abs().max())
        for g in (1.0, 0.1, 0.01)
    ]
    assert gaps[2] < 0.1 * gaps[1] < 0.1 * gaps[0]


def test_the_modes_survive_an_interruption():
    assert_interruptible([NETWORK, replace(NETWORK, seed=2)], 3)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"optimizer": Adam(0.01)}, "keeps a mean and a square"),
        ({"optimizer": SGD(0.1, momentum=0.9)}, "keeps a momentum"),
        ({"optimizer": SGD(0.1, decay=0.1)}, "weight decay"),
        ({"optimizer": SGD(0.1, batch_size=5)}, "batches"),
        ({"temperature": 2.0}, "temperature"),
        ({"data": Digits(30)}, "cross_entropy"),
        ({"measurements": (ModeDecay(StepGrid(every=1), count=21),)}, "there are 20"),
    ],
    ids=["adam", "momentum", "decay", "batches", "temperature", "classes", "count"],
)
def test_training_that_is_no_plain_descent_is_refused(changes, message):
    with pytest.raises(ValueError, match=message):
        run(replace(NETWORK, **changes))
