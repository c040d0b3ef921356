"""Long tables of two-layer linear networks, exact to rounding, whose limit of infinite width is known as well."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from spectra.asymptotics.linear_network import LinearTask, stacked_states
from spectra.asymptotics.linear_network_curvature import linear_curvature
from spectra.asymptotics.linear_network_start import linear_limit, linear_start, output_scale
from spectra.asymptotics.linear_network_training import linear_descent

WIDTHS = (64, 256, 1024, 4096)
BASE = WIDTHS[0]
CHECKPOINTS = (0, 10, 20, 40, 60, 80, 100, 120)
STEPS, EVERY = CHECKPOINTS[-1], 10  # of training; between two losses of the table
RATE = 1.0  # the curvature grows to three quarters of the stability limit
RATES = tuple(2.0 ** np.arange(-2, 4.1, 0.5))
BLOWN_UP = 1e3  # times the loss at the start, as in a run
DIMENSION, EXAMPLES, NOISE = 10, 50, 0.3


@dataclass(frozen=True)
class Exact:
    """What many networks do in training."""

    loss: np.ndarray  # (T + 1, ...), at every step
    sharpness: np.ndarray  # (checkpoints, ...), effective
    movement: np.ndarray  # (checkpoints, ...), of the tangent kernel, 1 - cosine to that at the start


def divergence(loss):
    """Step at which each network has diverged, (...), for losses (T + 1, ...); T + 1 if it does not."""
    with np.errstate(invalid="ignore"):
        lost = ~(loss <= BLOWN_UP * loss[0])
    return np.where(lost.any(0), lost.argmax(0), len(loss))


def mean_log_loss(start, rates):
    """Mean log loss over the recorded steps at several rates, (rates, ...); infinite where a network diverged."""
    axes = np.reshape(rates, (-1, *[1] * start.readout.ndim))
    path = linear_descent(task(), start, rate=axes, steps=range(STEPS + 1))
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
        loss = task().loss(path.weights)
        logs = np.log(loss[::EVERY]).mean(0)
    return np.where(divergence(loss) > STEPS, logs, np.inf)


def task(seed=0):
    """Gaussian features of variances 1/i and a linear teacher that has as much of each, plus noise."""
    generator = np.random.default_rng(seed)
    spectrum = 1 / np.arange(1, DIMENSION + 1)
    features = generator.standard_normal((EXAMPLES, DIMENSION)) * np.sqrt(spectrum)
    signal = features @ np.full(DIMENSION, spectrum.sum() ** -0.5)
    return LinearTask(features, signal + NOISE * generator.standard_normal(EXAMPLES))


def trained(start, rate):
    """What networks do from their start."""
    examples = task()
    path = linear_descent(examples, start, rate=rate, steps=range(STEPS + 1))
    with np.errstate(over="ignore", invalid="ignore"):
        loss = examples.loss(path.weights)
        measured = path[np.array(CHECKPOINTS)]
        return Exact(loss, rate * linear_curvature(examples, measured).largest, kernel_movement(examples, measured))


def kernel_movement(examples, path):
    """1 - <K_0, K_t> / (|K_0| |K_t|) of the kernels K = X (A + v) X', by matrices of the size of A."""
    values, vectors = np.linalg.eigh(examples.second_moment)
    root = vectors * np.sqrt(values) @ vectors.T
    kernels = root @ (path.hidden + path.readout[..., None, None] * np.eye(DIMENSION)) @ root
    lengths = np.sqrt(np.square(kernels).sum((-2, -1)))
    return 1 - (kernels * kernels[:1]).sum((-2, -1)) / (lengths * lengths[:1])


def limit(*, regime="mup"):
    """Networks of infinite width: under muP the exact limit; under NTK that of the sharpness."""
    return trained(linear_limit(DIMENSION, coupling=float(regime == "mup")), RATE)


def drawn(regime, widths, seeds):
    """Networks (widths, seeds) at their start."""
    rows = [
        [linear_start(DIMENSION, width, seed, scale=output_scale(regime, width, base=BASE)) for seed in seeds]
        for width in widths
    ]
    return stacked_states([stacked_states(row) for row in rows])


def mean_logs(regime, widths, seeds):
    """Mean over many seeds of the log sharpness, and its standard error, each (widths, checkpoints)."""
    means, errors = [], []
    for width in widths:
        path = linear_descent(task(), drawn(regime, (width,), seeds), rate=RATE, steps=CHECKPOINTS)
        logs = np.log(RATE * linear_curvature(task(), path).largest[:, 0])
        means.append(logs.mean(1))
        errors.append(logs.std(1) / len(seeds) ** 0.5)
    return np.array(means), np.array(errors)


def exact_table(regime, *, widths=WIDTHS, seeds=range(12), rates=(RATE,)):
    """The long table of a sweep: loss, effective_sharpness, kernel_movement and diverged of every run."""
    start = drawn(regime, widths, seeds)
    return pd.concat([_one_rate(regime, start, widths, seeds, rate) for rate in rates])


def _one_rate(regime, start, widths, seeds, rate):
    found = trained(start, rate)
    losses, checkpoints = np.arange(0, STEPS + 1, EVERY), np.array(CHECKPOINTS)
    end = divergence(found.loss)
    ends = pd.DataFrame({"place": np.arange(end.size), "step": np.minimum(end.ravel(), STEPS)})
    parts = [
        _rows("loss", losses, found.loss[losses], end),
        _rows("effective_sharpness", checkpoints, found.sharpness, end),
        _rows("kernel_movement", checkpoints, found.movement, end),
        ends.assign(quantity="diverged", value=(end.ravel() <= STEPS).astype(float)),
    ]
    rows = pd.concat(parts, ignore_index=True)
    width, seed = (grid.ravel()[rows["place"]] for grid in np.meshgrid(widths, seeds, indexing="ij"))
    rows = rows.assign(width=width, seed=seed, regime=regime, rate=rate, index=0)
    rows["run"] = [f"{regime}-{rate:g}-{w}-{s}" for w, s in zip(rows["width"], rows["seed"], strict=True)]
    return rows[["run", "width", "seed", "regime", "rate", "step", "quantity", "index", "value"]]


def _rows(quantity, steps, values, end):
    """Values (steps, widths, seeds) as rows, up to a divergence."""
    flat = values.reshape(len(steps), -1)
    at, place = np.meshgrid(np.arange(len(steps)), np.arange(flat.shape[1]), indexing="ij")
    kept = (steps[at] < end.ravel()[place]) & np.isfinite(flat)
    return pd.DataFrame(
        {"place": place[kept], "step": steps[at[kept]], "quantity": quantity, "value": flat[at[kept], place[kept]]}
    )
