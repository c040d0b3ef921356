"""What `--help` says."""

import pytest
import typer

from spectra.cli.application import app

COMMANDS = typer.main.get_command(app).commands


@pytest.mark.parametrize("name", COMMANDS)
def test_a_flag_is_not_shown_as_if_it_took_a_value(name):
    flags = [option for option in COMMANDS[name].params if getattr(option, "is_flag", False)]
    assert all(option.metavar == "" for option in flags)
