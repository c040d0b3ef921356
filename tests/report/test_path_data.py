import re

import pytest

from spectra.report.path_data import short_number, short_path


def corners(data: str) -> list[tuple[float, float]]:
    """Points of a path of lines, absolute or as `short_path` writes it."""
    found, here = [], (0.0, 0.0)
    for command, numbers in re.findall(r"([MLlz])([^MLlz]*)", data):
        values = [float(each) for each in re.findall(r"-?\d*\.?\d+", numbers)]
        for x, y in zip(values[::2], values[1::2], strict=True):
            here = (here[0] + x, here[1] + y) if command == "l" else (x, y)
            found.append(here)
    return found


def test_points_keep_a_hundredth_however_many_steps_lead_to_them():
    data = "M 0.004 7.129999 " + "".join(f"L {0.123456 * k:.6f} {-1.000004 * k:.6f} " for k in range(1, 500)) + "z "
    for one, other in zip(corners(data), corners(short_path(data)), strict=True):
        assert one == pytest.approx(other, abs=0.0051)


@pytest.mark.parametrize(
    ("data", "short"),
    [
        ("M 1 2 L 3 4 L 3 4.5", "M1 2l2 2 0 .5"),
        ("M 1 2 L 0 0 z M 5 5 L 6 5 z ", "M1 2l-1-2zM5 5l1 0z"),
        ("M 0 0 C 1 1 2 2 3 3 Q 4 4 5 5", "M0 0c1 1 2 2 3 3q1 1 2 2"),
        ("M 0 -0 L 1e-05 -1e-05", "M0 0l0 0"),
    ],
)
def test_moves_are_absolute_and_all_else_relative(data, short):
    assert short_path(data) == short


@pytest.mark.parametrize(("text", "short"), [("0.5", ".5"), ("-0.504", "-.5"), ("12.00", "12"), ("-0.001", "0")])
def test_numbers_lose_zeros_that_say_nothing(text, short):
    assert short_number(text) == short
