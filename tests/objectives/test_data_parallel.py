"""Two real processes, each with its own batches, against one that holds them all."""

import copy
import os
import time
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest
import torch
from torch import Tensor, distributed, multiprocessing, nn
from torch.distributed._composable.replicate import replicate
from torch.testing import assert_close

from spectra.eigen import top_eigenpairs
from spectra.objectives import criteria
from spectra.objectives.mean_loss import gradient, mean_loss
from spectra.objectives.network import flatten
from spectra.objectives.objective import Objective
from spectra.objectives.objective_of import objective_of
from spectra.objectives.ranks import require_same_weights, summed
from spectra.objectives.sharded import TWICE_DIFFERENTIABLE
from spectra.operators.empirical_fisher import empirical_fisher
from spectra.operators.gauss_newton import gauss_newton
from spectra.operators.hessian import hessian

CUTS = {0: [slice(0, 4), slice(4, 7)], 1: [slice(7, 11)]}  # examples of each rank; seven and four of them
SPREAD = ("tensor parallel", "shards")
RIGHT = torch.__version__ >= TWICE_DIFFERENTIABLE
Numbers = dict[str, Tensor]


def network() -> nn.Module:
    torch.manual_seed(1)
    return nn.Sequential(nn.Linear(4, 6), nn.Tanh(), nn.Linear(6, 3))


def data() -> tuple[Tensor, Tensor]:
    torch.manual_seed(2)
    targets = torch.randint(3, (11,))
    targets[::5] = criteria.IGNORED
    return torch.randn(11, 4), targets


def own_batches(rank: int) -> list[tuple[Tensor, Tensor]]:
    inputs, targets = data()
    return [(inputs[cut], targets[cut]) for cut in CUTS[rank]]


def summed_loss(module: nn.Module, batch: tuple[Tensor, Tensor]) -> tuple[Tensor, Tensor]:
    inputs, targets = batch
    return criteria.cross_entropy.losses(module(inputs), targets).sum(), (targets != criteria.IGNORED).sum()


def numbers(module: nn.Module, batches: list[tuple[Tensor, Tensor]]) -> Numbers:
    """Everything that must not depend on how examples are dealt to processes."""
    weights, whole = flatten(module)
    objective = Objective(whole, criteria.cross_entropy, batches)
    same, unsplit = objective_of(module, summed_loss, batches)
    block = torch.eye(len(weights))[:, :3]
    generator = torch.Generator().manual_seed(3)
    top = top_eigenpairs(hessian(objective, weights), 1, tolerance=1e-8, generator=generator)
    return {
        "examples": torch.tensor([objective.examples, unsplit.examples]),
        "mean loss": torch.stack([mean_loss(objective, weights), objective(weights), unsplit(same)]).detach(),
        "gradient": torch.stack([gradient(objective, weights), gradient(unsplit, same)]),
        "hessian": hessian(objective, weights) @ block,
        "hessian of a loss": hessian(unsplit, same) @ block,
        "hessian by differences": hessian(objective, weights, method="finite_difference") @ block,
        "gauss-newton": gauss_newton(objective, weights) @ block,
        "empirical fisher": empirical_fisher(objective, weights) @ block,
        "top eigenvalue": top.values,
    }


def failure(attempt: Callable[[], object]) -> str:
    try:
        attempt()
    except Exception as error:
        return f"{type(error).__name__}: {error}"
    return "nothing was raised"


def refusals(rank: int) -> dict[str, str]:
    """What is said where the ranks do not hold or do the same thing."""
    world = distributed.group.WORLD
    weights, whole = flatten(network())
    bad = [(torch.zeros(3, 4), torch.zeros(2).long())] if rank else own_batches(rank)
    labels = [(torch.zeros(3, 4), torch.full((3,), 7 if rank else 0))]
    buffered = network()
    buffered.register_buffer("offset", torch.tensor(float(rank)))
    moved = torch.ones(5) if rank else -torch.ones(5)
    _, good = objective_of(network(), summed_loss, own_batches(rank))
    return {
        "weights": failure(lambda: require_same_weights(weights + 1e-15 * rank, world)),
        "weights of a hessian": failure(lambda: hessian(good, weights + rank)),
        "vectors": failure(lambda: summed(torch.zeros(5), world, factor=moved)),
        "batches": failure(lambda: Objective(whole, criteria.cross_entropy, bad)),
        "labels": failure(lambda: hessian(Objective(whole, criteria.cross_entropy, labels), weights)),
        "buffers": failure(lambda: objective_of(buffered, summed_loss, own_batches(rank))),
        "agreement": failure(lambda: require_same_weights(weights, world)),
    }


