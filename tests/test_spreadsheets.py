import re

import pandas as pd
import pytest
from pandas import DataFrame
from pandas.testing import assert_frame_equal

from spectra.spreadsheets import write_csv


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\n", "＝"])
def test_no_text_starts_a_formula(start, tmp_path):
    table = DataFrame({f"{start}head": [f"{start}cmd|' /C calc'!A0", "plain"]})
    back = pd.read_csv(write_csv(table, tmp_path / "t.csv"), dtype=str)
    assert back.columns[0].startswith("'")
    assert back.iloc[0, 0].startswith("'")
    assert back.iloc[1, 0] == "plain"


@pytest.mark.parametrize("parted", ["x;=cmd|' /C calc'!A0;y", "x\n=1+1", "x\t@sum"])
def test_no_formula_starts_where_another_sign_than_the_comma_parts_cells(parted, tmp_path):
    text = write_csv(DataFrame({"a": [parted, "1; -2"]}), tmp_path / "t.csv").read_text()
    cells = re.split(r"[;\t\n,]", text)
    assert not [cell for cell in cells if cell.startswith(("=", "@", "+", "-"))]
    assert "1; -2" in text


def test_a_carriage_return_makes_no_new_row(tmp_path):
    back = pd.read_csv(write_csv(DataFrame({"a": ["one\r=two", "three"]}), tmp_path / "t.csv"))
    assert back["a"].tolist() == ["one\ufffd=two", "three"]


def test_numbers_stay_numbers_to_seven_digits(tmp_path):
    table = DataFrame({"a": [-0.1, 1e6 / 3, -1e-300], "b": [-1, 2, 123456789012], "c": [True, False, True]})
    assert_frame_equal(pd.read_csv(write_csv(table, tmp_path / "t.csv")), table, rtol=5e-7, atol=0.0)


def test_an_empty_table_is_an_empty_file(tmp_path):
    assert write_csv(DataFrame(), tmp_path / "t.csv").read_text() == "\n"


def test_all_digits_are_kept_where_they_are_asked_for(tmp_path):
    assert write_csv(DataFrame({"a": [1 / 3]}), tmp_path / "t.csv", digits=None).read_text() == f"a\n{1 / 3}\n"
