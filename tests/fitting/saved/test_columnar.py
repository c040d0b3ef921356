import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from pyarrow import parquet

from spectra.fitting.curves import read_curve

TABLE = pd.DataFrame({"step": [1, 2, 3, 4], "loss": [4.0, 3.0, None, 1.0], "nested": [[1], [2], [3], [4]]})


@pytest.fixture(params=["parquet", "feather"])
def saved(request, tmp_path):
    path = tmp_path / f"curve.{request.param}"
    if request.param == "parquet":
        parquet.write_table(pa.Table.from_pandas(TABLE), path, write_page_checksum=True)
    else:
        TABLE.to_feather(path)
    return path


def test_a_table_gives_its_curve_and_counts_rows_without_a_value(saved):
    curve = read_curve(saved)
    np.testing.assert_array_equal(curve.x, [1, 2, 4])
    np.testing.assert_array_equal(curve.y, [4, 3, 1])
    assert any("1 rows have no 'loss'" in note and "row 3" in note for note in curve.notes)


def test_damaged_files_are_refused_in_words(saved):
    content = saved.read_bytes()
    generator = np.random.default_rng(0)
    for at in generator.integers(0, len(content), 60):
        saved.write_bytes(content[:at])
        with pytest.raises(ValueError, match=saved.name):
            read_curve(saved)


def test_a_flipped_bit_in_a_page_with_a_checksum_changes_no_number(tmp_path):
    path = tmp_path / "curve.parquet"
    truth = np.random.default_rng(0).random(500) + 1
    table = pa.table({"step": np.arange(1, 501), "loss": truth})
    parquet.write_table(table, path, write_page_checksum=True, use_dictionary=False, compression="none")
    content = path.read_bytes()
    silent = 0
    for at in range(2000, 6000, 97):
        flipped = bytearray(content)
        flipped[at] ^= 16
        path.write_bytes(flipped)
        try:
            curve = read_curve(path)
        except ValueError:
            continue
        silent += not (np.array_equal(curve.x, np.arange(1, 501)) and np.array_equal(curve.y, truth))
    assert silent == 0


def test_the_tables_of_this_library_give_a_curve_per_quantity(tmp_path):
    rows = [("a1", step, name, 0, value) for step in (1, 2, 3) for name, value in (("loss", 4 / step), ("rate", 0.1))]
    rows += [("a1", step, "eigenvalue", index, 5.0 - index) for step in (1, 2) for index in (0, 1)]
    table = pd.DataFrame(rows, columns=["run", "step", "quantity", "index", "value"])
    path = tmp_path / "measurements.parquet"
    table.to_parquet(path)
    np.testing.assert_array_equal(read_curve(path).y, [4, 2, 4 / 3])
    np.testing.assert_array_equal(read_curve(path, y="eigenvalue").y, [5, 5])
    with pytest.raises(ValueError, match="did you mean 'loss'"):
        read_curve(path, y="los")
