"""What is asked of the Ray engine is checked at its door, without a cluster."""

import math
import sys
from types import SimpleNamespace

import pytest

from spectra.engines.engine import Making
from spectra.engines.ray_engine import ray


@pytest.mark.parametrize(
    ("settings", "match"),
    [
        ({"gpus_per_run": 0}, "0 GPUs"), ({"gpus_per_run": 2}, "at most 1"), ({"gpus_per_run": math.nan}, "GPUs"),
        ({"cpus_per_run": -1}, "-1 CPUs"), ({"memory_per_run": math.inf}, "inf GB"),
        ({"results": "/shared"}, "simply the store"), ({"address": "ray://head:10001"}, "Ray Client"),
    ],
)  # fmt: skip
def test_impossible_demands_are_refused(settings, match, monkeypatch):
    monkeypatch.setitem(sys.modules, "ray", SimpleNamespace())
    with pytest.raises(ValueError, match=match):
        ray(**settings)


def test_a_store_is_a_folder_and_results_a_url(monkeypatch):
    monkeypatch.setitem(sys.modules, "ray", SimpleNamespace())
    with pytest.raises(ValueError, match="give an object store as results"), ray().open(Making("s3://bucket"), 1):
        pass


def test_nobody_waits_for_an_address_where_no_cluster_is(monkeypatch):
    monkeypatch.setitem(sys.modules, "ray", SimpleNamespace(is_initialized=lambda: False))
    with pytest.raises(RuntimeError, match=r"no Ray cluster at 127\.0\.0\.1:9"):
        ray(address="127.0.0.1:9").open(Making("runs"), 1).__enter__()


def test_without_ray_the_error_says_how_to_get_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(ImportError, match=r"pip install 'spectra-scaling\[ray\]'"):
        ray()


def test_an_address_at_which_ray_finds_nothing_is_named(monkeypatch):
    def init(**_):
        raise ConnectionError("Could not find any running Ray instance")

    monkeypatch.setitem(sys.modules, "ray", SimpleNamespace(is_initialized=lambda: False, init=init))
    with pytest.raises(RuntimeError, match="there is no Ray cluster at auto: Could not find any running"):
        ray(address="auto").open(Making("runs"), 1).__enter__()
