"""`spectra regimes` as a person calls it."""

import json

from spectra.scaling import CATALOG
from tests.cli.small_recipe import spectra


def test_regimes_print_their_tables(tmp_path):
    done = spectra("regimes", "--width", "256", folder=tmp_path)
    assert done.returncode == 0
    for name in (*CATALOG, "m^-1/2", "arXiv 2203.03466"):
        assert name in done.stdout


def test_a_regime_prints_itself_in_three_forms(tmp_path):
    asked = ("regimes", "completep", "--optimizer", "adam", "--width", "512", "--depth", "12", "--format")
    table, document, latex = (spectra(*asked, form, folder=tmp_path).stdout for form in ("table", "json", "latex"))
    hidden = next(row for row in json.loads(document)["rows"] if row["row"] == "hidden")
    assert (hidden["rate"]["text"], hidden["rate"]["value"]) == ("m^-1", 0.125)
    assert "m^-1 = 0.125" in table
    assert "$m^{-1}$" in latex
    assert all("arXiv 2505.01618" in text for text in (table, document, latex))
