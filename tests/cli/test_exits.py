"""How commands end when something is wrong that no input is to blame for."""

import os
import signal
from pathlib import Path

import pytest
from typer.testing import CliRunner

from spectra.cli.application import app
from tests.cli.small_recipe import RECIPE, spectra


@pytest.mark.parametrize("content", ["{", '{"format": 99}'])
def test_a_store_that_cannot_be_trusted_is_refused_with_its_own_code(content, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("small.toml").write_text(RECIPE)
    Path("runs").mkdir()
    Path("runs/store.json").write_text(content)
    for command in ("run", "status", "report"):
        done = CliRunner().invoke(app, [command, "small.toml"])
        assert done.exit_code == 4, done.output
        assert "store.json" in done.stderr


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_store_that_cannot_be_written_is_named(tmp_path):
    (tmp_path / "small.toml").write_text(RECIPE)
    (tmp_path / "runs").mkdir(mode=0o500)
    done = spectra("run", "small.toml", folder=tmp_path)
    assert done.returncode == 2
    assert "runs" in done.stderr


def test_an_error_of_our_own_goes_to_a_file(tmp_path, monkeypatch, capsys):
    import typer

    from spectra.cli.exits import guarded

    @guarded
    def broken() -> None:
        raise RuntimeError("a bug") from ValueError("no text: \udcf3")

    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    with pytest.raises(typer.Exit) as stopped:
        broken()
    assert stopped.value.exit_code == 1
    assert "please report" in capsys.readouterr().err
    log = next(tmp_path.glob("spectra-*.log")).read_text()
    assert "RuntimeError: a bug" in log
    assert "no text: \\udcf3" in log


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupt_that_a_library_makes_another_error_of_is_none_of_our_own(number, tmp_path, monkeypatch, capsys):
    import typer

    from spectra.cli.exits import guarded
    from spectra.engines.interrupts import terminable

    @guarded
    def loading() -> None:
        with terminable():
            try:
                signal.raise_signal(number)
            except KeyboardInterrupt:
                raise AttributeError("half a module") from None

    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    before = signal.signal(signal.SIGINT, signal.default_int_handler)  # a process in the background ignores interrupts
    try:
        with pytest.raises(typer.Exit) as stopped:
            loading()
        assert signal.getsignal(signal.SIGINT) == signal.default_int_handler
    finally:
        signal.signal(signal.SIGINT, before)
    assert stopped.value.exit_code == 130
    assert capsys.readouterr().err == "spectra: interrupted\n"
    assert not [*tmp_path.iterdir()]
