"""`spectra verdict` in this process, and a table for it."""

import numpy as np
from typer.testing import CliRunner

from spectra.cli.application import app
from tests.verdicts.simulated import consistency_table, sharpness_logs


def sharpness(slope=0.0, **settings):
    """Sharpness at four widths and eight seeds, which changes by a slope per doubling."""
    logs = sharpness_logs(np.random.default_rng(1), seeds=8, slope=slope, scatter=0.01)
    table = consistency_table(logs).assign(**settings)
    return table.assign(run=table["run"] + "".join(map(str, settings.values())))


def asked(*arguments):
    """What the command says, writes and ends with."""
    done = CliRunner().invoke(app, ["verdict", *map(str, arguments)])
    assert "Traceback" not in done.output
    return done
