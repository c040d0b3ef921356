from pathlib import Path

import pytest

from spectra.report import style
from spectra.report.page import write_page
from spectra.report.study import Study, study
from tests.report.synthetic_study import RATE, long_table, whole_study


def fitted(table, **changes) -> Study:
    """What the library itself makes of a table."""
    known = whole_study()
    given = {
        "name": "width", "title": known.title, "description": known.description, "recipe": known.recipe,
        "scale": "width", "rate": RATE, "quantity": "effective_sharpness", "provenance": known.provenance,
        "failures": known.failures,
    }  # fmt: skip
    return study(table, **{**given, **changes})


@pytest.fixture
def plain_fonts(monkeypatch):
    """PDF fonts that are not cut to the letters in use, which takes half of the time and is tested elsewhere."""
    monkeypatch.setitem(style._SETTINGS, "pdf.fonttype", 3)


@pytest.fixture(scope="session")
def known() -> Study:
    return whole_study()


@pytest.fixture(scope="session")
def real() -> Study:
    return fitted(long_table())


@pytest.fixture(scope="session")
def page(real, tmp_path_factory) -> Path:
    return write_page(real, tmp_path_factory.mktemp("page"))
