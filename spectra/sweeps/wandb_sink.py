"""Finished runs for Weights & Biases."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from spectra.sweeps.sink_values import curves, label, plain_settings

try:
    import wandb
except ImportError as missing:
    raise ImportError("wandb cannot be imported here; run: pip install 'spectra-scaling[wandb]'") from missing

if TYPE_CHECKING:
    import pandas as pd

    from spectra.training import RunSpec


class WeightsAndBiases:
    """A project of Weights & Biases; with WANDB_MODE=offline a folder `wandb` to synchronise later.

    A run bears its identity there as well, so that logging it again adds nothing.
    """

    name = "wandb"

    def __init__(self, project: str) -> None:
        """Log in where that is needed.

        Args:
            project: Name of the project, or entity and project with a slash between.

        Raises:
            ValueError: If the service cannot be logged in to.
        """
        entity, _, self._project = project.rpartition("/")
        self._entity = entity or None
        if wandb.setup().settings.mode in ("offline", "disabled"):
            return
        try:
            wandb.login()
        except wandb.Error as error:
            raise ValueError(f"Weights & Biases: {error}; or set WANDB_MODE=offline") from error

    def log(self, spec: RunSpec, table: pd.DataFrame) -> None:
        """Make a run there with the settings and every number.

        Raises:
            wandb.Error: If the service fails.
        """
        rows: defaultdict[int, dict[str, float]] = defaultdict(dict)
        for tag, curve in curves(table).items():
            for step, value in curve:
                rows[step][tag] = value
        settings = wandb.Settings(silent=True, console="off", disable_git=True, disable_code=True)
        with wandb.init(
            project=self._project,
            entity=self._entity,
            id=spec.identity,
            name=label(spec),
            config=plain_settings(spec),
            resume="allow",
            reinit="create_new",
            settings=settings,
        ) as run:
            for step in sorted(rows):
                run.log(rows[step], step=step)
