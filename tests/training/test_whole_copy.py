"""Real processes: the copy of a fully sharded module that the documents make, against the module that was never cut."""

import pytest
import torch
from torch import distributed, nn
from torch.distributed.fsdp import fully_shard

from spectra.eigen import top_eigenpairs
from spectra.objectives import Objective, cross_entropy, flatten
from spectra.operators import effective_curvature, hessian
from tests.docs.site_pages import ROOT, blocks_of


def build() -> nn.Module:
    return nn.Sequential(nn.Linear(4, 6), nn.Tanh(), nn.Linear(6, 3))


def trained(module: nn.Module, batch) -> torch.optim.Optimizer:
    optimizer = torch.optim.AdamW(module.parameters(), lr=0.01, betas=(0.8, 0.95), weight_decay=0.1)
    for _ in range(3):
        optimizer.zero_grad()
        nn.functional.cross_entropy(module(batch[0]), batch[1]).backward()
        optimizer.step()
    return optimizer


def sharpness(module: nn.Module, optimizer: torch.optim.Optimizer, batches, group) -> float:
    weights, network = flatten(module)
    curvature = hessian(Objective(network, cross_entropy, batches, group=group), weights)
    return float(top_eigenpairs(effective_curvature(curvature, optimizer, network), tolerance=1e-8).values[0])


def work(rank: int, meeting: str, results) -> None:
    torch.set_num_threads(1)
    torch.set_default_dtype(torch.float64)
    torch.manual_seed(0)
    inputs, labels, module, alone = torch.randn(8, 4), torch.arange(8) % 3, build(), build()
    alone.load_state_dict(module.state_dict())
    truth = sharpness(alone, trained(alone, (inputs, labels)), [(inputs, labels)], None)
    distributed.init_process_group("gloo", init_method=meeting, rank=rank, world_size=2)
    mesh = distributed.device_mesh.init_device_mesh("cpu", (2,))
    fully_shard(module[0], mesh=mesh)
    own = inputs[rank::2], labels[rank::2]
    optimizer = trained(fully_shard(module, mesh=mesh), own)
    code = next(block.code for block in blocks_of(ROOT / "docs" / "own_loop.md") if "def whole_copy" in block.code)
    exec(code, names := {})
    results.put((truth, sharpness(*names["whole_copy"](module, optimizer, build), [own], distributed.group.WORLD)))
    distributed.destroy_process_group()


@pytest.mark.slow
def test_the_whole_copy_of_a_sharded_training_has_its_effective_sharpness(tmp_path):
    context = torch.multiprocessing.get_context("spawn")
    results = context.Queue()
    workers = [context.Process(target=work, args=(rank, f"file://{tmp_path}/meeting", results)) for rank in range(2)]
    for worker in workers:
        worker.start()
    found = [results.get(timeout=200) for _ in workers]
    for worker in workers:
        worker.join()
    for truth, copied in found:
        assert copied == pytest.approx(truth, rel=1e-9)
