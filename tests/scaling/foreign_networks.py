"""Networks as people write them, without a word about roles; a few hundred weights each at width 8."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor, nn

from spectra.scaling import Role, Size, roles

BASE, LARGE = Size(8, 2), Size(16, 4)


class MLP(nn.Module):
    def __init__(self, size: Size) -> None:
        super().__init__()
        self.stem = nn.Linear(5, size.width)
        self.layers = nn.ModuleList(nn.Linear(size.width, size.width) for _ in range(size.depth))
        self.head = nn.Linear(size.width, 3)

    def forward(self, inputs: Tensor) -> Tensor:
        stream = self.stem(inputs)
        for layer in self.layers:
            stream = stream + layer(stream.relu())
        return self.head(stream)


class ResNet(nn.Module):
    """Two stages of numbered blocks; the second has twice the channels, and skips with a convolution."""

    def __init__(self, size: Size) -> None:
        super().__init__()
        width = size.width
        self.stem = nn.Sequential(nn.Conv2d(3, width, 3, bias=False), nn.BatchNorm2d(width))
        self.stages = nn.ModuleList(self.stage(width, times, size.depth) for times in (1, 2))
        self.head = nn.Linear(2 * width, 10)

    def stage(self, width: int, times: int, depth: int) -> nn.ModuleList:
        inputs = [width] + [times * width] * (depth - 1)
        blocks = [
            nn.ModuleDict({"norm": nn.GroupNorm(2, channels), "conv": nn.Conv2d(channels, times * width, 3)})
            for channels in inputs
        ]
        if times > 1:
            blocks[0]["skip"] = nn.Conv2d(width, times * width, 1, bias=False)
        return nn.ModuleList(blocks)


class Convolutions(nn.Module):
    """Every kind of convolution and norm."""

    def __init__(self, size: Size) -> None:
        super().__init__()
        width = size.width
        self.wave = nn.Conv1d(2, width, 5)
        self.grouped = nn.Conv2d(width, width, 3, groups=4)
        self.depthwise = nn.Conv2d(width, width, 3, groups=width)
        self.pairs = nn.Conv1d(width, width, 3, groups=width // 2)
        self.upward = nn.ConvTranspose2d(2 * width, width, 2)
        self.depthwise_upward = nn.ConvTranspose2d(width, width, 2, groups=width)
        self.latent = nn.ConvTranspose1d(6, width, 4)
        self.image = nn.ConvTranspose3d(width, 3, 1, groups=1)
        self.slope = nn.PReLU(width)
        self.instance = nn.InstanceNorm2d(width, affine=True)
        self.norm = nn.RMSNorm(width)


class Block(nn.Module):
    def __init__(self, width: int) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(width)
        self.attention = nn.ModuleDict({"qkv": nn.Linear(width, 3 * width), "out": nn.Linear(width, width)})
        self.mlp = nn.Sequential(nn.Linear(width, 4 * width), nn.GELU(), nn.Linear(4 * width, width))


class GPT(nn.Module):
    def __init__(self, size: Size, *, tied: bool = False) -> None:
        super().__init__()
        self.tokens = nn.Embedding(11, size.width)
        self.blocks = nn.ModuleList(Block(size.width) for _ in range(size.depth))
        self.norm = nn.LayerNorm(size.width)
        self.head = nn.Linear(size.width, 11, bias=False)
        self.temperature = nn.Parameter(torch.tensor(0.5))
        if tied:
            self.head.weight = self.tokens.weight


class ViT(nn.Module):
    """Blocks in an nn.Sequential of their own, and raw class token, positions and layer scale."""

    def __init__(self, size: Size) -> None:
        super().__init__()
        width = size.width
        self.patches = nn.Conv2d(3, width, 4, stride=4)
        self.token = nn.Parameter(torch.zeros(1, 1, width))
        self.positions = nn.Parameter(0.02 * torch.randn(1, 5, width))
        self.blocks = nn.Sequential(*[Block(width) for _ in range(size.depth)])
        self.scale = nn.Parameter(1e-4 * torch.ones(width))
        self.head = nn.Linear(width, 10)


class GroupedQueries(nn.Module):
    """Two query heads for each pair of key and value; heads of four entries, or a fixed number of keys."""

    def __init__(self, size: Size, *, keys: int | None = None) -> None:
        super().__init__()
        width = size.width
        self.tokens = nn.Embedding(7, width)
        self.blocks = nn.ModuleList(
            nn.ModuleDict(
                {
                    "query": nn.Linear(width, width, bias=False),
                    "key_value": nn.Linear(width, keys or width, bias=False),
                    "query_norm": nn.RMSNorm(4),
                    "out": nn.Linear(width, width, bias=False),
                }
            )
            for _ in range(size.depth)
        )
        self.head = nn.Linear(width, 7)


class Adapter(nn.Module):
    """A linear layer with a product of thin matrices beside it."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.full = nn.Linear(width, width)
        self.down = nn.Linear(width, 2, bias=False)
        self.up = nn.Linear(2, width, bias=False)


class Adapted(nn.Module):
    def __init__(self, size: Size) -> None:
        super().__init__()
        self.stem = nn.Linear(5, size.width)
        self.layers = nn.ModuleList(Adapter(size.width) for _ in range(size.depth))
        self.head = nn.Linear(size.width, 3)


class Mixture(nn.Module):
    """Four experts in raw tensors, and a router."""

    def __init__(self, size: Size) -> None:
        super().__init__()
        width = size.width
        self.stem = nn.Linear(5, width)
        self.layers = nn.ModuleList(
            nn.ParameterDict(
                {
                    "inward": nn.Parameter(torch.randn(4, width, 2 * width)),
                    "outward": nn.Parameter(torch.randn(4, 2 * width, width)),
                }
            )
            for _ in range(size.depth)
        )
        self.routers = nn.ModuleList(nn.Linear(width, 4, bias=False) for _ in range(size.depth))
        self.head = nn.Linear(width, 3)


class UNet(nn.Module):
    """Down, through and up, with skips that double the channels on the way up."""

    def __init__(self, size: Size) -> None:
        super().__init__()
        width = size.width
        self.inward = nn.Conv2d(3, width, 3)
        self.down = nn.Conv2d(width, 2 * width, 3, stride=2)
        self.time = nn.Sequential(nn.Linear(4, width), nn.SiLU(), nn.Linear(width, 2 * width))
        self.middle = nn.ModuleList(nn.Conv2d(2 * width, 2 * width, 3) for _ in range(size.depth))
        self.up = nn.ConvTranspose2d(2 * width, width, 2, stride=2)
        self.joined = nn.Conv2d(2 * width, width, 3)
        self.outward = nn.Conv2d(width, 3, 1)


class ReversedLinear(nn.Module):
    """y = x W + b, as some transformers store it."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.randn(inputs, outputs))
        self.bias = nn.Parameter(torch.zeros(outputs))


def found(build, small: Size = BASE, large: Size = LARGE, **settings) -> dict[str, Role]:
    return {name: row.role for name, row in roles(build, small, large, **settings).rows.items()}


def refusal(build, small: Size = BASE, large: Size = LARGE, **settings) -> str:
    with pytest.raises(ValueError, match=r".") as caught:
        roles(build, small, large, **settings)
    return str(caught.value)


def single(make):
    """`build` for one layer, made by the width."""
    return lambda size: nn.ModuleDict({"stem": nn.Linear(2, size.width), "it": make(size.width)})
