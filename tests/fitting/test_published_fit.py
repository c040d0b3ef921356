import numpy as np
import pandas as pd
import pytest

from spectra.fitting.published_data import published_points
from spectra.fitting.published_fit import read_published_fit
from tests.fitting.published import NAMES, runs, written


def test_conditions_and_products_choose_and_make_the_points(tmp_path):
    where = [{"column": "loss", "without_largest": 2}, {"column": "FLOP", "below": 1e20}]
    x, y = published_points(read_published_fit(written(tmp_path, dict.fromkeys(NAMES, 1), where=where)), runs())
    table = runs().sort_values("loss").iloc[:-2].sort_index()
    table = table[table["FLOP"] < 1e20]
    np.testing.assert_array_equal(y, table["loss"])
    np.testing.assert_allclose(x["data"], table["FLOP"] / table["Model Size"] / 6, rtol=1e-15)


def test_rounding_is_read_off_the_digits(tmp_path):
    path = written(tmp_path, dict.fromkeys(NAMES, 1))
    text = (
        path.read_text()
        .replace('"floor": 1,', '"floor": 1.80,')
        .replace('"size_amplitude": 1,', '"size_amplitude": 4e2,')
    )
    path.write_text(text)
    rounding = read_published_fit(path).rounding
    assert (rounding["floor"], rounding["size_amplitude"], rounding["data_exponent"]) == (0.005, 50, 0.5)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"law": "josephson"}, "no law"),
        ({"objective": "squares"}, "objective"),
        ({"objective": {"name": "huber", "width": 1}}, "no options width"),
        ({"parameters": {"floor": 1.8}}, "lacks size_amplitude"),
        ({"parameters": dict.fromkeys(NAMES, "one")}, "write a number"),
        ({"x": "loss"}, "x lacks data"),
        ({"x": {"size": {"powers": {}}, "data": "loss"}}, "powers"),
        ({"where": {"column": "loss"}}, "list of conditions"),
        ({"where": [{"column": "loss"}]}, "a column and one of"),
        ({"where": [{"column": "loss", "above": "a"}]}, "write a number"),
        ({"intervals": {"floor": [1]}}, "two numbers"),
        ({"intervals": {"floor": [2, 1]}}, "the lower one first"),
        ({"where": [{"column": "loss", "without_largest": -3}]}, "whole number from 0 up"),
        ({"where": [{"column": "loss", "without_smallest": 2.5}]}, "without_smallest is 2.5"),
        ({"objective": {"name": ["huber"]}}, "is not known"),
        ({"parameters": {**dict.fromkeys(NAMES, 1), "floor": "1e2000000"}}, "range of double precision"),
        ({"weights": 1}, "possible are"),
    ],
)
def test_what_a_file_lacks_is_said_with_its_name(tmp_path, changes, message):
    path = written(tmp_path, dict.fromkeys(NAMES, 1), **changes)
    with pytest.raises(ValueError, match=message) as caught:
        read_published_fit(path)
    assert str(path) in str(caught.value)


def test_what_is_no_json_is_said(tmp_path):
    path = tmp_path / "published.json"
    with pytest.raises(ValueError, match="cannot be read"):
        read_published_fit(path)
    path.write_text("{")
    with pytest.raises(ValueError, match="not JSON"):
        read_published_fit(path)
    path.write_text('{"level": 1e' + "9" * 30 + "}")
    with pytest.raises(ValueError, match="no number of a computer"):
        read_published_fit(path)
    path.write_text(f'{{"{"x" * 9000}": 1, "\\u001b[2J": 2}}')
    with pytest.raises(ValueError, match="the file has") as error:
        read_published_fit(path)
    assert len(str(error.value)) < 2500
    path.write_text("[1]")
    with pytest.raises(ValueError, match="must be an object"):
        read_published_fit(path)
    path.write_text('{"parameters": {"floor": 1.69, "floor": 1.96}}')
    with pytest.raises(ValueError, match="the key 'floor' stands twice in one object: keep one of them"):
        read_published_fit(path)
    path.write_text("[" * 100_000)
    with pytest.raises(ValueError, match="nested too deeply"):
        read_published_fit(path)


def test_a_missing_or_broken_column_is_said(tmp_path):
    published = read_published_fit(written(tmp_path, dict.fromkeys(NAMES, 1)))
    with pytest.raises(ValueError, match="no column 'loss'"):
        published_points(published, runs().drop(columns="loss"))
    with pytest.raises(ValueError, match="no number in row 3"):
        published_points(published, runs().assign(loss=["1", "2", "nan"] + ["3"] * (len(runs()) - 3)))
    with pytest.raises(ValueError, match="2 columns 'loss'"):
        published_points(published, pd.concat([runs(), runs()["loss"]], axis=1))
    with pytest.raises(ValueError, match=r"'39' \.\.\."):
        published_points(published, pd.DataFrame(np.ones((2, 3000)), columns=map(str, range(3000))))


def test_a_missing_field_is_said(tmp_path):
    (tmp_path / "published.json").write_text('{"law": "floor"}')
    with pytest.raises(ValueError, match="the fields objective, parameters, x, y are missing"):
        read_published_fit(tmp_path / "published.json")


def test_conditions_that_leave_nothing_are_said(tmp_path):
    where = [{"column": "loss", "below": 0}]
    published = read_published_fit(written(tmp_path, dict.fromkeys(NAMES, 1), where=where))
    with pytest.raises(ValueError, match="leave no row"):
        published_points(published, runs())
