"""The page of a coordinate check: verdicts, the powers of all layers beside those predicted, and what they rest on."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from pandas import DataFrame

from spectra.report import FIGURES
from spectra.report.check_exhibits import check_exhibits
from spectra.report.check_page import write_check_page
from spectra.report.check_study import CheckedCase, CheckStudy, exponent_table, value_table
from spectra.report.written_page import written_page
from spectra.verdicts.size_exponents import size_exponents

SIZES = (64, 128, 256)
LAYERS = ("embed", "blocks.0", "readout")
RED = '<script>alert("1")</script> $x_{$'


def case(title: str, power: float, *, predicted: float = 0.0) -> CheckedCase:
    """Layers whose change follows a power exactly up to a wobble of every seed; the readout starts at zero."""
    rows = [
        (size, seed, layer, quantity, step, 2.0 * (size / 64) ** (power * (step > 0)) * np.exp(0.01 * wobble))
        for layer in LAYERS
        for quantity, step in (("size", 0), ("change", 3))
        for seed, wobble in enumerate(np.random.default_rng(len(layer)).standard_normal(4))
        for size in SIZES
    ]
    values = DataFrame(rows, columns=["size", "seed", "layer", "quantity", "step", "value"])
    values["value"] = values["value"].where((values["layer"] != "readout") | (values["step"] > 0), 0.0)
    asked = [(layer, quantity, predicted * (quantity == "change"), "equal")
             for layer in LAYERS[:2] for quantity in ("size", "change")]  # fmt: skip
    predictions = DataFrame(asked, columns=["layer", "quantity", "predicted", "relation"])
    exponents = size_exponents(values, predictions, tolerance=0.15).assign(place="hidden")
    verdict = "pass" if (exponents["verdict"] != "fail").all() else "fail"
    return CheckedCase(title, verdict, f"{title} it is.", ("a note",), exponents, values)


@pytest.fixture(scope="module")
def study() -> CheckStudy:
    cases = (case("muP", 0.0), case("NTK", -0.5))
    return CheckStudy(
        "check", "Right?", "One.\n\nTwo.", "steps = 3", "spectra check check.toml", "width", 3, 0.15, 0.95, cases
    )


def test_the_page_leads_with_the_verdict_of_every_case_and_leaves_its_tables(study, tmp_path):
    page = write_check_page(study, tmp_path / "page")
    told = written_page(page.parent)
    assert [(pill.case, pill.verdict) for pill in told.pills] == [("muP", "pass"), ("NTK", "fail")]
    assert told.title == "Right?"
    assert "24 trainings of 3 updates" in told.facts
    assert told.figure == "figures/coordinate_check-1.svg"
    assert set(pd.read_csv(page.parent / "exponents.csv")["case"]) == {"muP", "NTK"}
    text = page.read_text(encoding="utf-8")
    assert "spectra check check.toml" in text
    assert "src=" not in text.partition("<script>")[0]


def test_every_figure_is_drawn_again_from_its_one_file(study, tmp_path):
    write_check_page(study, tmp_path)
    for exhibit in check_exhibits(study):
        read = pd.read_csv(tmp_path / "figures" / f"{exhibit.name}.csv")
        again, figure = FIGURES[exhibit.name.partition("-")[0]](read), exhibit.draw()
        for one, other in zip(figure.axes, again.axes, strict=True):
            assert one.get_title(loc="left") == other.get_title(loc="left")
            for drawn, redrawn in zip(one.lines, other.lines, strict=True):
                ends = np.array(redrawn.get_ydata(), float), np.array(drawn.get_ydata(), float)
                np.testing.assert_allclose(*ends, rtol=1e-5)


def test_measured_powers_stand_beside_those_predicted(study):
    exponents, values = check_exhibits(study)[2:]
    rows = {(row[0], row[2]): row for row in exponents.sheets[0].rows}
    changed = rows["embed", "change after the updates"]
    assert changed[3] == "−0.5"
    assert (changed[5], changed[6]) == ("0", "fail")
    assert rows["readout", "change after the updates"][5:] == ("–", "not judged")
    panel = values.draw().axes[1]
    measured, predicted = (
        [line for line in panel.lines if line.get_label() == name] for name in ("measured", "predicted")
    )
    np.testing.assert_allclose(np.diff(np.log2(measured[0].get_ydata())), -0.5, atol=1e-6)
    np.testing.assert_allclose(np.diff(predicted[0].get_ydata()), 0, atol=1e-12)


def test_the_tolerance_of_the_file_is_the_one_that_is_drawn(study):
    strict = replace(study, tolerance=0.05)
    table = exponent_table(strict, strict.cases[0])
    zones = [patch.get_width() for patch in FIGURES["coordinate_check"](table).axes[0].patches]
    assert zones == pytest.approx([0.1] * len(zones))
    assert zones


def test_values_that_no_logarithm_has_are_left_out(study):
    rows = value_table(study, study.cases[0])
    assert set(rows.loc[rows["quantity"] == "size", "layer"]) == {"embed", "blocks.0"}
    assert rows["seeds"].eq(4).all()


def test_trainings_and_seeds_are_counted_where_cases_have_not_the_same(study):
    first, *others = study.cases
    some = replace(first, values=first.values[first.values["seed"] != first.values["seed"].iloc[0]])
    short = replace(study, cases=(some, *others))
    sizes, most = len(study.sizes), max(study.seeds)
    assert short.seeds[0] == study.seeds[0] - 1
    assert short.trainings == study.trainings - sizes == sizes * (len(study.cases) * most - 1)


def test_names_with_markup_are_text(study, tmp_path):
    odd = replace(study.cases[0], title=RED, exponents=study.cases[0].exponents.assign(layer=RED))
    odd = replace(odd, values=odd.values.assign(layer=RED).drop_duplicates(["size", "seed", "quantity"]))
    page = write_check_page(replace(study, cases=(odd,), title=RED), tmp_path)
    assert '<script>alert("1")' not in page.read_text(encoding="utf-8")
