import json

import numpy as np
import pytest

from spectra.fitting.curves import read_curve, read_curves
from spectra.fitting.saved.csv_table import csv_table
from spectra.fitting.saved.tidy import widened


@pytest.fixture
def table(tmp_path):
    """Nine quantities at seven steps, a row each; the first one has two entries."""
    rows = [f"{step},q{name},0,{name + 9 / step},a" for step in range(1, 8) for name in range(9)]
    rows += [f"{step},q0,1,99,a" for step in range(1, 8)]
    path = tmp_path / "long.csv"
    path.write_text("\n".join(["step,quantity,index,value,run", *rows, ""]))
    return path


def test_the_work_is_one_of_rows_and_not_of_rows_times_quantities(table):
    source = widened(csv_table(table), y="*")
    batches = list(source.rows(["step", *(f"q{name}" for name in range(9))]))
    assert sum(len(batch.places) for batch in batches) == 70
    assert sum(len(cells) for batch in batches for cells in batch.columns.values()) == 2 * 70


def test_every_quantity_is_a_curve_and_rows_of_others_are_not_told_as_missing(table):
    curves = read_curves(table, x="step", y="q*").curves
    assert [curve.y_name for curve in curves] == [f"q{name}" for name in range(9)]
    for name, curve in enumerate(curves):
        np.testing.assert_allclose(curve.y, name + 9 / np.arange(1, 8))
    assert not any("rows have no" in note for note in read_curve(table, x="step", y="q3").notes)
    assert "7 rows have no 'q0' and are no points (first: line 65)." in read_curve(table, x="step", y="q0").notes


def test_an_index_that_numbers_the_rows_tells_nothing_apart(tmp_path):
    path = tmp_path / "reset.csv"
    rows = [(step, name) for step in range(1, 6) for name in ("loss", "lr")]
    path.write_text("index,step,metric,value\n" + "".join(f"{n},{s},{m},{9 / s}\n" for n, (s, m) in enumerate(rows)))
    np.testing.assert_allclose(read_curve(path).y, 9 / np.arange(1, 6))


def test_a_number_without_an_index_is_the_first_of_its_quantity(tmp_path):
    path = tmp_path / "log.jsonl"
    scalars = [{"step": step, "quantity": "loss", "value": 9 / step} for step in range(1, 6)]
    vectors = [{"step": step, "quantity": "rank", "index": index, "value": 1} for step in (1, 2) for index in (0, 1)]
    path.write_text("".join(json.dumps(row) + "\n" for row in (*scalars, *vectors)))
    np.testing.assert_allclose(read_curve(path).y, 9 / np.arange(1, 6))


def test_other_columns_keep_every_row_once(table):
    table.write_text(table.read_text().replace("run", "time").replace(",a", ",5"))
    (curve,) = (curve for curve in read_curves(table, x="step", y="*").curves if curve.y_name == "time")
    assert len(curve.x) == 70
