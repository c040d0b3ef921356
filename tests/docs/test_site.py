"""The site is built without a warning, and loads nothing from elsewhere."""

import re
import subprocess
import sys

import pytest

from tests.docs.site_pages import PAGES, ROOT

pytest.importorskip("sphinx", reason="the extra docs is not installed")
pytest.importorskip("furo", reason="the extra docs is not installed")

LOADED = re.compile(r'<(?:script|img|iframe|link)\b[^>]*\b(?:src|href)="(?:https?:)?//')


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_the_site_is_built_without_a_warning_and_stands_alone(tmp_path):
    command = [
        sys.executable,
        "-m",
        "sphinx",
        "-W",
        "-q",
        "-b",
        "html",
        ROOT / "docs",
        tmp_path / "html",
        "-d",
        tmp_path,
    ]
    done = subprocess.run([*command, "-D", "plot_gallery=0"], capture_output=True, text=True, cwd=ROOT)
    assert done.returncode == 0, done.stderr
    built = {path.stem: path.read_text() for path in (tmp_path / "html").glob("*.html")}
    assert {page.stem for page in PAGES} <= built.keys()
    for path in (tmp_path / "html").rglob("*.html"):
        assert not LOADED.search(path.read_text()), path
    assert "<math" in built["theory_sharpness"]
    reference = (tmp_path / "html" / "reference" / "spectra.eigen.html").read_text()
    assert 'id="spectra.eigen.top_eigenpairs"' in reference
