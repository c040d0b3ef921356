"""What a forward pass does with the parameters of a module, call by call."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from inspect import BoundArguments
from typing import Any

import torch
from torch import Tensor
from torch.autograd.graph import GradientEdge, get_gradient_edge
from torch.nn import functional
from torch.overrides import TorchFunctionMode

from spectra.kernels.attention_calls import SIGNATURE, projected_attention
from spectra.kernels.batch_layout import Layout
from spectra.kernels.derivative_parts import Part
from spectra.kernels.known_operations import OPERATIONS, Operation
from spectra.kernels.weight_aliases import Alias, alias_of

ROLES = ("weight", "bias", "other")


@dataclass(frozen=True)
class Call:
    """One call of a known operation with trainable parameters."""

    operation: Operation
    label: str  # name of the function
    given: Mapping[str, Any]  # its arguments, without graphs
    aliases: Mapping[str, Alias]  # role -> the parameter
    edge: GradientEdge  # of the output at the time of the call: what is done to it in place afterwards does not matter
    shape: torch.Size  # of the output
    versions: Mapping[str, int]  # of its arguments at the time of the call

    @property
    def roles(self) -> dict[str, str]:
        """Role -> name of the parameter."""
        return {role: alias.name for role, alias in self.aliases.items()}

    def derivatives(self, gradients: Tensor, layout: Layout) -> dict[str, Part]:
        """Derivatives in the parameters, by their roles, from gradients (k, *shape).

        Raises:
            ValueError: If an argument has been changed in place since.
        """
        for name, version in self.versions.items():
            if self.given[name]._version != version:
                raise ValueError(
                    f"the {name} of {self.label}, which uses {', '.join(self.roles.values())}, was changed in place "
                    "afterwards, and what it was is lost; set inplace=False in the layer that does so, or clone it"
                )
        parts = self.operation.derivatives(self.given, gradients, layout)
        return {role: alias.derivatives(parts[role]) for role, alias in self.aliases.items()}


class Recorder(TorchFunctionMode):
    """Inside, calls that use trainable parameters are written down, whichever module or function makes them."""

    def __init__(self, parameters: Mapping[str, Tensor]) -> None:
        super().__init__()
        self.known = {id(tensor): Alias(tensor, name) for name, tensor in parameters.items()}
        self.calls: list[Call] = []
        self.opaque: dict[str, str] = {}  # parameter that another function uses -> name of the function

    def __torch_function__(
        self,
        func: Callable[..., Any],
        types: Sequence[type],
        args: Sequence[Any] = (),
        kwargs: Mapping[str, Any] | None = None,
    ) -> Any:
        """What the function returns."""
        if func is functional.multi_head_attention_forward:
            return self._attention(SIGNATURE.bind(*args, **(kwargs or {})))
        return self._called(func, args, kwargs or {})

    def _attention(self, given: BoundArguments) -> Any:
        for key in ("bias_k", "bias_v"):
            if id(given.arguments.get(key)) in self.known:
                self.opaque[self.known[id(given.arguments[key])].name] = "multi_head_attention_forward"
        return projected_attention(self._linear, given)

    def _linear(self, inputs: Tensor, weight: Tensor, bias: Tensor | None) -> Tensor:
        found: Tensor = self._called(functional.linear, (inputs, weight, bias), {})
        return found

    def _called(self, func: Callable[..., Any], args: Sequence[Any], kwargs: Mapping[str, Any]) -> Any:
        output = func(*args, **kwargs)
        used = {self.known[id(leaf)].name for leaf in _tensors((args, kwargs)) if id(leaf) in self.known}
        if not used or not any(tensor.requires_grad for tensor in _tensors(output)):
            return output
        if (alias := None if kwargs else alias_of(func, args, output, self.known)) is not None:
            self.known[id(output)] = alias
            return output
        call = self._call(func, args, kwargs, output)
        if call is not None:
            self.calls.append(call)
        for name in used - set(() if call is None else call.roles.values()):
            self.opaque[name] = getattr(func, "__name__", str(func))
        return output

    def _call(
        self, func: Callable[..., Any], args: Sequence[Any], kwargs: Mapping[str, Any], output: Any
    ) -> Call | None:
        """The call, if its operation is known and uses parameters in the places that it has for them."""
        operation = OPERATIONS.get(func)
        if operation is None or not isinstance(output, Tensor) or set(kwargs) - {*operation.names, "alpha"}:
            return None
        if output.is_complex():
            return None  # derivatives in a real parameter are real parts, which operations do not know of
        if "other" in operation.names and not kwargs and id(args[0]) in self.known:
            args = args[::-1]  # sums and products commute
        given = dict(operation.defaults) | dict(zip(operation.names, args, strict=False)) | dict(kwargs)
        aliases = {role: self.known[id(given[role])] for role in ROLES if id(given.get(role)) in self.known}
        if not aliases or not isinstance(given.get("input"), Tensor) or given.get("scale_grad_by_freq"):
            return None
        plain = {name: value.detach() if isinstance(value, Tensor) else value for name, value in given.items()}
        versions = {name: value._version for name, value in plain.items() if isinstance(value, Tensor)}
        label = getattr(func, "__name__", str(func))
        return Call(operation, label, plain, aliases, get_gradient_edge(output), output.shape, versions)


def _tensors(nested: Any) -> Iterator[Tensor]:
    if isinstance(nested, Tensor):
        yield nested
    elif isinstance(nested, (list, tuple)):
        for one in nested:
            yield from _tensors(one)
    elif isinstance(nested, Mapping):
        yield from _tensors(list(nested.values()))
