"""Laws of the loss as a function of model size and amount of data."""

from math import log

import numpy as np

from spectra.fitting.law import Array, Axis, Columns, Law, Shape

BOTH = ("size", "data")


def _joint_columns(logs: Array, shapes: Columns) -> Columns:
    return -shapes[0] * logs[0], -shapes[1] * logs[1], np.zeros(1)


def _joint_slopes(logs: Array, _: Columns) -> tuple[Columns, ...]:
    zero = np.zeros(1)
    return (-logs[0], zero), (zero, -logs[1]), (zero, zero)


# Hoffmann et al. 2022, arXiv 2203.15556 (there E, A, alpha, B, beta).
JOINT = Law(
    name="joint",
    formula="floor + size_amplitude * size^-size_exponent + data_amplitude * data^-data_exponent",
    variables=BOTH,
    amplitudes=("size_amplitude", "data_amplitude", "floor"),
    shapes=(Shape("size_exponent", "size", Axis.EXPONENT), Shape("data_exponent", "data", Axis.EXPONENT)),
    parameters=("size_amplitude", "size_exponent", "data_amplitude", "data_exponent", "floor"),
    log_columns=_joint_columns,
    slopes=_joint_slopes,
)


def _kaplan_columns(logs: Array, shapes: Columns) -> Columns:
    return -shapes[0] / shapes[1] * logs[0], -logs[1]


def _kaplan_slopes(logs: Array, shapes: Columns) -> tuple[Columns, ...]:
    size, data = shapes
    zero = np.zeros(1)
    return (-logs[0] / data, size / data**2 * logs[0]), (zero, zero)


def _kaplan_power(shapes: Columns) -> Array:
    return shapes[1]


def _kaplan_amplitude_powers(shapes: Columns) -> Columns:
    return shapes[1] / shapes[0], np.ones_like(shapes[0])


# Kaplan et al. 2020, arXiv 2001.08361, equation 1.5 (there N_c, alpha_N, D_c, alpha_D).
KAPLAN = Law(
    name="kaplan",
    formula="((critical_size / size)^(size_exponent / data_exponent) + critical_data / data)^data_exponent",
    variables=BOTH,
    amplitudes=("critical_size", "critical_data"),
    shapes=(
        Shape("size_exponent", "size", Axis.POSITIVE_EXPONENT),
        Shape("data_exponent", "data", Axis.POSITIVE_EXPONENT),
    ),
    parameters=("critical_size", "size_exponent", "critical_data", "data_exponent"),
    log_columns=_kaplan_columns,
    slopes=_kaplan_slopes,
    power=_kaplan_power,
    amplitude_powers=_kaplan_amplitude_powers,
)


def _overtraining_columns(logs: Array, shapes: Columns) -> Columns:
    ratio, compute = logs[1] - logs[0], log(6) + logs[0] + logs[1]
    return shapes[0] * (ratio - compute), -shapes[0] * (ratio + compute), np.zeros(1)


def _overtraining_slopes(logs: Array, _: Columns) -> tuple[Columns, ...]:
    ratio, compute = logs[1] - logs[0], log(6) + logs[0] + logs[1]
    return (ratio - compute,), (-ratio - compute,), (np.zeros(1),)


# Gadre et al. 2024, arXiv 2403.08540, equation 4 (there E, a, b, eta; C = 6 N D and M = D / N).
OVERTRAINING = Law(
    name="overtraining",
    formula="floor + (data_rich_amplitude * M^exponent + data_poor_amplitude * M^-exponent) * C^-exponent, "
    "M = data / size, C = 6 * size * data",
    variables=BOTH,
    amplitudes=("data_rich_amplitude", "data_poor_amplitude", "floor"),
    shapes=(Shape("exponent", "size", Axis.EXPONENT),),
    parameters=("data_rich_amplitude", "data_poor_amplitude", "exponent", "floor"),
    log_columns=_overtraining_columns,
    slopes=_overtraining_slopes,
)
