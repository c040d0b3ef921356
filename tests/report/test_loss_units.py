"""The unit of a loss follows from its criterion."""

import pandas as pd
import pytest

from spectra.report.course_figure import courses
from spectra.report.figure_tables import course_rows
from spectra.report.loss_units import CROSS_ENTROPY, SQUARED_ERROR, loss_unit
from spectra.sweeps.sections import KINDS
from tests.report.synthetic_study import real_study


def test_every_kind_of_data_has_its_criterion():
    assert set(KINDS["data"]) == CROSS_ENTROPY | SQUARED_ERROR
    assert not CROSS_ENTROPY & SQUARED_ERROR


@pytest.mark.parametrize("name", ["digits", "markov_text", "mnist1d", "power_law_teacher", "sparse_parity", "sphere"])
def test_it_is_that_of_the_data_themselves(name):
    given = {"dimension": 3, "target": "neuron"} if name == "sphere" else {}
    criterion = KINDS["data"][name](**given).load().criterion.name
    assert (criterion == "cross_entropy") == (name in CROSS_ENTROPY)


def test_only_entropies_are_in_nats():
    assert loss_unit(pd.DataFrame({"data": ["digits", None, "mnist"]})) == "nats"
    for kinds in (["digits", "sphere"], ["sphere"], ["unknown"], [None]):
        assert loss_unit(pd.DataFrame({"data": kinds})) == ""
    assert loss_unit(pd.DataFrame()) == ""


@pytest.mark.parametrize(("unit", "shown"), [("nats", "training loss (nats)"), ("", "training loss")])
def test_an_axis_has_the_unit_of_its_table(unit, shown):
    rows = course_rows(real_study(), "loss").assign(unit=unit)
    assert shown in {text.get_text() for text in courses(rows).findobj(lambda one: hasattr(one, "get_text"))}
