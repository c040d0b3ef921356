"""Long tables of runs in pairs whose differences are known."""

import numpy as np
import pandas as pd


def paired_table(changes, *, by="expansion", values=("network", "taylor"), names=("target",), shared=0.5, lost=()):
    """Runs at steps 0 and 10 of seeds that share their logarithm: at step 10 the second value differs by a change.

    `changes` has shape (combinations, seeds): log ratio of each pair. `lost` holds (combination, seed, value) of runs
    that diverged at step 5.
    """
    generator, rows = np.random.default_rng(7), []
    for combination, by_seed in enumerate(np.asarray(changes, dtype=float)):
        settings = dict.fromkeys(names, combination + 1)
        for seed, change in enumerate(by_seed):
            level = shared * generator.standard_normal()
            for value, own in zip(values, (0.0, change), strict=True):
                run = {**settings, "seed": seed, by: value, "rate": 0.1, "run": f"{combination}-{seed}-{value}"}
                gone = (combination, seed, value) in lost
                steps = (0, 5) if gone else (0, 10)
                for step, log in zip(steps, (level, level + own), strict=True):
                    rows.append({**run, "step": step, "quantity": "test_error", "index": 0, "value": np.exp(log)})
                rows.append({**run, "step": steps[1], "quantity": "diverged", "index": 0, "value": float(gone)})
    return pd.DataFrame(rows)
