import numpy as np
import pytest

from spectra.fitting.saved_columns import read_columns


def test_columns_of_a_table_keep_its_rows_and_name_bad_cells(tmp_path):
    path = tmp_path / "runs.csv"
    path.write_text("name,N,D,loss\na,1e6,2e7,3.5\nb,2e6,,3.4\nc,4e6,8e7,3.0\n")
    saved = read_columns(path, ("N", "D", "loss"), labels="name")
    np.testing.assert_array_equal(saved.columns["D"], [2e7, 8e7])
    assert saved.labels == ("a", "c")
    assert any("empty cells at line 3" in note for note in saved.notes)
    path.write_text("N,D,loss\n1,2,3\n1,x,3\n")
    with pytest.raises(ValueError, match=r"runs\.csv, column 'D': not a number at line 3"):
        read_columns(path, ("N", "D", "loss"))


def test_columns_that_cannot_be_read_are_refused_with_what_to_do(tmp_path):
    path = tmp_path / "runs.csv"
    path.write_text("N,D,loss\n1,inf,3\n")
    with pytest.raises(ValueError, match=r"column 'D': not finite at line 2 .first: 'inf'"):
        read_columns(path, ("N", "D"))
    path.write_text("N,D,loss\n1,,3\n,2,3\n")
    with pytest.raises(ValueError, match="no row with all of 'N', 'D'; name columns with numbers"):
        read_columns(path, ("N", "D"))
    for names in ((), "loss", ("N", "N")):
        with pytest.raises(ValueError, match="pass a list of one name or more, each of them once"):
            read_columns(path, names)
    with pytest.raises(ValueError, match="is a folder; name one of its files"):
        read_columns(tmp_path, ("N", "D"))
    with pytest.raises(ValueError, match="File name too long; check the path"):
        read_columns("N,D" * 1000, ("N", "D"))
