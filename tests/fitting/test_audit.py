from dataclasses import replace
from decimal import Decimal

import pytest

from spectra.fitting.audit import audit
from spectra.fitting.fit_law import fit_law
from spectra.fitting.objectives import Huber
from spectra.fitting.published_fit import read_published_fit
from tests.fitting.public_curves import public_table
from tests.fitting.published import NAMES, runs, written


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
