"""Pages of odd studies in a browser: hostile names, almost no runs, very many figures; and what axe-core says."""

import re

import pytest
from pandas import DataFrame

from spectra.report.chart import Chart
from spectra.report.chart_points import as_json, chart_points
from spectra.report.exhibit import Exhibit
from spectra.report.exhibited import exhibited
from spectra.report.inline_svg import inline_svg
from spectra.report.law_page import write_law_page
from spectra.report.page import write_page
from spectra.report.page_writing import rendered
from spectra.report.panels import message
from spectra.report.sheet import Sheet
from tests.report.browser import opened
from tests.report.law_tables import SPHERE, gathered, of_theory, table
from tests.report.synthetic_study import fitted, long_table
from tests.report.test_page import EVIL, SHOWN

NO_RUNS = {"provenance": DataFrame(), "failures": DataFrame(columns=["run", "error"])}


@pytest.fixture
def axe(chromium):
    sync = pytest.importorskip("axe_playwright_python.sync_playwright", reason="pip install '.[browser]'")
    return sync.Axe()


def faults(axe, tab):
    """Serious and critical faults that axe-core finds, with the elements."""
    found = axe.run(tab).response["violations"]
    return [
        (fault["id"], node["html"][:120])
        for fault in found
        if fault["impact"] in ("serious", "critical")
        for node in fault["nodes"]
    ]


@pytest.mark.parametrize("scheme", ["light", pytest.param("dark", marks=pytest.mark.slow)])
def test_axe_finds_no_serious_fault(chromium, page, axe, scheme):
    with opened(chromium, page, color_scheme=scheme) as (tab, _):
        for button in tab.locator(".explore").all()[:2]:
            button.click()
        tab.evaluate("document.querySelectorAll('details').forEach((each) => (each.open = true))")
        assert faults(axe, tab) == []


def test_a_page_with_laws_shows_theory_beside_the_measurement(chromium, axe, tmp_path):
    page = write_law_page(gathered(table(*of_theory(SPHERE))), tmp_path)
    with opened(chromium, page) as (tab, _):
        tab.locator(".explore").first.click()
        lines = [text.strip() for text in tab.locator(".live tbody th").all_text_contents()]
        assert lines[-2:] == ["law", "expected"]
        assert faults(axe, tab) == []


def test_names_of_users_are_text_in_every_part_of_a_page(chromium, plain_fonts, tmp_path):
    rows = long_table(widths=(32, 64), seeds=(0, 1), rates=(0.75, 1.5, 3.0))
    rows = rows.assign(
        regime=rows["regime"].map({"mup": EVIL, "ntk_matched": "b" + EVIL}),
        model="</script><img src=x onerror='window.alerted = 1'>" + EVIL,
        run=rows["run"] + EVIL,
    )
    provenance = DataFrame({"run": rows["run"].unique(), EVIL: EVIL, "seconds": 1.0})
    failures = DataFrame({"run": ["=1+1"], "error": [EVIL]})
    studied = fitted(
        rows, name=EVIL, title=EVIL, description=EVIL, recipe=EVIL, provenance=provenance, failures=failures
    )
    (tmp_path / "notes.md").write_text(EVIL, encoding="utf-8")
    with opened(chromium, write_page(studied, tmp_path), width=700) as (tab, _):
        assert tab.evaluate("typeof window.alerted") == "undefined"
        assert tab.locator("main script:not(.points), main img").count() == 0
        for button in tab.locator(".explore").all():
            button.click()
        assert set(tab.locator(".live .of").all_text_contents()) == {SHOWN, "b" + SHOWN}
        assert tab.locator("main script:not(.points), main img").count() == 0
        assert tab.title() == SHOWN
        assert tab.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


@pytest.mark.slow
@pytest.mark.parametrize(
    "rows",
    [
        DataFrame(),
        long_table(regimes=("mup",), widths=(32,), seeds=(0,), rates=(1.5,)),
        long_table(regimes=("mup",), widths=(32, 64), seeds=(0,), rates=(1.5, 3.0)),
        long_table(regimes=("mup",), widths=(64,), seeds=(0, 1), rates=(1.5,)),
        long_table(regimes=("mup",), widths=(32, 64), seeds=(0, 1), rates=(1.5, 3.0), all_diverged=True),
    ],
    ids=["empty", "one run", "one seed", "one width", "all diverged"],
)
def test_a_poor_table_gives_a_page_that_works(chromium, plain_fonts, tmp_path, rows):
    with opened(chromium, write_page(fitted(rows, **NO_RUNS), tmp_path)) as (tab, _):
        assert re.search(r"inconclusive|censored|no run of this experiment has finished", tab.inner_text("body"))
        for button in tab.locator(".explore").all():
            button.click()
            button.locator("xpath=ancestor::figure").locator("canvas").first.wait_for(state="visible")


@pytest.mark.slow
def test_200_figures_and_100_000_rows_open_in_less_than_3_seconds(chromium, known, tmp_path):
    exhibit = Exhibit("some", "Some", lambda: message("Nothing."), ["Some."], ["Some."], [], {})
    one = exhibited(exhibit, 1, tmp_path)
    svg = (tmp_path / "some.svg").read_text(encoding="utf-8")
    rows = DataFrame({"case": "one", "step": range(500), "value": 1.5, "width": 64})
    points = as_json(chart_points(Chart("some", "step", "value", ["width"]), rows))
    sheet = Sheet(
        "Some rows.", ("step", "value", "low", "high"), tuple((str(k), "1.5", "1.4", "1.6") for k in range(500))
    )
    figures = [
        one | {"name": f"some-{place}", "charts": [(points, "Some.")], "sheets": [sheet],
               "drawing": one["drawing"].__class__(inline_svg(svg, name=f"f{place}", alternative="Nothing."))}
        for place in range(1, 201)
    ]  # fmt: skip
    content = {
        "study": known, "facts": [], "cards": [], "headline": Sheet("", (), ()), "movement": Sheet("", (), ()),
        "title": "Many", "sources": [], "notes": "",
    }  # fmt: skip
    page = tmp_path / "index.html"
    page.write_text(rendered("page.html", figures, content), encoding="utf-8")
    with opened(chromium, page) as (tab, _):
        tab.locator("footer").wait_for(state="attached")
        tab.evaluate("new Promise((done) => requestAnimationFrame(() => setTimeout(done)))")
        # Seconds of processors, not of the clock: other tests share them.
        session = tab.context.new_cdp_session(tab)
        session.send("Performance.enable")
        found = {one["name"]: one["value"] for one in session.send("Performance.getMetrics")["metrics"]}
        assert found["ProcessTime"] < 3
        assert tab.locator("figure").count() == 200
        assert tab.locator("tbody tr").count() >= 100_000
