# The yardstick: a Transformer++ (Llama style: RMSNorm, rotary positions, SwiGLU) in float, and its int8 form.
import math
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import nn

from .quantize import rms_norm


@dataclass(frozen=True)
class TransformerConfig:
    """Four hidden x hidden and three hidden x intermediate matrices a layer, as the MLGRU has."""

    vocab: int
    hidden: int
    layers: int
    intermediate: int
    heads: int
    dropout: float = 0.0
    tied: bool = False


def rotary(length, width, device):
    """cos and sin [T, width / 2] of rotary positions, base 10000."""
    rates = 10000.0 ** (-torch.arange(0, width, 2, device=device, dtype=torch.float32) / width)
    angles = torch.arange(length, device=device, dtype=torch.float32)[:, None] * rates
    return angles.cos(), angles.sin()


def rotate(x, cos, sin):
    """x [B, heads, T, width] with the halves of its width as pairs."""
    a, b = x.chunk(2, dim=-1)
    return torch.cat([a * cos - b * sin, b * cos + a * sin], dim=-1)


def attend(q, k, v, dropout):
    """Causal attention; q, k, v [B, heads, T, width]."""
    if hasattr(F, "scaled_dot_product_attention"):
        half = [t.to(torch.bfloat16) for t in (q, k, v)] if q.is_cuda else (q, k, v)
        return F.scaled_dot_product_attention(*half, is_causal=True, dropout_p=dropout).to(q.dtype)
    scores = q @ k.transpose(-1, -2) / math.sqrt(q.shape[-1])
    later = torch.ones(q.shape[-2], k.shape[-2], dtype=torch.bool, device=q.device).triu(1)
    return F.dropout(torch.softmax(scores.masked_fill(later, float("-inf")), dim=-1), dropout) @ v


class TransformerLayer(nn.Module):
    def __init__(self, config):
        super().__init__()
        self.config = config
        hidden, inner = config.hidden, config.intermediate
        self.attn_norm = nn.Parameter(torch.ones(hidden))
        self.mlp_norm = nn.Parameter(torch.ones(hidden))
        self.qkv = nn.Parameter(torch.empty(3 * hidden, hidden))
        self.o = nn.Parameter(torch.empty(hidden, hidden))
        self.gate = nn.Parameter(torch.empty(2 * inner, hidden))
        self.down = nn.Parameter(torch.empty(hidden, inner))

    def forward(self, x, cos, sin):
        batch, length, hidden = x.shape
        heads, dropout = self.config.heads, self.config.dropout if self.training else 0.0
        qkv = F.linear(rms_norm(x, self.attn_norm), self.qkv)
        q, k, v = qkv.view(batch, length, 3, heads, hidden // heads).permute(2, 0, 3, 1, 4)
        mixed = attend(rotate(q, cos, sin), rotate(k, cos, sin), v, dropout)
        out = F.linear(mixed.transpose(1, 2).reshape(batch, length, hidden), self.o)
        x = x + F.dropout(out, dropout, self.training)
        a, b = F.linear(rms_norm(x, self.mlp_norm), self.gate).chunk(2, dim=-1)
        return x + F.dropout(F.linear(F.silu(a) * b, self.down), dropout, self.training)


class Transformer(nn.Module):
    """ids [B, T] -> logits [B, T, V]."""

    def __init__(self, config):
        super().__init__()
        self.config = config
        self.embedding = nn.Parameter(torch.empty(config.vocab, config.hidden))
        self.layers = nn.ModuleList([TransformerLayer(config) for _ in range(config.layers)])
        self.final_norm = nn.Parameter(torch.ones(config.hidden))
        if not config.tied:
            self.head = nn.Parameter(torch.empty(config.vocab, config.hidden))

    def initialize(self, generator):
        with torch.no_grad():
            for parameter in self.parameters():
                if parameter.dim() == 2:
                    parameter.normal_(0, 0.02, generator=generator)
            for layer in self.layers:
                for weight in (layer.o, layer.down):
                    weight.div_(math.sqrt(2 * self.config.layers))

    def forward(self, ids):
        x = F.dropout(F.embedding(ids, self.embedding), self.config.dropout, self.training)
        cos, sin = rotary(ids.shape[1], self.config.hidden // self.config.heads, ids.device)
        for layer in self.layers:
            x = layer(x, cos, sin)
        return F.linear(rms_norm(x, self.final_norm), self.embedding if self.config.tied else self.head)


def round_to_int8(model):
    """Rounds every matrix of the model to int8 with one scale a row, in place: what an int8 flash image holds."""
    with torch.no_grad():
        for parameter in model.parameters():
            if parameter.dim() == 2:
                unit = parameter.abs().amax(dim=1, keepdim=True).clamp(min=1e-8) / 127
                parameter.copy_(torch.round(parameter / unit) * unit)
    return model
