"""Comparisons on pages, with a judge and without."""

from dataclasses import replace

import pandas as pd

from spectra.report.comparison_tables import comparison_rows, comparisons, write_comparisons
from spectra.report.law_page import write_law_page
from spectra.report.law_study import law_study
from spectra.report.page import write_page
from spectra.verdicts.pairing import Pairing
from tests.report.synthetic_study import fitted, long_table
from tests.report.test_comparison import EXPANSION, SCATTER
from tests.verdicts.paired_tables import paired_table


def test_a_page_shows_comparisons_beside_what_is_judged(tmp_path, plain_fonts):
    table = long_table(widths=(32, 64), seeds=(0, 1, 2), rates=(1.5,), steps=(0, 60, 120))
    found, _ = comparisons(table, [Pairing("loss", "regime")])
    text = write_page(replace(fitted(table), comparisons=found), tmp_path).read_text(encoding="utf-8")
    assert "Does the training loss at the last step differ between muP and NTK, matched at the base width?" in text
    assert 'href="comparisons.csv"' in text
    assert pd.read_csv(tmp_path / "comparisons.csv")["pairs"].tolist() == [3, 3]
    assert (tmp_path / "figures" / "comparison-1-changes.csv").is_file()
    write_comparisons(comparison_rows(()), tmp_path)
    assert not (tmp_path / "comparisons.csv").exists()


def test_a_page_without_a_judge_has_comparisons_too(tmp_path, plain_fonts):
    table = paired_table(SCATTER - 0.5).assign(width=8, model="mlp", data="digits")
    table = pd.concat([table, table[table["quantity"] == "test_error"].assign(quantity="loss")])
    found, _ = comparisons(table, [EXPANSION])
    nothing = pd.DataFrame(columns=["run", "error"])
    study = law_study(table, name="a", title="A", description="", recipe="", provenance=nothing, failures=nothing)
    text = write_law_page(replace(study, comparisons=found), tmp_path).read_text(encoding="utf-8")
    assert "taylor against network" in text
    assert "Nothing is judged" not in text
    assert 'href="comparisons.csv"' in text
    assert 'href="figures/comparison-1.csv"' in text
    assert (tmp_path / "figures" / "comparison-1.pdf").is_file()
    assert (tmp_path / "comparisons.csv").is_file()
