"""Bad input is a message that says what to do."""

import pytest
from typer.testing import CliRunner

from spectra.cli.application import app
from tests.cli.small_recipe import RECIPE

BAD = {
    "no recipe": (["run", "none.toml"], "no such file"),
    "unknown field": (["run", "typo.toml"], "momentum"),
    "wrong type": (["run", "type.toml"], "steps"),
    "too few examples": (["run", "few.toml"], "there are 100 training examples"),
    "unknown kind": (["run", "kind.toml"], "residual_mlp"),
    "empty axis": (["run", "empty.toml"], "sweep.seed"),
    "not toml": (["run", "broken.toml"], "line"),
    "store is a file": (["run", "small.toml", "--store", "small.toml"], "small.toml"),
    "nothing to report": (["report", "small.toml"], "spectra run small.toml"),
    "page of a check": (["report", "check.toml"], "it comes from spectra check check.toml"),
    "page cannot be written": (["report", "none.toml", "--out", "small.toml"], "none.toml"),
    "no such regime": (["regimes", "mub"], "known are mup"),
    "no small version": (["run", "small.toml", "--smoke"], "smoke: is missing"),
    "model and data": (["run", "misfit.toml"], "reads token ids"),
    "no such optimizer": (["regimes", "mup", "--optimizer", "muon"], "known are sgd, adam, adamw"),
    "base too wide": (["regimes", "mup", "--width", "32"], "base width 64 is larger"),
    "two exponents": (["regimes", "completep", "--depth-exponent", "0.5"], "pass one of the two"),
    "no option": (["run", "small.toml", "--wrokers", "2"], "--workers"),
    "no command": (["rum"], "No such command 'rum'"),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_input_is_a_message_and_exit_code_2(case, tmp_path, monkeypatch):
    files = {
        "small.toml": RECIPE,
        "check.toml": f'command = "check"\n{RECIPE}',
        "typo.toml": RECIPE.replace("batch_size", "momentun"),
        "type.toml": RECIPE.replace("steps = 4", 'steps = "four"'),
        "kind.toml": RECIPE.replace('"residual_mlp"', '"residual_mpl"'),
        "empty.toml": RECIPE.replace("seed = [1, 2, 3]", "seed = []"),
        "broken.toml": RECIPE + "\nx = [",
        "few.toml": RECIPE.replace("batch_size = 50", "batch_size = 101"),
        "misfit.toml": RECIPE.replace('kind = "residual_mlp"', 'kind = "gpt"\nheads = 1').replace(
            "depth = 1", "depth = 2"
        ),
    }
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    arguments, expected = BAD[case]
    monkeypatch.chdir(tmp_path)
    done = CliRunner().invoke(app, arguments)
    assert done.exit_code == 2, done.output
    assert expected in done.stderr
    assert "Traceback" not in done.output
