"""How far a sweep is: shown while it runs, whatever makes it."""

import io
import threading
import time
from types import SimpleNamespace

import pytest
from rich.console import Console

from spectra.cli import progress
from spectra.cli.progress import follow
from spectra.cli.wording import duration, memory, piece_line, short_duration
from spectra.engines.under_way import reported
from spectra.sweeps import Outcome, RunStore, serial, sweep
from tests.cli.pieces import SPECS, record
from tests.sweeps.fake_data import tiny


def console(*, terminal: bool = False) -> Console:
    return Console(file=io.StringIO(), force_terminal=terminal, width=200, soft_wrap=not terminal, highlight=False)


def shown(where: Console) -> str:
    return where.file.getvalue()


@pytest.fixture
def _hasty(monkeypatch):
    monkeypatch.setattr(progress, "REFRESH", 0.02)
    monkeypatch.setattr(progress, "QUIET", 0.05)


@pytest.mark.parametrize("terminal", [False, True])
def test_outcomes_are_handed_on_as_they_are(tmp_path, terminal):
    outcomes = [Outcome(spec, 1.0, loss=0.5, memory=310_000_000) for spec in SPECS]
    assert [*follow(iter(outcomes), SPECS, tmp_path, console(terminal=terminal))] == outcomes


def test_what_ended_is_counted_and_summed_up_at_the_end(tmp_path):
    outcomes = [
        Outcome(SPECS[0], 2.0, loss=0.5, memory=310_000_000),
        Outcome(SPECS[1], 4.0, diverged=True, memory=1_250_000_000),
        Outcome(SPECS[2], float("nan"), error="no luck"),
        Outcome(SPECS[3], 3.0, loss=0.25, effective_sharpness=1.5),
    ]
    where = console()
    assert len([*follow(outcomes, SPECS[:4], tmp_path, where)]) == 4
    said = (
        "4 of 4 runs done (1 failed, 1 diverged); last: mup width 6 rate 0.2 seed 3: loss 0.25, effective sharpness 1.5"
    )
    assert shown(where) == f"{said}; 3 s per run, 1.2 GB at most\n"


@pytest.mark.usefixtures("_hasty")
@pytest.mark.parametrize("terminal", [False, True])
def test_progress_shows_while_nothing_ends(tmp_path, terminal):
    where = console(terminal=terminal)

    def outcomes():
        with reported(tmp_path, SPECS[:4], "cpu") as reporter:
            reporter.moment(SimpleNamespace(step=3, steps=6, losses=lambda: [1.0]))
            deadline = time.monotonic() + 20
            while "4 under way, 2 waiting" not in shown(where) and time.monotonic() < deadline:
                time.sleep(0.02)
        yield Outcome(SPECS[0], 1.0)

    assert len([*follow(outcomes(), SPECS, tmp_path, where)]) == 1
    assert "0 of 6 runs done, 4 under way, 2 waiting" in shown(where)
    assert "4 runs, width 6, depth 2: step " in shown(where)


@pytest.mark.usefixtures("_hasty")
def test_pieces_of_other_sweeps_are_not_counted(tmp_path):
    where = console()
    with reported(tmp_path, [tiny(77)], "cpu"):
        assert len([*follow([Outcome(SPECS[0], 1.0)], SPECS, tmp_path, where)]) == 1
    assert "under way" not in shown(where)


@pytest.mark.parametrize("error", [KeyboardInterrupt, OSError, GeneratorExit])
@pytest.mark.parametrize("terminal", [False, True])
def test_nothing_of_it_outlives_the_sweep(tmp_path, error, terminal):
    def outcomes():
        yield Outcome(SPECS[0], 1.0)
        raise error

    following = follow(outcomes(), SPECS, tmp_path, console(terminal=terminal))
    next(following)
    if error is GeneratorExit:
        following.close()
    else:
        with pytest.raises(error):
            next(following)
    assert not [thread for thread in threading.enumerate() if thread.name == "progress"]


def test_a_real_sweep_is_followed_to_its_end(tmp_path):
    where = console()
    outcomes = [*follow(sweep(SPECS, RunStore(tmp_path), serial()), SPECS, tmp_path, where)]
    assert {outcome.spec for outcome in outcomes} == {*SPECS}
    assert "6 of 6 runs done; last: mup width 6 rate 0.2 seed" in shown(where)
    assert "effective sharpness" in shown(where)


def test_the_log_of_a_day_is_short(tmp_path, monkeypatch):
    clock = [0.0]
    monkeypatch.setattr(progress.time, "monotonic", lambda: clock[0])
    where = console()
    tally = progress._Tally([tiny(seed) for seed in range(1000)], tmp_path)
    lines, first = progress._Lines(tally, where), None
    while clock[0] < 86_400:
        if clock[0] % 100 == 0:
            tally.add(Outcome(tiny(int(clock[0]) // 100), 100.0))
        clock[0] += 1.0
        lines.now_and_then()
        first = first or (clock[0] if shown(where) else None)
    assert first == progress.QUIET
    assert 50 < shown(where).count("\n") < 200


@pytest.mark.usefixtures("_hasty")
def test_a_line_is_not_said_twice_while_sinks_are_waited_for(tmp_path):
    def outcomes():
        yield Outcome(SPECS[0], 1.0)
        time.sleep(0.3)

    where = console()
    assert len([*follow(outcomes(), SPECS[:1], tmp_path, where)]) == 1
    assert shown(where).count("1 of 1 run done") == 1


def test_names_of_runs_are_no_markup(tmp_path):
    where = console()
    error = Outcome(SPECS[0], 1.0, error="[bold]no[/bold]")
    assert [*follow([error], SPECS[:1], tmp_path, where)] == [error]
    assert "seed 0: failed" in shown(where)


def test_a_piece_says_what_who_and_how_far():
    wanted = {spec.identity: spec for spec in SPECS}
    line = piece_line(record(step=3, seconds=125.0), wanted)
    assert line == (
        "2 runs, width 6, depth 2: step 3 of 6 (50%), 2 min 5 s so far, 2 min 5 s left; process 12 on node7, cuda:0"
    )
    assert piece_line(record(SPECS[:1]), wanted).startswith(
        "mup width 6 rate 0.2 seed 0: step 0 of 6 (0%), 0 s so far;"
    )
    assert piece_line(record(alive=None), wanted).endswith("whether it lives is not known yet")
    stale = record(changed=time.monotonic() - 90, alive=None)
    assert piece_line(stale, wanted).endswith("stale: no word for 1 min 30 s")


def test_amounts_in_words():
    assert [duration(seconds) for seconds in (0.4, 59.4, 125, 4320)] == ["0 s", "59 s", "2 min 5 s", "1 h 12 min"]
    assert [short_duration(seconds) for seconds in (0.234, 9.96, 125)] == ["0.23 s", "10 s", "2 min 5 s"]
    assert [memory(size) for size in (310e6, 999.4e6, 999.6e6, 12.34e9)] == ["310 MB", "999 MB", "1.0 GB", "12.3 GB"]
