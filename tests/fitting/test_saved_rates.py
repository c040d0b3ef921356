import numpy as np
import pytest

from spectra.fitting.curves import read_curves
from spectra.fitting.saved_rates import read_rates


def written(tmp_path, text, name="log.csv"):
    path = tmp_path / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


@pytest.mark.parametrize(
    ("header", "column"),
    [
        ("step,loss,lr", "lr"),
        ("step,train/learning_rate,loss", "train/learning_rate"),
        ("step,lr-AdamW/pg1,lr-AdamW/pg2,loss", "lr-AdamW/pg1"),
        ("step,lr_decay,Learning Rate,loss", "Learning Rate"),
        ("step,loss,lr_loss", None),
        ("step,loss,grad_norm", None),
    ],
)
def test_the_learning_rate_is_told_from_its_name_and_shown(tmp_path, header, column):
    rows = "".join(f"{step}," + ",".join(["0.1"] * header.count(",")) + "\n" for step in (0, 1, 2))
    found = read_rates(written(tmp_path, f"{header}\n{rows}")).rates
    assert [each.column for each in found] == ([] if column is None else [column])
    assert all(each.notes == (f"Guessed: the learning rate is column {column!r}.",) for each in found)


def test_rates_keep_step_zero_and_zeros_and_may_stand_in_rows_of_their_own(tmp_path):
    path = written(tmp_path, "step,loss,lr\n0,,0\n1,3,\n2,,0.1\n2,2,0.2\n4,1,0\n")
    (found,) = read_rates(path, rate="lr").rates
    np.testing.assert_array_equal(found.steps, [0, 2, 4])
    np.testing.assert_array_equal(found.rates, [0, 0.2, 0])  # of two in one step the last
    assert found.notes == ()
    assert repr(found) == "SavedRates('log': lr, 3 steps to 4)"


def test_every_curve_finds_the_rates_of_its_run(tmp_path):
    written(tmp_path, "run,step,loss,lr\n" + "".join(f"{r},{s},{4 / s},{s * r}\n" for s in (1, 2, 3) for r in (1, 2)))
    written(tmp_path, "step,lr,seed1,seed2\n1,7,3,4\n2,7,2,3\n", "wide.csv")
    written(tmp_path, '"Step","red - loss","sea - loss","red - lr","sea - lr"\n1,4,4,1,2\n2,3,3,1,2\n', "export.csv")
    written(tmp_path, "step,loss\n1,4\n2,3\n", "none.csv")

    def last_rates(name, y=None):
        schedules = read_rates(tmp_path / name)
        found = [schedules.of(curve) for curve in read_curves(tmp_path / name, y=y).curves]
        return [each and each.rates[-1] for each in found]

    assert last_rates("log.csv") == [3, 6]
    assert last_rates("wide.csv", "seed*") == [7, 7]
    assert last_rates("export.csv") == [1, 2]
    assert last_rates("none.csv") == [None]


def test_metrics_in_files_of_their_own_are_rates_too(tmp_path):
    for name, values in (("loss", (4, 2, 1)), ("lr", (0.1, 0.1, 0.01))):
        lines = "".join(f"170000000000{step} {value} {step}\n" for step, value in enumerate(values, start=1))
        written(tmp_path, lines, f"run/metrics/{name}")
    (found,) = read_rates(tmp_path).rates
    assert found.rates.tolist() == [0.1, 0.1, 0.01]
    (curve,) = read_curves(tmp_path).curves
    assert (curve.name, curve.path) == (found.name, found.path)


@pytest.mark.parametrize(
    ("rows", "told"),
    [
        ("1,3,-1\n2,2,1\n", "line 2 'step' is 1 and 'lr' is -1"),
        ("1,3,1\n2,2,nan\n", "line 3"),
        ("1,3,x\n2,2,1\n", "'x'"),
    ],
)
def test_rates_that_are_none_are_a_problem_with_their_place(tmp_path, rows, told):
    found = read_rates(written(tmp_path, f"step,loss,lr\n{rows}"))
    assert not found.rates
    (problem,) = found.problems
    assert told in problem
    assert "log.csv" in problem


def test_a_missing_column_is_a_problem_only_if_it_was_named(tmp_path):
    path = written(tmp_path, "step,loss\n1,3\n2,2\n")
    assert read_rates(path).problems == ()
    assert "has no column 'lr'" in read_rates(path, rate="lr").problems[0]
