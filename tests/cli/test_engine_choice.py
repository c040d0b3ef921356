"""The options of `spectra run` that say where runs are made: each goes to its engine, and no other takes it."""

import pytest
from typer.testing import CliRunner

from spectra.cli.application import app
from spectra.cli.engine_choice import EngineChoice, EngineName, byte_count, chosen_engine
from tests.cli.small_recipe import RECIPE
from tests.engines.scripts import broken

SMALL = RECIPE.replace("seed = [1, 2, 3]", "seed = [1]").replace('["mup", "ntk_matched"]', '["mup"]')


@pytest.mark.parametrize(
    ("text", "count"),
    [("1GiB", 2**30), ("512 MiB", 2**29), ("1.5GB", 15 * 10**8), (" 64mb ", 64 * 10**6), ("3g", 3 * 10**9)],
)
def test_an_amount_of_memory_is_a_number_and_a_unit(text, count):
    assert byte_count(text) == count


@pytest.mark.parametrize("text", ["", "lots", "12", "GiB", "-1GiB", "0MB", "1B", "1 GiB x", "5kB", "9" * 400 + "GB"])
def test_what_is_no_amount_of_memory_is_refused(text):
    with pytest.raises(ValueError, match="is no amount of memory; give a number and one of MB, GB, TB"):
        byte_count(text)


def test_options_go_to_their_engine(monkeypatch):
    processes = chosen_engine(EngineChoice(EngineName.PROCESSES, workers=3, device="cpu"))
    assert (processes.name, processes.count, processes.devices) == ("processes", 3, ("cpu",))
    assert chosen_engine(EngineChoice(EngineName.SERIAL)).name == "serial"
    given = {}
    monkeypatch.setattr("spectra.engines.ray_engine.ray", lambda **options: given.update(ray=options))
    monkeypatch.setattr("spectra.engines.slurm_engine.slurm", lambda **options: given.update(slurm=options))
    chosen_engine(EngineChoice(EngineName.RAY, address="host:1", gpus_per_run=0.25))
    chosen_engine(EngineChoice(EngineName.SLURM, workers=9, gpus_per_run=1.0, partition="short", minutes=5))
    assert given["ray"] == {"address": "host:1", "gpus_per_run": 0.25}
    assert given["slurm"] == {"most": 9, "gpus_per_run": 1, "partition": "short", "minutes": 5}


REFUSED = {
    "address of no cluster": (["--address", "host:1"], "--address belongs to the engine ray, and processes was chosen"),
    "workers of one": (["--engine", "serial", "--workers", "2"], "--workers belongs to the engine processes and slurm"),
    "gpus here": (["--gpus-per-run", "1"], "--gpus-per-run belongs to the engine ray and slurm"),
    "part of a GPU": (["--engine", "slurm", "--gpus-per-run", "0.5"], "0.5 GPUs were asked for a run"),
    "no count of GPUs": (["--engine", "slurm", "--gpus-per-run", "inf"], "inf GPUs were asked for a run"),
    "no device": (["--device", "cuda:99"], "there is no device 'cuda:99' here; there are cpu"),
    "no memory": (["--memory", "lots"], "is no amount of memory"),
    "no engine": (["--engine", "spark"], "processes"),
    "no time": (["--checkpoint", "-1"], "--checkpoint"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_options_that_cannot_be_are_a_message_and_exit_code_2(case, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "small.toml").write_text(SMALL)
    options, expected = REFUSED[case]
    done = CliRunner().invoke(app, ["run", "small.toml", *options], env={"COLUMNS": "200"})
    assert done.exit_code == 2, done.output
    assert expected in done.stderr
    assert not (tmp_path / "runs").exists()


def test_an_engine_that_cannot_work_is_a_message(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("spectra.engines.worker_process.work", broken)
    (tmp_path / "small.toml").write_text(SMALL)
    done = CliRunner().invoke(app, ["run", "small.toml", "--workers", "1"])
    assert done.exit_code == 1
    assert "a worker process ended 3 times before it was up" in done.stderr
    assert "To go on: spectra run small.toml" in done.stderr


def test_the_serial_engine_makes_an_experiment(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "small.toml").write_text(SMALL)
    options = ["--engine", "serial", "--checkpoint", "0", "--memory", "1MiB", "--timeout", "100"]
    done = CliRunner().invoke(app, ["run", "small.toml", *options])
    assert done.exit_code == 0, done.output
    assert "2 runs finished" in done.output
