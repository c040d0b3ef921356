"""Every script of the gallery runs without a warning and makes a figure with axes that say what they show."""

import os
import subprocess
import sys

import pytest

from tests.docs.site_pages import ROOT

SCRIPTS = sorted((ROOT / "docs" / "examples").glob("plot_*.py"))
LOOK = """
import matplotlib.pyplot as plt
assert plt.get_fignums()
for axes in plt.gcf().axes:
    assert axes.lines or axes.collections
    assert axes.get_xlabel() or axes.get_shared_x_axes().get_siblings(axes) != [axes]
"""


def test_there_are_five_to_eight_scripts():
    assert 5 <= len(SCRIPTS) <= 8


@pytest.mark.slow
@pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: script.stem)
def test_a_script_makes_its_figure(script, tmp_path):
    code = script.read_text().replace("plt.show()", LOOK)
    assert LOOK in code
    settings = os.environ | {"MPLBACKEND": "agg", "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}
    done = subprocess.run([sys.executable, "-W", "error", "-c", code], env=settings, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
