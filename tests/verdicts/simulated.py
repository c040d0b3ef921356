"""Long tables whose truth is known."""

import numpy as np
import pandas as pd

SIZES = (32, 64, 128, 256)
RATES = 2.0 ** np.arange(-2, 4.1, 0.5)


def consistency_table(logs, *, quantity="effective_sharpness", sizes=SIZES, diverged=()):
    """One run per seed and size; `logs` has shape (seeds, sizes, steps), `diverged` holds (seed, size) pairs."""
    rows = []
    for seed, by_size in enumerate(logs):
        for size, values in zip(sizes, by_size, strict=True):
            lost = (seed, size) in diverged
            kept = values[: max(1, len(values) // 2)] if lost else values
            settings = {"width": size, "regime": "mup", "rate": 0.5, "seed": seed, "run": f"{size}-{seed}"}
            rows += [
                {**settings, "step": 10 * step, "quantity": quantity, "index": 0, "value": np.exp(value)}
                for step, value in enumerate(kept)
            ]
            rows.append(
                {**settings, "step": 10 * len(kept) - 10, "quantity": "diverged", "index": 0, "value": float(lost)}
            )
    return pd.DataFrame(rows)


def sharpness_logs(generator, *, seeds, slope=0.0, scatter=0.02, growth=1.2, fade=0.0, steps=9, sizes=4):
    """Logs (seeds, sizes, steps): a slope over doublings, growth to a plateau, scatter that lasts in time."""
    doublings = np.arange(sizes)[None, :, None]
    rise = growth * 2.0 ** (-fade * doublings) * np.minimum(1, 2 * np.linspace(0, 1, steps))
    shared, own = generator.standard_normal((seeds, sizes, 1)), generator.standard_normal((seeds, sizes, steps))
    return slope * doublings + rise + scatter * (np.sqrt(0.7) * shared + np.sqrt(0.3) * own)


def tuning_table(optima, *, seeds=5, noise=0.0, rates=RATES, sizes=SIZES, largest=np.inf, steps=(0, 10, 20)):
    """Losses exp(-1 + 0.3 (log2 rate - optimum)^2 + noise), constant in time; rates above `largest` diverge."""
    generator, rows = np.random.default_rng(0), []
    for size, optimum in zip(sizes, optima, strict=True):
        for seed in range(seeds):
            for rate in rates:
                settings = {"width": size, "regime": "mup", "rate": rate, "seed": seed, "run": f"{size}-{seed}-{rate}"}
                loss = np.exp(-1 + 0.3 * (np.log2(rate) - optimum) ** 2 + noise * generator.standard_normal())
                rows += [{**settings, "step": step, "quantity": "loss", "index": 0, "value": loss} for step in steps]
                lost = float(rate > largest)
                rows.append({**settings, "step": steps[-1], "quantity": "diverged", "index": 0, "value": lost})
    return pd.DataFrame(rows)
