"""Runs go on from their checkpoints as if they had never stopped; a damaged checkpoint only costs time."""

import errno
from itertools import product

import pandas as pd
import pytest

from spectra.engines import watch
from spectra.engines.checkpoints import Checkpoints, _read
from spectra.engines.engine import Making
from spectra.engines.execute import execute
from spectra.engines.piece import Piece
from spectra.models import ResidualMLP
from spectra.sweeps import RunStore, serial, sweep
from spectra.training import SGD, Adam, AdamW, Loss, RegimeSpec, RunSpec, Sharpness, StepGrid, run
from tests.store.test_damage import failing_after, flips
from tests.sweeps.fake_data import Tiny, tiny

STEPS = 6


def measured(seed, optimizer, width=4, precision="float32", **regime):
    """A run that looks up after every update."""
    return RunSpec(
        model=ResidualMLP(width, depth=2, activation="tanh"),
        data=Tiny(),
        optimizer=optimizer,
        regime=RegimeSpec(regime.pop("kind", "mup"), base_width=4, base_depth=2, **regime),
        measurements=(
            Loss(StepGrid(every=1)),
            Sharpness("effective_sharpness", StepGrid(every=2), examples=16),
            Sharpness("sharpness", StepGrid(every=3), examples=8),
        ),
        steps=STEPS,
        seed=seed,
        precision=precision,
    )


COHORT = tuple(measured(seed, SGD(rate, batch_size=8, momentum=0.5)) for seed, rate in ((1, 0.1), (2, 0.4), (3, 1e4)))


def stopped_at(step, monkeypatch):
    """From the given step on, workers are asked to stop."""

    class Impatient(watch.Watch):
        def __call__(self, moment):
            monkeypatch.setattr(watch, "stop_asked", lambda: moment.step >= step)
            super().__call__(moment)

    monkeypatch.setattr("spectra.engines.execute.Watch", Impatient)


def made(specs, folder, monkeypatch, step=STEPS + 1, **making):
    stopped_at(step, monkeypatch)
    return execute(Piece(tuple(specs)), Making(str(folder), **making))


def uninterrupted(specs):
    return pd.concat([run(spec) for spec in specs], ignore_index=True)


def assert_finished(specs, folder, expected):
    pd.testing.assert_frame_equal(RunStore(folder).load(specs).table, expected, check_exact=True)
    assert not any((folder / "work" / spec.identity).exists() for spec in specs)


def assert_as_uninterrupted(specs, folder):
    assert_finished(specs, folder, uninterrupted(specs))


@pytest.mark.parametrize("step", range(1, STEPS))
def test_a_cohort_that_stops_at_any_step_goes_on_to_the_same_bits(step, tmp_path, monkeypatch):
    ended = made(COHORT, tmp_path, monkeypatch, step)
    assert (ended.stopped, ended.missing) == (True, COHORT)
    assert {Checkpoints(tmp_path).newest(spec.identity).state.step for spec in COHORT} == {step}
    assert made(COHORT, tmp_path, monkeypatch).missing == ()
    assert_as_uninterrupted(COHORT, tmp_path)


OPTIMIZERS = (
    SGD(0.2, batch_size=8),
    SGD(0.1, momentum=0.9, batch_size=5),
    SGD(0.1),
    Adam(0.01, batch_size=8),
    AdamW(0.01, batch_size=8, decay=0.1),
)
NETWORKS = (
    (4, "float32", "mup"),
    (8, "float64", "ntk_matched"),
    (6, "float32", "spectral"),
    (8, "float32", "standard"),
    (4, "float64", "mean_field"),
)
CONFIGURATIONS = [  # fifty
    tuple(measured(own, optimizer, width, precision, kind=kind) for own in (seed, seed + 9))
    for (width, precision, kind), seed, optimizer in product(NETWORKS, (1, 2), OPTIMIZERS)
]


@pytest.mark.slow
@pytest.mark.parametrize("specs", CONFIGURATIONS)
def test_every_configuration_stopped_at_every_step_gives_the_same_bits(specs, tmp_path, monkeypatch):
    expected = uninterrupted(specs)
    for step in range(1, STEPS):
        folder = tmp_path / str(step)
        assert made(specs, folder, monkeypatch, step).stopped
        assert made(specs, folder, monkeypatch).missing == ()
        assert_finished(specs, folder, expected)


def test_members_that_stopped_at_different_steps_go_on_in_groups(tmp_path, monkeypatch):
    made(COHORT[:1], tmp_path, monkeypatch, 2)
    made(COHORT[1:2], tmp_path, monkeypatch, 4)
    assert made(COHORT, tmp_path, monkeypatch).missing == ()
    assert_as_uninterrupted(COHORT, tmp_path)


