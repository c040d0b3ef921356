"""Where each run stands, as seen from another terminal."""

import subprocess
import sys
import threading
import time
from contextlib import ExitStack
from pathlib import Path

import pytest
import typer

from spectra.cli import making, watching, wording
from spectra.cli.exits import BAD_INPUT, SOME_RUNS_FAILED
from spectra.cli.watching import print_status
from spectra.cli.wording import run_name
from spectra.engines.maker import Maker
from spectra.engines.progress_record import UnderWay, write_record
from spectra.engines.under_way import reported
from spectra.sweeps import RunStore, read_experiment, serial, sweep
from tests.cli.small_recipe import RECIPE

SMALL = RECIPE.replace("width = [4, 8]", "width = [4]").replace("seed = [1, 2, 3]", "seed = [1, 2]")
CONVOLUTIONS = SMALL.replace('"residual_mlp"', '"conv_resnet"').replace("depth = 1", "depth = 3")


@pytest.fixture
def recipe(tmp_path, monkeypatch) -> Path:
    monkeypatch.chdir(tmp_path)
    Path("small.toml").write_text(SMALL)
    return Path("small.toml")


def specs(recipe: Path):
    return read_experiment(recipe).specs


def planted(store: Path, runs, maker: Maker) -> Path:
    (store / "work").mkdir(parents=True, exist_ok=True)
    path = store / "work" / f"{runs[0]}-{maker.pid}-00000000.json"
    write_record(path, UnderWay(maker, "cpu", tuple(runs), 1, 4, 0, 5.0, (), 1, time.monotonic()))
    return path


def test_an_empty_store_lacks_everything_and_the_way_on_is_said(recipe, capsys):
    print_status(recipe, Path("runs"))
    assert capsys.readouterr().out.splitlines() == [
        "small: 4 runs, 0 done (0 diverged), 0 failed, 0 damaged, 4 missing",
        "Can train together: 4 runs of one shape",
        "To make the rest: spectra run small.toml",
    ]
    assert not Path("runs").exists()


def test_finished_runs_tell_what_they_took_without_their_data(recipe, monkeypatch, capsys):
    made = [*sweep(specs(recipe), RunStore("runs"), serial())]
    monkeypatch.setattr(making, "alone", lambda spec: pytest.fail("the data were loaded"))
    print_status(recipe, Path("runs"))
    said = capsys.readouterr().out
    assert "4 done (0 diverged), 0 failed, 0 damaged, 0 missing" in said
    assert f"Finished: {len(made)} runs; " in said
    assert " each in the median, " in said
    assert " of memory at most" in said
    assert "in cohorts of 4" in said
    assert "To make the rest" not in said


def test_of_very_many_finished_runs_some_are_looked_at(recipe, monkeypatch, capsys):
    monkeypatch.setattr(making, "LOOKED_AT", 3)
    assert len([*sweep(specs(recipe), RunStore("runs"), serial())]) == 4
    print_status(recipe, Path("runs"))
    assert "Finished: 4 runs (2 of them looked at); " in capsys.readouterr().out


def test_models_that_cannot_share_a_cohort_are_named_with_the_reason(recipe, capsys):
    recipe.write_text(CONVOLUTIONS)
    print_status(recipe, Path("runs"))
    assert "Alone: 4 runs (conv_resnet): convolutions" in capsys.readouterr().out


def test_data_that_are_not_here_do_not_hide_the_rest(recipe, monkeypatch, capsys):
    def absent(spec):
        raise FileNotFoundError("no such file: train.bin")

    monkeypatch.setattr(making, "alone", absent)
    print_status(recipe, Path("runs"))
    said = capsys.readouterr().out
    assert "4 missing" in said
    assert "not known without the data: no such file: train.bin" in said


def test_what_is_under_way_is_told_apart_from_other_experiments(recipe, capsys):
    wanted, fields = specs(recipe), Maker("node7", "another machine", 12, "1")
    planted(Path("runs"), ["f" * 16], fields)
    with reported(Path("runs"), wanted[:3], "cpu"):
        print_status(recipe, Path("runs"))
    said = capsys.readouterr().out
    assert "Under way: 3 runs in 1 piece\n" in said
    assert "3 runs, width 4, depth 1: step 0 of 4 (0%)" in said
    assert "Under way for other experiments in this store: 1 piece" in said
    assert "To make the rest" not in said


