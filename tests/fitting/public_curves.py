"""Tables of public training runs, where they are at hand; tests that need them skip, saying so, where they are not."""

import os
from pathlib import Path

import pandas as pd
import pytest

FOLDER = Path(os.environ.get("SPECTRA_PUBLIC_CURVES", Path(__file__).parents[3] / "shared" / "reference" / "curves"))


def public_table(name):
    """A table by its path below the folder of public curves."""
    if not (FOLDER / name).is_file():
        pytest.skip(f"{FOLDER / name} is not there; set SPECTRA_PUBLIC_CURVES to a folder that has {name}")
    return pd.read_csv(FOLDER / name)