def spread(whole: nn.Module, kind: str) -> tuple[nn.Module, Callable[[Tensor], Tensor]]:
    """A copy of a network whose parameters are DTensors, and what makes its inputs."""
    from torch.distributed.tensor import Replicate, Shard, distribute_tensor, init_device_mesh
    from torch.distributed.tensor.parallel import ColwiseParallel, RowwiseParallel, parallelize_module

    mesh, module = init_device_mesh("cpu", (2,)), copy.deepcopy(whole)
    if kind == "tensor parallel":
        plan = {"0": ColwiseParallel(), "2": RowwiseParallel()}
        return parallelize_module(module, mesh, plan), lambda inputs: inputs
    for layer in (module[0], module[2]):
        for name, parameter in list(layer.named_parameters()):
            setattr(layer, name, nn.Parameter(distribute_tensor(parameter.detach(), mesh, [Shard(0)])))
    return module, partial(distribute_tensor, device_mesh=mesh, placements=[Replicate()])


def of_dtensors(kind: str) -> Numbers:
    """The numbers of a network that is spread over the processes, each of which holds all examples."""
    module, entered = spread(network(), kind)
    inputs, targets = data()

    def loss(module: nn.Module, batch: tuple[Tensor, Tensor]) -> tuple[Tensor, Tensor]:
        outputs = module(entered(batch[0]))
        full = outputs.full_tensor() if hasattr(outputs, "full_tensor") else outputs
        return summed_loss(lambda _: full, batch)

    # To sum over ranks that hold the same examples is needless, and changes nothing.
    group = None if kind == "tensor parallel" else distributed.group.WORLD
    weights, objective = objective_of(module, loss, [(inputs, targets)], group=group)
    block = torch.eye(len(weights))[:, :3]
    return {
        "weights": weights,
        "gradient": gradient(objective, weights),
        "hessian": hessian(objective, weights) @ block,
        "hessian by differences": hessian(objective, weights, method="finite_difference") @ block,
    }


def fully_sharded() -> nn.Module:
    from torch.distributed.fsdp import fully_shard

    module = network()
    fully_shard(module)
    return module


def work(rank: int, folder: Path) -> None:
    torch.set_default_dtype(torch.float64)
    torch.set_num_threads(1)
    limit = timedelta(seconds=60)
    distributed.init_process_group("gloo", f"file://{folder}/meeting", timeout=limit, rank=rank, world_size=2)
    wrapped = nn.parallel.DistributedDataParallel(network())
    weights, whole = flatten(network())
    alone = Objective(whole, criteria.cross_entropy, own_batches(rank), group=None)
    report = {
        "plain": numbers(network(), own_batches(rank)),
        "wrapped": numbers(wrapped, own_batches(rank)),
        "alone": hessian(alone, weights).dense(),
        "graph": Objective(whole, criteria.cross_entropy, own_batches(rank))(weights.requires_grad_()).requires_grad,
        "refusals": refusals(rank),
        "sharded": failure(lambda: flatten(fully_sharded())),
        "replicated": failure(lambda: flatten(replicate(network()))),
        "dtensors": {kind: of_dtensors(kind) for kind in SPREAD} if RIGHT else failure(lambda: of_dtensors(SPREAD[0])),
    }
    torch.save(report, folder / f"{rank}.pt")
    distributed.destroy_process_group()


def spawned(function: Callable[..., None], folder: Path) -> None:
    # Children read the variable before they load torch; cores are shared.
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    multiprocessing.spawn(function, (folder,), 2)