def test_a_record_of_runs_that_are_all_done_is_no_news(recipe, capsys):
    wanted = specs(recipe)
    assert [*sweep(wanted, RunStore("runs"), serial())]
    planted(Path("runs"), [spec.identity for spec in wanted], Maker("node7", "another machine", 12, "1"))
    print_status(recipe, Path("runs"))
    assert "nder way" not in capsys.readouterr().out


def test_of_many_pieces_and_failures_some_are_listed(recipe, monkeypatch, capsys):
    monkeypatch.setattr(wording, "SHOWN", 2)
    for number, spec in enumerate(specs(recipe)):
        planted(Path("runs"), [spec.identity], Maker("node7", "another machine", number, "1"))
        RunStore("runs").fail(spec, error=f"no luck {max(number, 1)}")
    print_status(recipe, Path("runs"))
    said = capsys.readouterr().out
    assert said.count("whether it lives is not known yet") == said.count("no luck") == 2
    assert f"failed {run_name(specs(recipe)[0])} ({specs(recipe)[0].identity}) and 1 more: no luck 1" in said
    assert said.count("  and 2 more") == said.count("  and 1 more") == 1


def test_watching_ends_when_nothing_is_under_way_or_missing(recipe, capsys):
    wanted = specs(recipe)
    thread = threading.Timer(0.3, lambda: [*sweep(wanted, RunStore("runs"), serial())])
    thread.start()
    print_status(recipe, Path("runs"), watch=0.05)
    thread.join()
    said = capsys.readouterr().out
    assert "4 missing" in said.splitlines()[0]
    assert "4 done" in said
    assert "0 missing" in said


def test_where_no_terminal_is_a_count_that_changes_is_news_and_a_step_is_not(recipe, monkeypatch, capsys):
    wanted, looks = specs(recipe), iter(range(5))

    def sleep(_: float) -> None:
        look = next(looks)
        if look == 4:
            assert [*sweep(wanted, RunStore("runs"), serial())]
        else:
            planted(Path("runs"), [spec.identity for spec in wanted], Maker("node7", "another machine", look // 2, "1"))

    monkeypatch.setattr(watching.time, "sleep", sleep)
    print_status(recipe, Path("runs"), watch=1.0)
    counts = [line for line in capsys.readouterr().out.splitlines() if line.startswith("small: ")]
    assert [line.split(", ")[-1] for line in counts] == ["4 missing", "0 missing"]


def test_watching_ends_with_the_code_for_failed_runs(recipe, capsys):
    for spec in specs(recipe):
        RunStore("runs").fail(spec, error="no luck")
    with pytest.raises(typer.Exit) as ended:
        print_status(recipe, Path("runs"), watch=0.05)
    assert ended.value.exit_code == SOME_RUNS_FAILED
    assert "4 of 4 runs failed" in capsys.readouterr().err


@pytest.mark.parametrize("watch", [0.0, -1.0, float("nan")])
def test_no_time_between_two_looks_is_refused(recipe, watch, capsys):
    with pytest.raises(typer.Exit) as ended:
        print_status(recipe, Path("runs"), watch=watch)
    assert ended.value.exit_code == BAD_INPUT
    assert "pass a positive number" in capsys.readouterr().err


CHILD = """
from pathlib import Path
from spectra.sweeps import RunStore, read_experiment, serial, sweep
print(len([*sweep(read_experiment(Path("small.toml")).specs, RunStore("runs"), serial())]), flush=True)
"""


def test_a_sweep_in_another_process_is_watched_and_its_death_is_seen(recipe, capsys):
    recipe.write_text(SMALL.replace("steps = 4", "steps = 100000").replace("every = 2", "every = 50000"))
    with ExitStack() as stack:
        child = stack.enter_context(subprocess.Popen([sys.executable, "-c", CHILD]))
        stack.callback(child.kill)
        said, deadline = "", time.monotonic() + 60
        while f"process {child.pid} on" not in said and child.poll() is None and time.monotonic() < deadline:
            time.sleep(0.1)
            print_status(recipe, Path("runs"))
            said = capsys.readouterr().out
        assert "Under way: 4 runs in 1 piece" in said
        assert "4 runs, width 4, depth 1: step " in said
        child.kill()
        child.wait()
    print_status(recipe, Path("runs"))
    said = capsys.readouterr().out
    assert "Under way" not in said
    assert "To make the rest: spectra run small.toml" in said
