import json
import re
from dataclasses import replace
from decimal import Decimal

import numpy as np
import pandas as pd
import pytest

from spectra.fitting.audit import audit
from spectra.fitting.fit_law import fit_law
from spectra.fitting.objectives import Huber
from spectra.fitting.published_data import published_points
from spectra.fitting.published_fit import read_published_fit
from tests.fitting.public_curves import public_table

NAMES = ("floor", "size_amplitude", "size_exponent", "data_amplitude", "data_exponent")


def runs():
    """Final losses of a joint law with two per mille of noise, as a table of sizes and training FLOP."""
    generator = np.random.default_rng(0)
    size, data = (grid.ravel() for grid in np.meshgrid(np.geomspace(1e8, 1e10, 8), np.geomspace(1e9, 1e11, 8)))
    loss = (1.8 + 480 * size**-0.35 + 2000 * data**-0.37) * np.exp(0.002 * generator.standard_normal(size.size))
    return pd.DataFrame({"Model Size": size, "FLOP": 6 * size * data, "loss": loss})


def written(folder, given, **changes):
    fields = {
        "source": "a table",
        "law": "joint",
        "objective": {"name": "huber", "delta": 1e-3},
        "parameters": given,
        "x": {"size": "Model Size", "data": {"factor": 1 / 6, "powers": {"FLOP": 1, "Model Size": -1}}},
        "y": "loss",
    }
    path = folder / "published.json"
    # Numbers given as text keep their digits: 2000 stands for a rounding to units, and 2e3 to thousands.
    path.write_text(re.sub(r'"(-?[0-9.]+(e[0-9]+)?)"', r"\1", json.dumps(fields | changes)))
    return path


@pytest.fixture(scope="module")
def optimum():
    table = runs()
    x = {"size": table["Model Size"], "data": table["FLOP"] / 6 / table["Model Size"]}
    return fit_law(x, table["loss"], law="joint", objective=Huber(1e-3))


def rounded(fit, digits):
    return {name: f"{Decimal(f'{fit.estimates[name]:.{digits}g}')}" for name in NAMES}


def test_the_rounded_optimum_is_recognised(tmp_path, optimum):
    found = audit(read_published_fit(written(tmp_path, rounded(optimum, 4))), runs())
    assert any("is the optimum, rounded" in sentence for sentence in found.sentences)
    assert found.objective > found.rounded == pytest.approx(found.optimum.objective, rel=1e-9)
    assert found.table["inside"].all()


def test_a_fit_that_did_not_converge_is_told_from_rounding(tmp_path, optimum):
    stalled = rounded(optimum, 5) | {"data_exponent": "0.30000", "data_amplitude": "500.00"}
    found = audit(read_published_fit(written(tmp_path, stalled, intervals={"data_exponent": [0.299, 0.301]})), runs())
    assert found.objective > found.rounded > 1.01 * found.optimum.objective
    assert any("is not the optimum" in sentence for sentence in found.sentences)
    assert "data_exponent" in found.table.loc[~found.table["inside"], "parameter"].to_list()
    assert any("narrower" in sentence for sentence in found.sentences)


def test_an_audit_does_not_see_the_optimum_of_other_data(tmp_path, optimum):
    published = read_published_fit(written(tmp_path, rounded(optimum, 4)))
    without = replace(published, where=read_published_fit(
        written(tmp_path, rounded(optimum, 4), where=[{"column": "loss", "without_largest": 5}])
    ).where)  # fmt: skip
    assert audit(without, runs()).optimum.points == len(runs()) - 5


def test_conditions_and_products_choose_and_make_the_points(tmp_path, optimum):
    where = [{"column": "loss", "without_largest": 2}, {"column": "FLOP", "below": 1e20}]
    x, y = published_points(read_published_fit(written(tmp_path, rounded(optimum, 4), where=where)), runs())
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


def test_parameters_that_are_no_curve_are_said(tmp_path):
    published = read_published_fit(written(tmp_path, dict.fromkeys(NAMES, 0)))
    with pytest.raises(ValueError, match="give no curve"):
        audit(published, runs())


PUBLISHED = {
    "hoffmann": dict(zip(NAMES, ("1.6934", "406.4", "0.3392", "410.7", "0.2849"), strict=True)),
    "besiroglu": dict(zip(NAMES, ("1.8169", "482.01", "0.3478", "2085.43", "0.3658"), strict=True)),
}


def chinchilla(tmp_path, name):
    """Audit of a published fit to the 240 points that were extracted from figure 4 of Hoffmann et al. 2022."""
    table = public_table("chinchilla/svg_extracted_data.csv")
    x = {"size": "Model Size", "data": {"factor": 1 / 6, "powers": {"Training FLOP": 1, "Model Size": -1}}}
    where = [{"column": "loss", "without_largest": 5}]
    return audit(read_published_fit(written(tmp_path, PUBLISHED[name], x=x, where=where)), table)


def test_the_chinchilla_fit_is_not_the_optimum_and_its_replication_nearly_is(tmp_path):
    # The objective of all published digits was computed elsewhere, and so was the optimum.
    hoffmann, besiroglu = chinchilla(tmp_path, "hoffmann"), chinchilla(tmp_path, "besiroglu")
    points = besiroglu.optimum.points
    assert points == 240
    assert besiroglu.optimum.objective == pytest.approx(1.018274017801e-3, rel=1e-12)
    assert besiroglu.rounded <= 1.018645e-3 <= besiroglu.objective
    assert besiroglu.table["inside"].all()
    assert hoffmann.rounded <= 1.231163e-3 <= hoffmann.objective
    assert {"data_exponent", "floor"} <= set(hoffmann.table.loc[~hoffmann.table["inside"], "parameter"])
