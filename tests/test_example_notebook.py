"""The example notebook runs from the first cell to the last, and shows what it showed when it was stored."""

import ast
import json
import re
from pathlib import Path

import pytest
import torch

PATH = Path(__file__).parents[1] / "experiments" / "notebook.ipynb"


def cells():
    return [cell for cell in json.loads(PATH.read_text(encoding="utf-8"))["cells"] if cell["cell_type"] == "code"]


def executed(source, names):
    """Run a cell as a notebook does: its last expression is what it shows."""
    tree = ast.parse("".join(source))
    last = tree.body.pop() if isinstance(tree.body[-1], ast.Expr) else None
    exec(compile(tree, str(PATH), "exec"), names)
    return None if last is None else eval(compile(ast.Expression(last.value), str(PATH), "eval"), names)


def stored(cell):
    """The HTML and the printed text that a cell was stored with."""
    html = "".join(text for output in cell["outputs"] for text in output.get("data", {}).get("text/html", ()))
    return html, "".join(text for output in cell["outputs"] for text in output.get("text", ()))


def kind(html):
    """The title of a card, or that it is a figure or a table: digits may move with the version of torch."""
    return re.search("<strong>.*?</strong>|<figure|<table", html)[0]


def test_every_cell_was_stored_with_what_it_shows():
    assert all(any(stored(cell)) for cell in cells())
    assert [cell["execution_count"] for cell in cells()] == list(range(1, len(cells()) + 1))


@pytest.fixture
def single_precision():
    """Numbers as a kernel has them."""
    torch.set_default_dtype(torch.float32)
    yield
    torch.set_default_dtype(torch.float64)


@pytest.mark.usefixtures("single_precision")
def test_every_cell_runs_and_shows_what_it_showed(capsys):
    names = {"__name__": "__main__"}
    for cell in cells():
        shown = executed(cell["source"], names)
        html, printed = stored(cell)
        assert capsys.readouterr().out == printed
        assert (shown is not None) == bool(html)
        if html:
            assert kind(shown._repr_html_()) == kind(html)
    assert "Inconclusive" in names["found"].cases[0].consistency["effective_sharpness", 0].sentence


@pytest.mark.slow
def test_a_real_kernel_runs_it():
    nbformat, nbclient = pytest.importorskip("nbformat"), pytest.importorskip("nbclient")
    pytest.importorskip("ipykernel")
    notebook = nbformat.read(PATH, 4)
    nbclient.NotebookClient(notebook, timeout=300, kernel_name="python3").execute()
    assert all(cell.outputs for cell in notebook.cells if cell.cell_type == "code")
