from dataclasses import asdict, dataclass, field

from spectra.training import Loss, Sharpness, StepGrid
from spectra.training.plain_settings import ADDED, plain_settings
from tests.training.dense_members import specs

USED = {
    "criterion": "squared_error",
    "trained_examples": 40,
    "pretraining_examples": 30,
    "acquisition": "margin",
    "acquired_examples": 2,
    "acquired_every": 1,
}


@dataclass(frozen=True)
class Inner:
    size: int
    late: int = field(default=1, metadata=ADDED)


@dataclass(frozen=True)
class Outer:
    inner: Inner
    several: tuple[Inner, ...]
    numbers: tuple[float, ...] = (1.0, 2.0)
    late: Inner | None = field(default=None, metadata=ADDED)


def test_an_added_setting_appears_when_it_is_used():
    spec = Outer(Inner(2), (Inner(3), Inner(4, late=5)))
    assert plain_settings(spec) == {
        "inner": {"size": 2},
        "several": ({"size": 3}, {"size": 4, "late": 5}),
        "numbers": (1.0, 2.0),
    }
    assert plain_settings(Outer(Inner(2), (), late=Inner(1)))["late"] == {"size": 1}


def test_with_all_added_settings_in_use_it_is_the_plain_record():
    spec = specs(Loss(StepGrid(every=2)), expansion="taylor", pretraining=1, **USED)[0]
    assert plain_settings(spec) == asdict(spec)


def test_sharpness_has_the_settings_that_it_had_before_it_could_count():
    plain = plain_settings(Sharpness("sharpness", StepGrid(every=2)))
    assert set(plain) == {"kind", "grid", "examples", "tolerance", "max_matvecs"}
