import pandas as pd
import pytest

from tests.cli.judged import sharpness


@pytest.fixture(scope="session")
def both():
    """Two regimes, one of which depends on the width."""
    return pd.concat([sharpness(regime="mup"), sharpness(0.3, regime="ntk")], ignore_index=True)
