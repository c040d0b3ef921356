"""Operations in a form that has the right derivatives of every order."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import torch
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.overrides import TorchFunctionMode


class _PlainWeightNorm(TorchFunctionMode):
    """Inside, weights are normalised in plain operations: the fused one of torch has a wrong second derivative.

    With torch 2.13 the Hessian of one such layer was wrong by 93 percent, and no error was raised.
    """

    def __torch_function__(
        self, func: Callable[..., Any], types: Sequence[type], args: Sequence[Any] = (), kwargs: Any = None
    ) -> Any:
        """What the function returns; of `torch._weight_norm` by its definition g v / |v|."""
        if func is not torch._weight_norm:
            return func(*args, **(kwargs or {}))
        v, g, *rest = args
        dim = rest[0] if rest else (kwargs or {}).get("dim", 0)
        others = [axis for axis in range(v.ndim) if axis != dim]  # for the dim -1 of torch, all of them
        return v * (g / v.square().sum(others, keepdim=True).sqrt())


@contextmanager
def plain_operations() -> Iterator[None]:
    """Inside, attention and normalised weights are computed in plain operations.

    The fused kernels of `scaled_dot_product_attention`, also inside `nn.MultiheadAttention`, have no second derivative
    and no forward one; the fast path of the latter turns padded inputs into nested ones, which layers that train do not
    take.
    """
    fast = torch.backends.mha.get_fastpath_enabled()
    torch.backends.mha.set_fastpath_enabled(False)
    try:
        with sdpa_kernel(SDPBackend.MATH), _PlainWeightNorm():
            yield
    finally:
        torch.backends.mha.set_fastpath_enabled(fast)
