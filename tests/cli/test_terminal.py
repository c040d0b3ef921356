"""What a user named is printed letter by letter: it gives no orders to a terminal, and breaks no command line."""

import shlex
from pathlib import Path
from types import SimpleNamespace

import pytest
import typer
from rich.table import Table

from spectra.cli.exits import BAD_INPUT, fail
from spectra.cli.finished_runs import missing_line
from spectra.cli.running import again
from spectra.cli.terminal import Terminal, one_line

EVIL = "\x1b[2J\x1b]0;title\x07[bold]x[/] :star: \udcff"
SAFE = "\ufffd[2J\ufffd]0;title\ufffd[bold]x[/] :star: \ufffd"


def test_names_with_escapes_are_told_and_not_obeyed(capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "200")
    terminal, table = Terminal(), Table(title=EVIL, caption=EVIL)
    table.add_column(EVIL)
    table.add_row(EVIL)
    terminal.print(EVIL, table, one_line(EVIL))
    told = capsys.readouterr().out
    assert told.count(SAFE) == 6
    assert "\x1b" not in told


def test_an_error_has_no_escapes_either(capsys):
    with pytest.raises(typer.Exit):
        fail(f"no column {EVIL}", BAD_INPUT)
    assert capsys.readouterr().err == f"spectra: no column {SAFE}\n"


@pytest.mark.parametrize("name", ["my recipes/a b.toml", "x;reboot.toml", "plain.toml"])
def test_a_command_to_type_again_survives_every_name(name):
    experiment = SimpleNamespace(path=Path(name), small=True, specs=[1, 2])
    command = again(experiment, Path("my runs"))
    assert shlex.split(command) == ["spectra", "run", name, "--store", "my runs", "--smoke"]
    assert missing_line(experiment, Path("my runs"), 1).endswith(f"make them with: {command}")
