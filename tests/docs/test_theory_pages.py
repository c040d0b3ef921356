"""Theory pages: tables are those of the regimes, numbers those of the reports, and what they cite is there."""

import re
import runpy

import pytest

from spectra.scaling import CATALOG, Size, regime
from spectra.scaling.regime_rows import regime_rows
from tests.docs.site_pages import ROOT

PAGES = [
    *sorted((ROOT / "docs").glob("theory*.md")),
    *(ROOT / "docs" / f"{name}.md" for name in ("regimes", "verdicts")),
]
CITING = [*PAGES, ROOT / "docs" / "limits.md"]
TABLES = runpy.run_path(str(ROOT / "docs" / "_extensions" / "regime_tables.py"))
PAPERS = ROOT / "docs" / "theory_papers.md"
ARXIV = re.compile(r"(?<![\d.])\d{4}\.\d{5}(?!\d)")
BASE = Size(64, 3)
SOURCE = re.compile(r"`(reports/\w+/notes\.md)`|`(?:reports|tests)/[^`]+`|`spectra\.[^`]+`|benchmarks\.md")


@pytest.mark.parametrize("name", CATALOG)
def test_a_regime_has_one_multiplier_and_variance_for_both_optimizers(name):
    sgd, adam = (regime_rows(regime(name, optimizer=family, base=BASE)) for family in ("sgd", "adam"))
    for one, other in zip(sgd, adam, strict=True):
        assert all(one.powers.get(quantity) == other.powers.get(quantity) for quantity in ("multiplier", "variance"))


@pytest.mark.parametrize("name", CATALOG)
def test_a_table_has_a_line_for_every_row_and_every_source(name):
    rows = [row for family in ("sgd", "adam") for row in regime_rows(regime(name, optimizer=family, base=BASE))]
    table = TABLES["regime_markdown"](name)
    for row in rows:
        assert f"\n| {row.name} | " in table
        assert f". {row.source}" in table


def test_powers_are_written_as_formulas():
    mup, ntk = (TABLES["regime_markdown"](name).splitlines() for name in ("mup", "ntk"))
    assert "| output | $m^{-1}$ | $1$ | $m$ | $m^{-1}$ | $1$ | $1$ | $m^{-1}$ | 1 |" in mup
    assert any(r"$\tfrac{1}{64} m^{-1}$ | $64 m$" in line for line in ntk)


def test_every_regime_has_its_table_on_the_page():
    text = (ROOT / "docs" / "regimes.md").read_text()
    assert {*re.findall(r"^:::\{regime-table\} (\w+)$", text, re.MULTILINE)} == {*CATALOG}
    assert all(f"| `{name}` |" in TABLES["exponents_markdown"]("width") for name in CATALOG)


@pytest.mark.parametrize("page", CITING, ids=lambda page: page.stem)
def test_files_that_are_cited_exist(page):
    text = page.read_text()
    for file in re.findall(r"`((?:reports|tests|experiments)/[\w./]+\w)`", text):
        assert (ROOT / file).exists(), file
    for module in re.findall(r"`(spectra(?:\.\w+)+)`", text):
        path = ROOT / module.replace(".", "/")
        named = path.parent / "__init__.py"
        assert path.is_dir() or path.with_suffix(".py").exists() or f'"{path.name}"' in named.read_text(), module


@pytest.mark.parametrize("page", CITING, ids=lambda page: page.stem)
def test_numbers_of_reports_stand_in_their_notes(page):
    for paragraph in re.split(r"\n\s*\n", page.read_text()):
        start = 0
        for source in SOURCE.finditer(re.sub(r"arXiv [\d.]+", "arXiv", paragraph)):
            told = source.string[start : source.start()]
            start = source.end()
            if source[1]:
                notes = (ROOT / source[1]).read_text()
                assert [number for number in re.findall(r"\d+\.\d+", told) if number not in notes] == []


def test_every_paper_that_is_cited_is_on_the_list():
    listed = re.findall(r"arXiv (\d{4}\.\d{5})\]\(https://arxiv\.org/abs/(\d{4}\.\d{5})\)", PAPERS.read_text())
    sources = {"spectra": "**/*.py", "docs": "*.md", "experiments": "*.toml", ".": "README.md"}
    files = [file for folder, pattern in sources.items() for file in (ROOT / folder).glob(pattern)]
    cited = {number for file in files if file != PAPERS for number in ARXIV.findall(file.read_text())}
    assert all(shown == linked for shown, linked in listed)
    assert {shown for shown, _ in listed} == cited


def test_rates_of_error_are_those_of_the_benchmarks():
    measured = (ROOT / "benchmarks" / "README.md").read_text()
    rows = [row for page in CITING for row in re.findall(r"\d+(?: / \d+){3}", page.read_text())]
    assert len(rows) > 5
    assert [row for row in rows if row not in measured] == []
