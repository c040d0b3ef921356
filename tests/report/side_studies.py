"""Experiments that stand side by side on a page."""

from dataclasses import replace

from spectra.report.study import Study


def other(study: Study, **changes) -> Study:
    """The same experiment under another name, with tanh instead of relu."""
    whole = study.table.assign(activation="tanh", depth=8, run="other-" + study.table["run"])
    return replace(study, **{"name": "other", "title": "The other one", "table": whole, **changes})
