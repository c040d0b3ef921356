from dataclasses import replace

import pytest

from spectra.data import PowerLawStream
from spectra.models import LinearModel
from spectra.training import SGD, Adam, Loss, RegimeSpec, StepGrid, run
from spectra.training.critical_step import CriticalStep
from spectra.training.initial_cohort import cohort
from tests.training.dense_members import EXAMPLES, GRID, specs, tables, values

QUADRATIC = replace(
    specs(CriticalStep(GRID, 60, tolerance=1e-6))[0],
    model=LinearModel(),
    data=PowerLawStream(1.0, 1.0, dimension=6, train_examples=60),
    optimizer=SGD(0.2),
    regime=RegimeSpec("standard", 1, 1),
)


@pytest.mark.parametrize("rate", [0.05, 0.2, 0.4])
def test_on_a_quadratic_it_is_the_curvature_along_the_gradient_times_the_rate(rate):
    spec = replace(QUADRATIC, optimizer=SGD(rate))
    at = cohort([spec], "cpu")
    at.advance(3)
    inputs, targets = at.dataset.inputs, at.dataset.targets
    hessian = 2 / 60 * inputs.T @ inputs
    gradient = 2 / 60 * inputs.T @ (inputs @ at.weights[0] - targets[:, 0])
    exact = rate * gradient @ hessian @ gradient / (gradient @ gradient)
    assert float(values(run(spec), "critical_sharpness")) == pytest.approx(float(exact), rel=1e-5)


@pytest.mark.parametrize("optimizer", [SGD(0.2, momentum=0.9, batch_size=20), Adam(0.01)], ids=["momentum", "adam"])
def test_the_loss_rises_beyond_the_multiple_of_the_very_next_update(optimizer):
    runs = specs(CriticalStep(GRID, EXAMPLES), optimizer=optimizer)
    at = cohort(runs, "cpu")
    at.advance(3)
    before = at.weights.clone()
    batch = at.dataset.inputs[:EXAMPLES], at.dataset.targets[:EXAMPLES]
    start = at.mean_loss(*batch)
    at.advance(1)
    update = at.weights - before
    for place, table in enumerate(tables(runs)):
        if not len(values(table, "critical_sharpness")):
            assert values(table, "critical_sharpness_converged").tolist() == [0]
            continue
        multiple = 2 / float(values(table, "critical_sharpness"))
        at.weights = before + multiple * (1 + 1 / 16) * update
        assert at.mean_loss(*batch)[place] > start[place]
        at.weights = before + multiple * (1 - 1 / 16) * update
        assert at.mean_loss(*batch)[place] <= start[place]


def test_measuring_it_does_not_change_the_training():
    loss = Loss(StepGrid(every=1))
    for optimizer in (SGD(0.2, momentum=0.9, batch_size=20), Adam(0.01, batch_size=20)):
        with_it, without = (
            run(specs(loss, *more, optimizer=optimizer)[0]) for more in ((CriticalStep(GRID, EXAMPLES),), ())
        )
        assert (
            with_it.loc[with_it["quantity"] == "loss", "value"].tolist()
            == without.query("quantity == 'loss'")["value"].tolist()
        )


def test_where_the_update_only_raises_the_loss_there_is_no_number():
    ahead = replace(QUADRATIC, optimizer=SGD(0.2, momentum=0.99), steps=60)
    table = run(replace(ahead, measurements=(CriticalStep(StepGrid(every=1), 60),)))
    lost = table[(table["quantity"] == "critical_sharpness_converged") & (table["value"] == 0)]["step"]
    known = table[table["quantity"] == "critical_sharpness"]["step"]
    assert len(lost)
    assert not set(lost) & set(known)
