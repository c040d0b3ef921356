"""Two networks in plain torch, whose readout class can be exchanged for that of the mup package."""

import torch
from torch import nn

from spectra.scaling import Size

BASE, WIDER = Size(32, 1), Size(64, 1)
RATIOS = (2, 4, 8)


class Perceptron(nn.Module):
    def __init__(self, size: Size, readout=nn.Linear) -> None:
        super().__init__()
        self.embed = nn.Linear(8, size.width)
        self.hidden = nn.Linear(size.width, size.width)
        self.readout = readout(size.width, 5)


class Block(nn.Module):
    def __init__(self, width: int) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(width)
        self.query, self.key, self.value, self.out = (nn.Linear(width, width) for _ in range(4))
        self.up, self.down = nn.Linear(width, 4 * width), nn.Linear(4 * width, width)


class Transformer(nn.Module):
    def __init__(self, size: Size, readout=nn.Linear) -> None:
        super().__init__()
        self.tokens = nn.Embedding(11, size.width)
        self.positions = nn.Embedding(6, size.width)
        self.blocks = nn.ModuleList([Block(size.width)])
        self.readout = readout(size.width, 11, bias=False)


NETWORKS = {"perceptron": Perceptron, "transformer": Transformer}


def package_values() -> dict[str, dict[str, dict[str, float]]]:
    """What mup 1.0.0 does to every parameter, by network and ratio, then by name.

    `scale` is the factor on the initial deviation from a width of 32 to 32 * ratio, readout multiplier included: that
    of torch's own initialisation, which is fan_in^-1/2 for linear layers, times the rescaling of the package. `sgd` and
    `adam` are learning rates over the base rate, readout multiplier included, `adam_decay` the factor on the decay.
    """
    import mup

    found: dict[str, dict[str, dict[str, float]]] = {}
    for kind, network in NETWORKS.items():
        for ratio in RATIOS:
            model = network(Size(BASE.width * ratio, 1), mup.MuReadout)
            before = {name: tensor.detach().clone() for name, tensor in model.named_parameters()}
            mup.set_base_shapes(model, network(BASE, mup.MuReadout), delta=network(WIDER, mup.MuReadout))
            found[f"{kind} {ratio}"] = _values(model, before, mup)
    return found


def _values(model, before, mup) -> dict[str, dict[str, float]]:
    linear = {
        f"{path}.{name}"
        for path, part in model.named_modules()
        if isinstance(part, nn.Linear)
        for name in ("weight", "bias")
    }
    groups = {
        "sgd": mup.MuSGD(model.parameters(), lr=1.0, weight_decay=1.0).param_groups,
        "adam": mup.MuAdamW(model.parameters(), lr=1.0, weight_decay=1.0).param_groups,
    }
    of = {kind: {id(tensor): group for group in each for tensor in group["params"]} for kind, each in groups.items()}
    values = {}
    for name, tensor in model.named_parameters():
        factor = float((tensor.detach() / before[name]).nanmean()) if before[name].any() else 1.0
        fan_in = (
            model.get_submodule(name.rpartition(".")[0]).in_features / _base_fan_in(name) if name in linear else 1.0
        )
        multiplier = 1 / model.readout.width_mult() if name == "readout.weight" else 1.0
        values[name] = {
            "scale": factor * fan_in**-0.5 * multiplier,
            "sgd": of["sgd"][id(tensor)]["lr"] * multiplier**2,
            "adam": of["adam"][id(tensor)]["lr"] * multiplier,
            "adam_decay": of["adam"][id(tensor)]["weight_decay"] * of["adam"][id(tensor)]["lr"],
        }
    return values


def _base_fan_in(name: str) -> int:
    """Inputs of the layer of a parameter in the base network."""
    layer = name.rpartition(".")[0]
    base = (Perceptron if layer in ("embed", "hidden") else Transformer)(BASE)
    return BASE.width if layer == "readout" else base.get_submodule(layer).in_features


if __name__ == "__main__":
    import json
    from pathlib import Path

    torch.manual_seed(0)
    text = json.dumps(package_values(), indent=1, sort_keys=True)
    Path(__file__).with_name("mup_values.json").write_text(text + "\n")
