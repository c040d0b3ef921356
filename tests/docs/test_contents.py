"""The site is whole, and stands alone."""

import re
import tomllib
from inspect import signature

import numpy as np

from spectra import Plan, rate_transfer, super_consistency
from tests.docs.site_pages import PAGES, ROOT


def test_every_page_is_in_the_contents():
    index = (ROOT / "docs" / "index.md").read_text()
    entries = set(re.findall(r"^([\w/]+)$", index, re.MULTILINE))
    assert {page.stem for page in PAGES} - {"index"} <= entries


def test_nothing_on_a_page_is_loaded_from_elsewhere():
    for page in [*PAGES, ROOT / "docs" / "_static" / "site.css"]:
        text = page.read_text()
        assert not re.findall(r"!\[[^\]]*\]\(https?:|url\(\s*[\"']?https?:|<(?:img|script|link)\b", text), page


def test_the_extras_are_those_of_the_package():
    text = (ROOT / "docs" / "getting_started.md").read_text()
    named = re.findall(r"`(\w+)`", "".join(re.findall(r"^\| (`.*?) \|", text, re.MULTILINE)))
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert sorted(named) == sorted(project["optional-dependencies"])


def test_margins_and_levels_on_the_pages_are_the_defaults():
    text = (ROOT / "docs" / "verdicts.md").read_text()
    margins = signature(super_consistency).parameters
    assert f"= \\ln({np.exp(margins['margin'].default):.2f})$ per doubling" in text
    assert f"= \\ln({np.exp(margins['total_margin'].default):.2f})$" in text
    drift = signature(rate_transfer).parameters["drift_margin"].default
    assert f"lies within {drift:g} octaves per doubling" in text
    for page in ("verdicts", "regimes"):
        assert f"within {Plan().tolerance:g} of the prediction" in (ROOT / "docs" / f"{page}.md").read_text()
