"""What is asked of the Slurm engine is checked at its door, without a Slurm."""

import os
import sys

import pytest

from spectra.engines.engine import Making
from spectra.engines.slurm_engine import slurm
from tests.engines.pretended_slurm import stand_in

pytest.importorskip("submitit")
pytestmark = pytest.mark.skipif(os.name != "posix", reason="the stand-ins want POSIX")


@pytest.fixture(autouse=True)
def _commands(tmp_path, monkeypatch):
    for name in ("sbatch", "srun", "squeue", "scontrol", "scancel"):
        stand_in(tmp_path, name)
    monkeypatch.setenv("PATH", str(tmp_path))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"minutes": 1}, r"1 min leaves no time to work: jobs save their checkpoints 90 s before its end"),
        ({"minutes": 2, "parameters": {"signal_delay_s": 200}}, r"2 min leaves no time to work"),
        ({"memory_per_run": 0.0}, r"0.0 GB for a run"),
        ({"gpus_per_run": 2}, r"2 GPUs for a run"),
        ({"gpus_per_run": 0.5}, r"0.5 GPUs for a run"),
        ({"most": 0}, r"0 jobs at a time"),
        ({"parameters": {"partition": "main", "mem": "1G"}}, r"the parameters mem, partition are set by the engine"),
        ({"parameters": {"acount": "mine"}}, r"acount"),
    ],
)
def test_impossible_options_are_refused(options, message):
    with pytest.raises(ValueError, match=message):
        slurm(**options)


def test_submitit_is_named_where_it_is_missing(monkeypatch):
    monkeypatch.setitem(sys.modules, "submitit", None)
    with pytest.raises(ImportError, match=r"needs submitit: pip install 'spectra-scaling\[slurm\]'"):
        slurm()


def test_commands_are_named_where_they_are_missing(tmp_path):
    (tmp_path / "squeue").unlink()
    with pytest.raises(RuntimeError, match=r"^squeue not found"):
        slurm()


def test_a_store_that_is_no_folder_is_refused():
    making = Making("s3://bucket/runs")
    with pytest.raises(ValueError, match="s3://bucket/runs is no folder"), slurm().open(making, 1):
        pass


def test_a_pool_without_pieces_leaves_nothing(tmp_path):
    with slurm(most=5).open(Making(str(tmp_path / "runs")), 3) as pool:
        assert pool.workers == 3
        assert pool.ended(0) == []
    assert [*(tmp_path / "runs" / "work" / "slurm").iterdir()] == []
