"""The site, built once for all tests that look at it."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.docs.site_pages import ROOT


@pytest.fixture(scope="session")
def site(tmp_path_factory) -> Path:
    """The folder of the site, without the figures of the gallery; building it must give no warning."""
    pytest.importorskip("sphinx", reason="the extra docs is not installed")
    pytest.importorskip("furo", reason="the extra docs is not installed")
    folder = tmp_path_factory.mktemp("site")
    command = [sys.executable, "-m", "sphinx", "-W", "-q", "-b", "html", ROOT / "docs", folder / "html"]
    command += ["-d", folder, "-D", "plot_gallery=0"]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT)
    assert done.returncode == 0, done.stderr
    return folder / "html"
