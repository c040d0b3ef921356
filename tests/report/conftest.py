from dataclasses import replace
from pathlib import Path

import pytest

from spectra.report import LawStudy, style
from spectra.report.page import write_page
from spectra.report.side_by_side import Side
from spectra.report.study import Study
from tests.report.browser import opened
from tests.report.law_tables import SPHERE, gathered, of_theory, table
from tests.report.side_studies import other
from tests.report.synthetic_study import real_study, whole_study


@pytest.fixture
def plain_fonts(monkeypatch):
    """PDF fonts that are not cut to the letters in use, which takes half of the time and is tested elsewhere."""
    monkeypatch.setitem(style._SETTINGS, "pdf.fonttype", 3)


@pytest.fixture(scope="session")
def known() -> Study:
    return whole_study()


@pytest.fixture(scope="session")
def real() -> Study:
    return real_study()


@pytest.fixture(scope="session")
def page(real, tmp_path_factory) -> Path:
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(style._SETTINGS, "pdf.fonttype", 3)  # as `plain_fonts`
        return write_page(real, tmp_path_factory.mktemp("page"))


@pytest.fixture
def sides(known) -> list[Side]:
    first = replace(known, table=known.table.assign(activation="relu"))
    return [Side("width", first, 2, "width.toml", "../width/index.html"), Side("other", other(known), 0, "other.toml")]


@pytest.fixture(scope="session")
def laws() -> LawStudy:
    return gathered(table(*of_theory(SPHERE)))


@pytest.fixture
def shown(chromium, page):
    """The page in a browser."""
    with opened(chromium, page) as (tab, _):
        yield tab
