"""Real processes: two ranks with half the batches each, against one with all."""

import pytest
import torch
from torch import distributed, nn

from spectra.objectives import cross_entropy
from spectra.training import StepGrid
from spectra.training.tracker import SharpnessTracker
from spectra.training.tracking import Tracking

TRACKING = Tracking(
    quantities=("loss", "sharpness", "effective_sharpness", "directional_sharpness", "batch_sharpness"), tolerance=1e-9
)


def work(rank: int, world: int, meeting: str, results) -> None:
    """A short data-parallel training with a tracker on the wrapped module."""
    torch.set_num_threads(1)
    torch.set_default_dtype(torch.float64)
    generator = torch.Generator().manual_seed(0)
    batches = [(torch.randn(10, 6, generator=generator), torch.arange(10) % 3) for _ in range(4)][rank::world]
    torch.manual_seed(1)
    module = nn.Sequential(nn.Linear(6, 8), nn.Tanh(), nn.Dropout(0.2), nn.Linear(8, 3))
    if world > 1:
        distributed.init_process_group("gloo", init_method=meeting, rank=rank, world_size=world)
        module = nn.parallel.DistributedDataParallel(module)
    optimizer = torch.optim.AdamW(module.parameters(), lr=0.01)
    tracker = SharpnessTracker(
        module, cross_entropy, batches, grid=StepGrid(every=1), optimizer=optimizer, tracking=TRACKING
    )
    for step in range(3):
        tracker(step)
        optimizer.zero_grad()
        module.eval()  # dropout would draw other masks on other ranks
        inputs, labels = map(torch.cat, zip(*batches, strict=True))
        nn.functional.cross_entropy(module(inputs), labels).backward()
        optimizer.step()
        module.train()
    results.put([(row.step, row.quantity, row.value) for row in tracker.rows if row.quantity in TRACKING.quantities])
    if world > 1:
        distributed.destroy_process_group()


@pytest.mark.slow
def test_two_ranks_have_the_rows_of_one(tmp_path):
    context = torch.multiprocessing.get_context("spawn")
    results = context.Queue()
    tables = []
    for world in (1, 2):
        meeting = f"file://{tmp_path}/meeting"
        workers = [context.Process(target=work, args=(rank, world, meeting, results)) for rank in range(world)]
        for worker in workers:
            worker.start()
        tables += [results.get(timeout=200) for _ in workers]
        for worker in workers:
            worker.join()
    alone, *others = tables
    for table in others:
        assert [row[:2] for row in table] == [row[:2] for row in alone]
        assert [row[2] for row in table] == pytest.approx([row[2] for row in alone], rel=1e-9)
