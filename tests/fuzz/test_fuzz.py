"""Whatever is done to a recipe, a curve, a table or a store, it is read or refused in words."""

import os
import subprocess
import sys

import pytest

from tests.fuzz.campaign import tried
from tests.fuzz.oracle import frugal, refusable
from tests.fuzz.targets import TARGETS, generator

INPUTS = int(os.environ.get("SPECTRA_FUZZ_INPUTS", "2000"))
"""Inputs of each target in the long test."""
FEW = {"verdict": 3, "pack": 10, "run_folder": 10, "table": 12, "rewritten_curve": 20}


@pytest.mark.parametrize("name", TARGETS)
def test_some_inputs(name):
    for number in range(FEW.get(name, 40)):
        tried(name, number)


@pytest.mark.slow
@pytest.mark.timeout(86_400)
@pytest.mark.parametrize("name", TARGETS)
def test_many_inputs(name):
    command = [sys.executable, "-m", "tests.fuzz.campaign", "--inputs", str(INPUTS), "--targets", name]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"{name}: {INPUTS} inputs, 0 findings" in done.stdout


def test_the_same_number_makes_the_same_input(tmp_path):
    for folder in (tmp_path / "a", tmp_path / "b"):
        folder.mkdir()
        TARGETS["curve"](generator("curve", 7), folder)
    (one,), (other,) = ([*(tmp_path / name).iterdir()] for name in "ab")
    assert one.read_bytes() == other.read_bytes()


def refuse(kind, message):
    with refusable():
        raise kind(message)


@pytest.mark.parametrize(("kind", "message"), [(TypeError, "x"), (ValueError, "")])
def test_other_errors_and_those_that_are_not_ours_are_findings(kind, message):
    with pytest.raises(kind):
        refuse(kind, message)


def test_what_a_library_says_is_no_refusal():
    with pytest.raises(UnicodeDecodeError), refusable():
        b"\xff".decode()


def test_refusals_name_the_file_and_steer_no_terminal(tmp_path):
    from spectra.fitting import read_curves

    path = tmp_path / "curve.csv"
    path.write_text("")
    with refusable(path):
        read_curves(path)
    with pytest.raises(AssertionError, match="no name of a file"), refusable(tmp_path / "other"):
        read_curves(path)
    with pytest.raises(AssertionError, match="signs for a terminal"), refusable():
        read_curves(tmp_path / "\x1b[2J")


def test_memory_and_time_are_watched(monkeypatch):
    peaks = iter([10**9, 3 * 10**9])
    monkeypatch.setattr("tests.fuzz.oracle._peak", lambda: next(peaks))
    with pytest.raises(AssertionError, match="2000000000 bytes more"), frugal():
        pass
    monkeypatch.undo()
    monkeypatch.setattr("tests.fuzz.oracle.SECONDS", 0.0)
    with pytest.raises(AssertionError, match="s of processor"), frugal():
        sum(range(10**5))


@pytest.mark.slow
def test_a_campaign_goes_on_after_a_crash(tmp_path):
    program = (
        "import os, tests.fuzz.campaign as campaign;"
        "campaign.TARGETS = {'mine': lambda random, folder: os.abort() if random.random() < 0.2 else None};"
        "campaign.fuzzed('mine', 0, 40)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    crashes = sum(generator("mine", number).random() < 0.2 for number in range(40))
    assert done.stdout.count("the process ended with SIGABRT") == crashes > 0
    assert f"mine: 40 inputs, {crashes} findings" in done.stdout
