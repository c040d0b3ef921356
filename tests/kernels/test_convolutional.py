"""Kernels of convolutional networks with infinitely many channels."""

import pytest
import torch
from torch.nn import functional
from torch.testing import assert_close

from spectra.kernels import infinite_blocks
from spectra.kernels.convolutional import convolutional_kernel
from spectra.kernels.convolutional_windows import Windows
from spectra.kernels.duals import Kinked
from spectra.kernels.infinite import mlp_kernel
from tests.kernels.infinite_width import finite_kernels, standard_errors

LAYERS = {"hidden": 2, "activation": "relu", "weight_var": 1.5, "bias_var": 0.3}


def pictures(count=3, side=5, channels=2):
    return torch.randn(count, channels, side, side)


def test_windows_of_one_pixel_on_one_pixel_are_dense_layers():
    x = torch.randn(4, 3, 1, 1)
    for readout in ("flatten", "average"):
        found = convolutional_kernel(x, **LAYERS, windows=Windows(1, readout=readout))
        for kernel, expected in zip(found, mlp_kernel(x, **LAYERS), strict=True):
            assert_close(kernel, expected)


def test_one_window_over_the_whole_picture_is_a_dense_layer():
    x = pictures(side=3)
    found = convolutional_kernel(x, **{**LAYERS, "hidden": 1}, windows=Windows(3, padding="none"))
    for kernel, expected in zip(found, mlp_kernel(x, **{**LAYERS, "hidden": 1}), strict=True):
        assert_close(kernel, expected)


@pytest.mark.parametrize("padding", ["zeros", "circular", "none"])
@pytest.mark.parametrize("readout", ["flatten", "average"])
@pytest.mark.parametrize("stride", [1, 2])
def test_linear_networks_have_the_kernel_of_their_linear_map(padding, readout, stride):
    """Without biases and activations, K is s_w^6 times the mean product of inputs over all pairs of paths."""
    x, windows = pictures(side=7), Windows(3, stride, padding, readout)
    nngp, tangent = convolutional_kernel(
        x, hidden=2, activation="identity", weight_var=1.5, bias_var=0.0, windows=windows
    )
    assert_close(tangent, 3 * nngp)
    assert_close(nngp, 1.5**3 * brute_force(x, windows))


def brute_force(x, windows):
    """Mean over offsets, position by position, of x -> patches -> patches."""

    def patches(field):  # (N, F, H, W) -> (N, F k^2, H', W') / k
        mode = {"zeros": "constant", "circular": "circular", "none": "constant"}[windows.padding]
        margin = 0 if windows.padding == "none" else 1
        padded = functional.pad(field, (margin,) * 4, mode=mode)
        side = (padded.shape[-1] - 3) // windows.stride + 1
        return functional.unfold(padded, 3, stride=windows.stride).unflatten(2, (side, side)) / 3

    features = patches(patches(x / x.shape[1] ** 0.5))
    if windows.readout == "average":
        pooled = features.mean((2, 3))
        return pooled @ pooled.T
    flat = features.flatten(1) / (features.shape[2] * features.shape[3]) ** 0.5
    return flat @ flat.T


@pytest.mark.parametrize("readout", ["flatten", "average"])
@pytest.mark.parametrize(("padding", "stride"), [("zeros", 1), ("circular", 2), ("none", 1)])
def test_wide_networks_have_these_kernels_on_average(readout, padding, stride):
    channels, x, windows = 48, pictures(), Windows(3, stride, padding, readout)
    modes = {"zeros": ("constant", 1), "circular": ("circular", 1), "none": ("constant", 0)}
    mode, margin = modes[padding]

    def network(parameters, picture):
        field = picture[None]
        for name in ("first", "second"):
            weight = parameters[f"{name}.weight"]
            scaled = (1.5 / weight[0].numel()) ** 0.5 * weight
            padded = functional.pad(field, (margin,) * 4, mode=mode)
            bias = 0.3**0.5 * parameters[f"{name}.bias"]
            field = functional.conv2d(padded, scaled, bias, stride=stride).relu()
        units = field.mean((2, 3))[0] if readout == "average" else field.flatten()
        return (
            (1.5 / len(units)) ** 0.5 * parameters["readout.weight"] @ units + 0.3**0.5 * parameters["readout.bias"]
        )[0]

    sides = windows.places(windows.places(5))
    width = channels if readout == "average" else channels * sides**2
    shapes = {
        "first.weight": (channels, 2, 3, 3),
        "first.bias": (channels,),
        "second.weight": (channels, channels, 3, 3),
        "second.bias": (channels,),
        "readout.weight": (1, width),
        "readout.bias": (1,),
    }
    expected = convolutional_kernel(x, **LAYERS, windows=windows)
    assert (standard_errors(finite_kernels(network, shapes, x, 40), torch.stack(expected)) < 4).all()


