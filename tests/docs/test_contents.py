"""The site is whole, and stands alone."""

import re

from tests.docs.site_pages import PAGES, ROOT


def test_every_page_is_in_the_contents():
    index = (ROOT / "docs" / "index.md").read_text()
    entries = set(re.findall(r"^([\w/]+)$", index, re.MULTILINE))
    assert {page.stem for page in PAGES} - {"index"} <= entries


def test_nothing_on_a_page_is_loaded_from_elsewhere():
    for page in [*PAGES, ROOT / "docs" / "_static" / "site.css"]:
        text = page.read_text()
        assert not re.findall(r"!\[[^\]]*\]\(https?:|url\(\s*[\"']?https?:|<(?:img|script|link)\b", text), page
