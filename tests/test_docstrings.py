"""Examples in docstrings give what they show."""

import doctest
from importlib import import_module
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SHOWN = sorted(path for path in (ROOT / "spectra").rglob("*.py") if ">>> " in path.read_text())


@pytest.mark.parametrize("path", SHOWN, ids=lambda path: path.stem)
def test_examples_of_a_module_run(path):
    module = import_module(".".join(path.relative_to(ROOT).with_suffix("").parts))
    done = doctest.testmod(module)
    assert done.attempted > 0
    assert done.failed == 0
