# The model of the benchmark: one set of parameters, walked by the fused layer or by the unfused one.
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import nn

from . import reference
from .bitlinear import EPS, fused_bitlinear
from .block import MATRICES, NAMES, fused_block


@dataclass(frozen=True)
class Shape:
    """Sizes of a model; the standard ones are those of the published 1.3B model."""

    hidden: int = 2048
    intermediate: int = 5632
    layers: int = 24
    vocab: int = 32000

    def size_of(self, name):
        """Shape of a block's parameter by its name in block.NAMES."""
        if name not in MATRICES:
            return (self.intermediate,) if name == "down_norm" else (self.hidden,)
        if name == "gate_proj":
            return (2 * self.intermediate, self.hidden)
        return (self.hidden, self.intermediate if name == "down_proj" else self.hidden)


def block_parameters(shape, dtype, device):
    """Parameters of one block by name, matrices as the official initialization spreads them, norms around 1."""
    made = {}
    for name in NAMES:
        value = torch.randn(shape.size_of(name), device=device)
        value = value * 0.02 if name in MATRICES else 1 + 0.1 * value
        made[name] = nn.Parameter(value.to(dtype))
    return made


def float_mean(x):
    """
    The mean of all values, summed in float32 whatever the type of x: a sum in bfloat16 keeps two or three digits.

    Not Tensor.mean, whose backward pass makes a float32 copy of the shape of x.
    """
    return x.sum(dtype=torch.float32) / x.numel()


class Model(nn.Module):
    """Embedding, blocks, final norm and head, or the blocks and the final norm only (`stack`)."""

    def __init__(self, shape, dtype, device, stack=False):
        super().__init__()
        self.shape, self.stack = shape, stack
        self.blocks = nn.ModuleList(nn.ParameterDict(block_parameters(shape, dtype, device)) for _ in range(shape.layers))
        self.lower_bounds = nn.Parameter(torch.zeros(shape.layers, shape.hidden, dtype=dtype, device=device))
        self.norm = nn.Parameter(torch.ones(shape.hidden, dtype=dtype, device=device))
        if not stack:
            table = torch.randn(shape.vocab, shape.hidden, device=device) * 0.02
            self.embeddings = nn.Parameter(table.to(dtype))
            self.head = nn.Parameter((torch.randn(shape.vocab, shape.hidden, device=device) * 0.02).to(dtype))
            self.head_norm = nn.Parameter(torch.ones(shape.hidden, dtype=dtype, device=device))

    def bounds(self):
        shares = self.lower_bounds.softmax(dim=0)
        return shares.cumsum(dim=0) - shares[0]

    def stream(self, x, fused, keep_gates):
        """x [batch, time, hidden] through the blocks; the first `keep_gates` fused ones keep their gate_proj output."""
        if not fused:
            from .unfused import unfused_block
        bounds = self.bounds()
        for layer, p in enumerate(self.blocks):
            if fused:
                x = fused_block(x, bounds[layer], p, EPS, keep_gate=layer < keep_gates)
            else:
                x = unfused_block(x, bounds[layer], p, EPS, first=layer == 0)
        return x

    def loss(self, inputs, labels, fused, keep_gates=0):
        """
        Full model: inputs token numbers [batch, time], labels [batch * time]; the mean cross entropy.
        Stack: inputs [batch, time, hidden], labels unused; the mean of the normed output, whose values have a root mean
        square of 1, so that two means are compared by their difference. As good as any for timing.
        """
        from .loss import cross_entropy
        from .unfused import bit_linear
        from .unfused_ops import rms_norm

        if self.stack:
            return float_mean(rms_norm(self.stream(inputs, fused, keep_gates), self.norm, EPS))
        x = self.stream(F.embedding(inputs, self.embeddings), fused, keep_gates)
        if fused:
            logits = fused_bitlinear(x, self.head, self.head_norm, outer=self.norm)
        else:
            logits = bit_linear(rms_norm(x, self.norm, EPS), self.head, self.head_norm, EPS)
        return cross_entropy(logits.view(-1, self.shape.vocab), labels)


def reference_loss(model, inputs, labels):
    """The same loss by reference.py in plain torch, for small models."""
    x = F.embedding(inputs, model.embeddings)
    for bound, p in zip(model.bounds(), model.blocks):
        x = reference.block(x, bound, p, EPS)
    x = reference.rms_norm(x, model.norm, EPS)
    return F.cross_entropy(reference.bit_linear(x, model.head, model.head_norm, EPS).view(-1, model.shape.vocab), labels)
