"""The built site loads nothing from elsewhere, fits into narrow windows, and axe-core finds no serious fault."""

import re

import pytest

from tests.docs.site_pages import PAGES

LOADED = re.compile(r'<(?:script|img|iframe|link)\b[^>]*\b(?:src|href)="(?:https?:)?//')
# Pages of reference are made alike: three stand for all.
MADE = ("reference/index", "reference/commands", "reference/spectra.eigen", "gallery/index", "search")
NAMES = [*(page.stem for page in PAGES), *MADE]

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]


@pytest.fixture(params=["light", "dark"])
def tab(request, chromium):
    """A narrow window in which every request and error is noted."""
    context = chromium.new_context(viewport={"width": 390, "height": 900}, color_scheme=request.param)
    page = context.new_page()
    page.heard = []
    page.on("console", lambda said: page.heard.append(said.text) if said.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: page.heard.append(str(error)))
    page.on("request", lambda asked: None if asked.url.startswith("file:") else page.heard.append(asked.url))
    yield page
    context.close()


def test_the_site_is_built_without_a_warning_and_stands_alone(site):
    built = {path.stem: path.read_text() for path in site.glob("*.html")}
    assert {page.stem for page in PAGES} <= built.keys()
    for path in site.rglob("*.html"):
        assert not LOADED.search(path.read_text()), path
    assert "<math" in built["theory_sharpness"]
    assert 'id="spectra.eigen.top_eigenpairs"' in (site / "reference" / "spectra.eigen.html").read_text()


def test_links_within_the_site_lead_somewhere(site):
    broken = []
    for path in site.rglob("*.html"):
        if "_downloads" in path.parts:
            continue
        for target in re.findall(r'<a\b[^>]*\bhref="([^":]+)"', path.read_text()):
            file, _, anchor = target.partition("#")
            place = path.parent / file if file else path
            if not place.exists() or (anchor and place.suffix == ".html" and f'id="{anchor}"' not in place.read_text()):
                broken.append((path.name, target))
    assert broken == []


def test_pages_load_without_an_error_and_fit_into_a_narrow_window(site, tab):
    wider = []
    for name in NAMES:
        tab.goto((site / f"{name}.html").as_uri())
        if not tab.evaluate("document.documentElement.scrollWidth <= window.innerWidth"):
            wider.append(name)
    assert wider == []
    assert tab.heard == []


def test_axe_finds_no_serious_fault(site, tab):
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="pip install '.[browser]'").Axe()
    faults = []
    for name in NAMES:
        tab.goto((site / f"{name}.html").as_uri())
        for fault in axe.run(tab).response["violations"]:
            if fault["impact"] in ("serious", "critical"):
                faults.append((name, fault["id"], [node["html"][:120] for node in fault["nodes"][:2]]))
    assert faults == []
