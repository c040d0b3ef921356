"""Which theory is about a run."""

from collections.abc import Mapping
from typing import Any

from spectra.report.loss_theory import LossTheory
from spectra.report.sphere_theory import sphere_theory
from spectra.report.stream_theory import stream_theory


def loss_theory(settings: Mapping[str, Any]) -> LossTheory | None:
    """The theory of runs with these settings, if there is one.

    Args:
        settings: The columns of a run: settings under their recipe names, kinds under the names of their sections.

    Returns:
        None for other data or another model than a theory here is about, and for settings that it does not cover.
    """
    theories = {("sphere", "shallow"): sphere_theory, ("power_law_stream", "linear"): stream_theory}
    theory = theories.get((settings["data"], settings["model"]))
    return None if theory is None else theory(settings)
