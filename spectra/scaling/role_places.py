"""Where the parameters of a module are used."""

from __future__ import annotations

from dataclasses import dataclass

from torch import nn
from torch.nn.parameter import is_lazy


@dataclass(frozen=True, eq=False)
class Place:
    """A parameter at one of the places where it is used; a tied one has several.

    Attributes:
        name: Full name, as in `named_parameters(remove_duplicate=False)`.
        owner: The module that holds it directly.
        attribute: Its name there.
        parameter: The tensor.
    """

    name: str
    owner: nn.Module
    attribute: str
    parameter: nn.Parameter

    @property
    def path(self) -> str:
        """Path of the owner; empty for the network itself."""
        return self.name.removesuffix(self.attribute).removesuffix(".")

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of the tensor."""
        return tuple(self.parameter.shape)

    @property
    def layer(self) -> str:
        """Name of the owner's class."""
        return type(self.owner).__name__

    @property
    def groups(self) -> int:
        """Groups of a convolution."""
        return int(getattr(self.owner, "groups", 1))


def places(module: nn.Module) -> dict[str, Place]:
    """Every place of every parameter by its full name, tied ones several times, in the order of `named_parameters`.

    Raises:
        ValueError: If a parameter has no shape yet.
    """
    found = [
        Place(f"{path}.{attribute}" if path else attribute, owner, attribute, parameter)
        for path, owner in module.named_modules(remove_duplicate=False)
        for attribute, parameter in owner.named_parameters(recurse=False, remove_duplicate=False)
    ]
    lazy = [place.name for place in found if is_lazy(place.parameter)]
    if lazy:
        raise ValueError(
            f"the parameters {', '.join(lazy[:5])} have no shape before a first forward pass; let `build` run one "
            "on a small batch before it returns the module"
        )
    return {place.name: place for place in found}