@pytest.mark.parametrize("readout", ["flatten", "average"])
def test_blocks_do_not_change_the_kernels(readout, monkeypatch):
    x, windows = pictures(5, 4), Windows(readout=readout)
    whole = convolutional_kernel(x, **LAYERS, windows=windows)
    monkeypatch.setattr(infinite_blocks, "BLOCK", 4 * 16**2)
    for kernel, apart, other in zip(
        whole,
        convolutional_kernel(x, **LAYERS, windows=windows),
        convolutional_kernel(x[:3], x[2:], **LAYERS, windows=windows),
        strict=True,
    ):
        assert_close(apart, kernel, rtol=1e-13, atol=0)
        assert_close(other, kernel[:3, 2:], rtol=1e-13, atol=0)


@pytest.mark.parametrize("readout", ["flatten", "average"])
@pytest.mark.parametrize("padding", ["zeros", "circular"])
def test_the_recursion_equals_itself_written_out_position_by_position(readout, padding):
    x = pictures(2, 3)
    nngp, tangent = convolutional_kernel(x, **LAYERS, windows=Windows(padding=padding, readout=readout))
    places = [(n, i, j) for n in range(2) for i in range(3) for j in range(3)]
    covariance = {(p, q): x[p[0], :, p[1], p[2]] @ x[q[0], :, q[1], q[2]] / 2 for p in places for q in places}
    slopes = dict.fromkeys(covariance, torch.tensor(0.0))
    for _ in range(2):
        before = {pair: window_mean(covariance, *pair, padding) * 1.5 + 0.3 for pair in covariance}
        learnt = {pair: before[pair] + 1.5 * window_mean(slopes, *pair, padding) for pair in covariance}
        for p, q in covariance:
            value, slope = Kinked().expectations(before[p, p], before[q, q], before[p, q])
            covariance[p, q], slopes[p, q] = value, slope * learnt[p, q]
    for n, m in ((0, 0), (0, 1), (1, 1)):
        read = [
            (p, q)
            for p in places
            for q in places
            if (p[0], q[0]) == (n, m) and (readout == "average" or p[1:] == q[1:])
        ]
        mean, learnt_mean = (1.5 * sum(part[pair] for pair in read) / len(read) for part in (covariance, slopes))
        assert_close(nngp[n, m], mean + 0.3, rtol=1e-7, atol=0)
        assert_close(tangent[n, m], mean + 0.3 + learnt_mean, rtol=1e-7, atol=0)


def window_mean(covariance, p, q, padding):
    total = torch.tensor(0.0)
    for down in (-1, 0, 1):
        for across in (-1, 0, 1):
            moved = [(n, i + down, j + across) for n, i, j in (p, q)]
            if padding == "circular":
                moved = [(n, i % 3, j % 3) for n, i, j in moved]
            total = total + covariance.get(tuple(moved), 0.0)
    return total / 9


def test_the_average_forgets_where_things_are_on_a_torus_and_flatten_does_not():
    x = pictures(2)
    moved = x.roll((1, 2), (2, 3))
    for readout, same in (("average", True), ("flatten", False)):
        windows = Windows(padding="circular", readout=readout)
        tangent = convolutional_kernel(x, moved, **LAYERS, windows=windows)[1]
        own = convolutional_kernel(x, **LAYERS, windows=windows)[1]
        assert torch.allclose(tangent, own) == same


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"x1": torch.ones(2, 3)}, "2, 3"),
        ({"x1": torch.ones(2, 1, 4, 4), "windows": Windows(3, padding="none")}, "convolution 2 of 2"),
        ({"x1": torch.ones(2, 1, 4, 4), "x2": torch.ones(2, 1, 5, 5)}, "must agree"),
    ],
)
def test_pictures_that_do_not_fit_are_refused(change, words):
    with pytest.raises(ValueError, match=words):
        convolutional_kernel(**{**LAYERS, **change})


@pytest.mark.parametrize("wrong", [{"size": 2}, {"size": 0}, {"stride": 0}, {"padding": "same"}, {"readout": "max"}])
def test_windows_that_cannot_be_are_refused(wrong):
    with pytest.raises(ValueError, match=r"possible|alike"):
        Windows(**wrong)