@pytest.fixture(scope="module")
def reports(tmp_path_factory):
    folder = tmp_path_factory.mktemp("ranks")
    spawned(work, folder)
    return [torch.load(folder / f"{rank}.pt") for rank in range(2)]


@pytest.fixture(scope="module")
def expected():
    return numbers(network(), [data()])


@pytest.mark.parametrize("module", ["plain", "wrapped"])
@pytest.mark.parametrize("rank", [0, 1])
def test_every_rank_has_the_numbers_of_one_process(reports, expected, rank, module):
    for name, value in expected.items():
        exact = name != "hessian by differences"
        assert_close(reports[rank][module][name], value, rtol=0, atol=1e-12 if exact else 1e-7, msg=name)


def test_a_rank_may_be_measured_alone(reports):
    weights, whole = flatten(network())
    for rank in range(2):
        alone = hessian(Objective(whole, criteria.cross_entropy, own_batches(rank)), weights).dense()
        assert_close(reports[rank]["alone"], alone, rtol=0, atol=0)


def test_a_mean_over_ranks_has_no_graph(reports):
    assert [report["graph"] for report in reports] == [False, False]


@pytest.mark.parametrize(
    ("what", "message"),
    [
        ("weights", "ValueError: the ranks hold different values of the weights"),
        ("weights of a hessian", "ValueError: the ranks hold different values of the weights"),
        ("vectors", "RuntimeError: the ranks have come apart"),
        ("buffers", "ValueError: the ranks hold different values of offset"),
        ("agreement", "nothing was raised"),
    ],
)
def test_ranks_that_differ_are_refused_on_all_of_them(reports, what, message):
    assert all(report["refusals"][what].startswith(message) for report in reports)


@pytest.mark.parametrize(("what", "words"), [("batches", "3 inputs and 2 targets"), ("labels", "class index 7")])
def test_what_fails_on_one_rank_fails_on_all(reports, what, words):
    first, second = (report["refusals"][what] for report in reports)
    assert first.startswith("RuntimeError: other ranks failed: {1: 'ValueError:")
    assert second.startswith("ValueError")
    assert words in first
    assert words in second


def test_fully_sharded_modules_are_refused(reports):
    assert all("fully sharded" in report["sharded"] for report in reports)
    assert all("replicate()" in report["replicated"] for report in reports)


@pytest.mark.skipif(RIGHT, reason="this torch has right second derivatives of redistribution")
def test_spread_parameters_are_refused_where_their_second_derivatives_are_wrong(reports):
    assert all("silently wrong in torch" in report["dtensors"] for report in reports)


@pytest.mark.skipif(not RIGHT, reason="this torch has wrong second derivatives of redistribution")
@pytest.mark.parametrize("kind", SPREAD)
@pytest.mark.parametrize("rank", [0, 1])
def test_spread_parameters_have_the_numbers_of_whole_ones(reports, expected, rank, kind):
    measured = reports[rank]["dtensors"][kind]
    assert_close(measured["weights"], flatten(network())[0], rtol=0, atol=0)
    assert_close(measured["gradient"], expected["gradient"][0], rtol=0, atol=1e-12)
    assert_close(measured["hessian"], expected["hessian"], rtol=0, atol=1e-12)
    assert_close(measured["hessian by differences"], expected["hessian by differences"], rtol=0, atol=1e-7)


def loses_a_rank(rank: int, folder: Path) -> None:
    torch.set_default_dtype(torch.float64)
    limit = timedelta(seconds=5)
    distributed.init_process_group("gloo", f"file://{folder}/meeting", timeout=limit, rank=rank, world_size=2)
    weights, objective = objective_of(network(), summed_loss, own_batches(rank))
    operator = hessian(objective, weights)
    operator @ weights
    if rank == 1:
        (folder / "lost").touch()
        os._exit(0)
    while not (folder / "lost").exists():
        time.sleep(0.01)
    (folder / "words").write_text(failure(lambda: operator @ weights))


@pytest.mark.slow
def test_a_lost_rank_is_an_error_and_no_hang(tmp_path):
    spawned(loses_a_rank, tmp_path)
    assert (tmp_path / "words").read_text().split()[0].endswith("Error:")
