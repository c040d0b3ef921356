"""The laws that can be fitted, by name."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

import numpy as np

from spectra.fitting.joint_laws import JOINT, KAPLAN, OVERTRAINING
from spectra.fitting.law import Array, Axis, Columns, Law, Shape

ONE = ("x",)


def _power_columns(logs: Array, shapes: Columns) -> Columns:
    return (-shapes[0] * logs[0],)


def _power_slopes(logs: Array, _: Columns) -> tuple[Columns, ...]:
    return ((-logs[0],),)


POWER = Law(
    name="power",
    formula="amplitude * x^-exponent",
    variables=ONE,
    amplitudes=("amplitude",),
    shapes=(Shape("exponent", "x", Axis.SIGNED_EXPONENT),),
    parameters=("amplitude", "exponent"),
    log_columns=_power_columns,
    slopes=_power_slopes,
)


def _floor_columns(logs: Array, shapes: Columns) -> Columns:
    return -shapes[0] * logs[0], np.zeros(1)


def _floor_slopes(logs: Array, _: Columns) -> tuple[Columns, ...]:
    return (-logs[0],), (np.zeros(1),)


FLOOR = Law(
    name="floor",
    formula="floor + amplitude * x^-exponent",
    variables=ONE,
    amplitudes=("amplitude", "floor"),
    shapes=(Shape("exponent", "x", Axis.SIGNED_EXPONENT),),
    parameters=("amplitude", "exponent", "floor"),
    log_columns=_floor_columns,
    slopes=_floor_slopes,
)


def _shifted_columns(logs: Array, shapes: Columns) -> Columns:
    exponent, shift = shapes
    return -exponent * np.log(np.exp(logs[0]) + shift), np.zeros(1)


def _shifted_slopes(logs: Array, shapes: Columns) -> tuple[Columns, ...]:
    exponent, shift = shapes
    total = np.exp(logs[0]) + shift
    return (-np.log(total), -exponent / total), (np.zeros(1), np.zeros(1))


SHIFTED = Law(
    name="shifted",
    formula="floor + amplitude * (x + shift)^-exponent",
    variables=ONE,
    amplitudes=("amplitude", "floor"),
    shapes=(Shape("exponent", "x", Axis.EXPONENT), Shape("shift", "x", Axis.SHIFT)),
    parameters=("amplitude", "exponent", "shift", "floor"),
    log_columns=_shifted_columns,
    slopes=_shifted_slopes,
)


def _two_term_columns(logs: Array, shapes: Columns) -> Columns:
    return -shapes[0] * logs[0], -shapes[1] * logs[0]


def _two_term_slopes(logs: Array, _: Columns) -> tuple[Columns, ...]:
    return (-logs[0], np.zeros(1)), (np.zeros(1), -logs[0])


# A second exponent of zero is a floor, so the law holds the law with a floor in it.
TWO_TERM = Law(
    name="two_term",
    formula="amplitude * x^-exponent + slow_amplitude * x^-slow_exponent",
    variables=ONE,
    amplitudes=("amplitude", "slow_amplitude"),
    shapes=(Shape("exponent", "x", Axis.EXPONENT), Shape("slow_exponent", "x", Axis.EXPONENT)),
    parameters=("amplitude", "exponent", "slow_amplitude", "slow_exponent"),
    log_columns=_two_term_columns,
    slopes=_two_term_slopes,
    descending=("exponent", "slow_exponent"),
)


def _cut_off_columns(logs: Array, shapes: Columns) -> Columns:
    exponent, cut_off = shapes
    return -exponent * logs[0] - np.exp(logs[0] - cut_off), np.zeros(1)


def _cut_off_slopes(logs: Array, shapes: Columns) -> tuple[Columns, ...]:
    return (-logs[0], np.exp(logs[0] - shapes[1])), (np.zeros(1), np.zeros(1))


# A finite spectrum ends its power law like this: beyond 1 / (2 * smallest eigenvalue) the loss decays exponentially.
CUT_OFF = Law(
    name="cut_off",
    formula="floor + amplitude * x^-exponent * exp(-x / cut_off)",
    variables=ONE,
    amplitudes=("amplitude", "floor"),
    shapes=(Shape("exponent", "x", Axis.EXPONENT), Shape("cut_off", "x", Axis.LENGTH)),
    parameters=("amplitude", "exponent", "cut_off", "floor"),
    log_columns=_cut_off_columns,
    slopes=_cut_off_slopes,
)


def _broken_columns(logs: Array, shapes: Columns) -> Columns:
    exponent, change, place, width = shapes
    bend = np.exp(width)
    return -exponent * logs[0] - change * bend * np.logaddexp(0, (logs[0] - place) / bend), np.zeros(1)


def _broken_slopes(logs: Array, shapes: Columns) -> tuple[Columns, ...]:
    change, place, width = shapes[1:]
    bend = np.exp(width)
    away = (logs[0] - place) / bend
    soft = np.logaddexp(0, away)
    share = np.exp(away - soft)
    power = (-logs[0], -bend * soft, change * share, -change * bend * (soft - share * away))
    return power, (np.zeros(1),) * 4


# One break of the broken neural scaling law (Caballero et al. 2023, arXiv 2210.14891).
BROKEN = Law(
    name="broken",
    formula="floor + amplitude * x^-exponent * (1 + (x / break)^(1 / width))^(-change * width)",
    variables=ONE,
    amplitudes=("amplitude", "floor"),
    shapes=(
        Shape("exponent", "x", Axis.EXPONENT),
        Shape("change", "x", Axis.SIGNED_EXPONENT),
        Shape("break", "x", Axis.PLACE),
        Shape("width", "x", Axis.WIDTH),
    ),
    parameters=("amplitude", "exponent", "change", "break", "width", "floor"),
    log_columns=_broken_columns,
    slopes=_broken_slopes,
)

LAWS: Mapping[str, Law] = MappingProxyType(
    {law.name: law for law in (POWER, FLOOR, SHIFTED, TWO_TERM, CUT_OFF, BROKEN, JOINT, KAPLAN, OVERTRAINING)}
)
