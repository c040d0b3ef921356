"""What is said where the machine, a library or another process is at fault; here they are stood in for."""

import importlib
import multiprocessing
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
import torch
from torch import distributed, nn

from spectra import flatten
from spectra.cli.engine_choice import EngineChoice, EngineName, chosen_engine
from spectra.engines.engine import Making
from spectra.engines.worker import Word
from spectra.engines.worker_process import UNGUARDED, WorkerProcess
from spectra.kernels import cross_entropy_slope, drift, dynamics_of_losses, kernel_drift, loss_flow
from spectra.objectives import ranks, wrapping
from spectra.objectives.sharded import layout


def test_serial_runs_use_one_device(monkeypatch):
    monkeypatch.setattr("spectra.engines.placing.devices", lambda _: ["cuda:0", "cuda:1"])
    with pytest.raises(ValueError, match="cuda:0, cuda:1 were given; name one"):
        chosen_engine(EngineChoice(EngineName.SERIAL, device="cuda"))


def test_slurm_is_started_where_its_commands_are(monkeypatch):
    pytest.importorskip("submitit", reason="the extra slurm is not installed")
    monkeypatch.setenv("PATH", "")
    with pytest.raises(ValueError, match="where the commands of Slurm are, such as a login node"):
        chosen_engine(EngineChoice(EngineName.SLURM))


@pytest.fixture
def worker():
    """A worker that is said to run, and the other end of its connection."""
    found = WorkerProcess(Making(Path("runs")), "cpu")
    ours, theirs = multiprocessing.Pipe()
    nothing = dict.fromkeys(("kill", "join", "close"), lambda: None)
    found.connection, found.piece = ours, SimpleNamespace()
    found._process = SimpleNamespace(is_alive=lambda: False, exitcode=UNGUARDED, **nothing)
    return found, theirs


def test_a_store_that_fails_in_a_worker_is_an_error_here(worker):
    here, there = worker
    there.send((Word.STORE_FAILED, "the disk is full"))
    with pytest.raises(OSError, match="the disk is full"):
        here.heard()


def test_a_script_without_a_guard_is_told_what_to_write(worker):
    with pytest.raises(RuntimeError, match='if __name__ == "__main__":'):
        worker[0].heard()


def test_kernels_on_two_devices_are_refused(monkeypatch):
    monkeypatch.setattr(drift, "require_real", lambda *_: None)
    with pytest.raises(ValueError, match="on cpu and meta; move one to the other"):
        kernel_drift(torch.ones(2, 2), torch.ones(2, 2, device="meta"))


def test_a_flow_that_the_solver_gives_up_says_where(monkeypatch):
    given_up = SimpleNamespace(success=False, message="the step became too small")
    monkeypatch.setattr(dynamics_of_losses, "solve_ivp", lambda *_, **__: given_up)
    slope = cross_entropy_slope(torch.tensor([0, 1]))
    with pytest.raises(RuntimeError, match="to the time 3: after 0 slopes it stood at 0, the step became too small"):
        loss_flow(torch.eye(4).view(2, 2, 2, 2).transpose(1, 2), slope, torch.zeros(2, 2), times=[3.0])


@pytest.mark.parametrize(
    ("module", "message"),
    [("torch.distributed.fsdp", "fully sharded"), ("torch.distributed._composable.replicate", "made data-parallel")],
)
def test_networks_that_are_wrapped_for_training_are_refused(module, message, monkeypatch):
    monkeypatch.setattr(wrapping, "_classes", lambda asked, *_: (nn.Linear,) if asked == module else ())
    with pytest.raises(ValueError, match=rf"0 \(Linear\) (is|was) {message}"):
        flatten(nn.Sequential(nn.Linear(2, 1)))


def test_an_old_torch_does_not_differentiate_spread_parameters_twice(monkeypatch):
    monkeypatch.setitem(sys.modules, "torch.distributed.tensor", SimpleNamespace(DTensor=torch.Tensor))
    monkeypatch.setattr(torch, "__version__", "2.12.0")
    with pytest.raises(ValueError, match=r"wrong in torch 2\.12\.0; use torch 2\.13 or later"):
        layout(torch.ones(2))


@pytest.fixture
def other_rank(monkeypatch):
    """A second rank that reports what a test puts into the list."""
    reports = []
    monkeypatch.setattr(ranks, "ranks", lambda _: 2)
    gather = "all_gather_object"
    monkeypatch.setattr(
        distributed, gather, lambda found, ours, group: found.__setitem__(slice(None), [ours, *reports])
    )
    return reports


def test_ranks_tell_why_others_failed(other_rank):
    other_rank.append((None, "ValueError: no batches"))
    with pytest.raises(RuntimeError, match=r"other ranks failed: \{1: 'ValueError: no batches'\}"):
        ranks.on_all_ranks(lambda: 1, None)


def test_ranks_with_different_weights_are_refused(other_rank):
    other_rank.append(({"the weights": "another digest"}, None))
    with pytest.raises(ValueError, match="different values of the weights"):
        ranks.require_same_weights(torch.ones(2), None)


def test_ranks_that_multiply_different_vectors_are_refused():
    with pytest.raises(RuntimeError, match="the ranks have come apart"):
        ranks._require_agreement(torch.tensor([[1.0, 1.0], [2.0, 1.0]]))


def test_a_service_that_refuses_to_log_in_can_be_done_without(monkeypatch):
    def refused():
        raise OSError("no API key")

    settings = SimpleNamespace(settings=SimpleNamespace(mode="online"))
    service = SimpleNamespace(Error=OSError, setup=lambda: settings, login=refused)
    monkeypatch.setitem(sys.modules, "wandb", service)
    monkeypatch.setitem(sys.modules, "spectra.sweeps.wandb_sink", None)
    monkeypatch.delitem(sys.modules, "spectra.sweeps.wandb_sink")  # what is imported now is forgotten afterwards
    sink = importlib.import_module("spectra.sweeps.wandb_sink")
    with pytest.raises(ValueError, match="no API key; or set WANDB_MODE=offline"):
        sink.WeightsAndBiases("us/widths")