def test_time_goes_on_where_it_stopped(tmp_path, monkeypatch):
    made(COHORT[:1], tmp_path, monkeypatch, 2)
    checkpoints, spec = Checkpoints(tmp_path), COHORT[0]
    checkpoints.save(spec.identity, checkpoints.newest(spec.identity).state, 1000.0)
    (outcome,) = made([spec], tmp_path, monkeypatch).outcomes
    assert 1000 < outcome.seconds < 1100


def test_checkpoints_are_kept_as_often_as_was_asked_and_only_the_last(tmp_path, monkeypatch):
    kept = []
    save = Checkpoints.save
    monkeypatch.setattr(Checkpoints, "save", lambda self, *args: (kept.append(args[1].step), save(self, *args)))
    monkeypatch.setattr(Checkpoints, "clear", lambda self, identity: None)
    made(COHORT[:1], tmp_path / "often", monkeypatch, checkpoint=1e-9)
    assert kept == [*range(1, STEPS + 1)]
    assert [path.name for path in (tmp_path / "often/work" / COHORT[0].identity).iterdir()] == [str(STEPS)]
    made(COHORT[:1], tmp_path / "seldom", monkeypatch, checkpoint=1000.0)
    made(COHORT[:1], tmp_path / "never", monkeypatch, 2, checkpoint=None)
    assert len(kept) == STEPS


@pytest.mark.parametrize("name", ["state.json", "tensors.safetensors", "time.json"])
@pytest.mark.parametrize("damage", ["flipped", "truncated", "empty", "missing", "garbage"])
def test_a_damaged_checkpoint_is_set_aside_and_the_run_begins_anew(name, damage, tmp_path, monkeypatch):
    spec = COHORT[0]
    made([spec], tmp_path, monkeypatch, 3)
    path = tmp_path / "work" / spec.identity / "3" / name
    data = path.read_bytes()
    path.unlink()
    if damage != "missing":
        versions = {
            "flipped": data[:-20] + b"#" + data[-19:],
            "truncated": data[:-9],
            "empty": b"",
            "garbage": b"\xff{[",
        }
        path.write_bytes(versions[damage])
    assert Checkpoints(tmp_path).newest(spec.identity) is None
    (kept,) = (path for path in (tmp_path / "quarantine").iterdir() if path.is_dir())
    assert spec.identity in kept.name
    assert made([spec], tmp_path, monkeypatch).missing == ()
    assert_as_uninterrupted([spec], tmp_path)


def test_a_flip_in_any_byte_of_a_checkpoint_is_found(tmp_path, monkeypatch):
    spec = COHORT[0]
    made([spec], tmp_path, monkeypatch, 3)
    folder = tmp_path / "work" / spec.identity / "3"
    content = {path.name: path.read_bytes() for path in folder.iterdir()}
    for name, data in content.items():
        for flipped in flips(data):
            with pytest.raises(ValueError, match=r"."):
                _read({**content, name: flipped}, spec.identity, 3)
    assert _read(dict(content), spec.identity, 3).state.step == 3


def test_a_checkpoint_that_cannot_be_written_ends_the_sweep_and_keeps_the_one_before(tmp_path, monkeypatch):
    spec = COHORT[0]
    made([spec], tmp_path, monkeypatch, 2)
    stopped_at(STEPS + 1, monkeypatch)
    monkeypatch.setattr("spectra.engines.checkpoints.write_folder", failing_after(0, None, errno.ENOSPC))
    with pytest.raises(OSError, match="the disk is full; make room"):
        list(sweep([spec], RunStore(tmp_path), serial(), checkpoint=1e-9))
    assert Checkpoints(tmp_path).newest(spec.identity).state.step == 2


def test_a_run_that_takes_too_long_keeps_a_checkpoint_and_has_failed(tmp_path, monkeypatch):
    ended = made(COHORT[:2], tmp_path, monkeypatch, timeout=1e-9)
    assert (ended.lost, ended.guilty, ended.stopped) == ("did not finish within 1e-09 s, and was stopped", True, False)
    assert Checkpoints(tmp_path).newest(COHORT[0].identity).state.step == 1
    (outcome,) = sweep([tiny()], RunStore(tmp_path), serial(), timeout=1e-9)
    assert outcome.error == ended.lost
    assert made(COHORT[:2], tmp_path, monkeypatch).missing == ()
    assert_as_uninterrupted(COHORT[:2], tmp_path)


@pytest.mark.parametrize("times", [{"timeout": 0}, {"timeout": -2.0}, {"checkpoint": 0}, {"checkpoint": float("nan")}])
def test_impossible_times_are_refused(times, tmp_path):
    with pytest.raises(ValueError, match="was given; it must be positive"):
        list(sweep([tiny()], RunStore(tmp_path), serial(), **times))
