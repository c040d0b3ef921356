from pathlib import Path

import pytest

from spectra.report import style
from spectra.report.page import write_page
from spectra.report.study import Study
from tests.report.browser import chromium  # noqa: F401
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
