# The MatMul-free language model (arXiv 2406.02528) as it is trained: MODEL.md 5, with the declared extensions.
import math
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import nn

from .quantize import bit_linear, digitize, rms_norm, ternarize
from .scan import scan


@dataclass(frozen=True)
class MlgruConfig:
    """Shape of a model; the last five are this project's (docs/integer.md), all but `tied_norms` extensions of the official one."""

    vocab: int
    hidden: int
    layers: int
    intermediate: int
    lower_bound: bool = True
    #: 0: a float embedding and a ternary lm_head; else both are one table of so many balanced ternary digits.
    embedding_digits: int = 0
    #: One scale a row of every matrix, trained; needed for more than one digit.
    row_scales: bool = False
    #: Balanced ternary digits of a weight of the layers' matrices.
    weight_digits: int = 1
    #: One norm for i, f and g: their three tensors are equal.
    tied_norms: bool = True


class BitLinear(nn.Module):
    """One or more matrices [rows, cols] of trits, or of several balanced ternary digits a weight, behind one norm."""

    def __init__(self, cols, row_counts, config):
        super().__init__()
        self.norm = nn.Parameter(torch.ones(cols))
        self.weights = nn.ParameterList([nn.Parameter(torch.empty(rows, cols)) for rows in row_counts])
        self.gain = nn.Parameter(torch.ones(sum(row_counts))) if config.row_scales else None
        self.digits = config.weight_digits

    def whole(self):
        """Whole numbers [rows, cols] and their scale [rows], without gain."""
        parts = []
        for weight in self.weights:
            if self.gain is None:
                trits, scale = ternarize(weight.detach())
            else:
                trits, scale = digitize(weight.detach(), self.digits)
            parts.append((trits, scale.reshape(-1).expand(weight.shape[0])))
        return torch.cat([trits for trits, _ in parts]), torch.cat([scale for _, scale in parts])

    def forward(self, x):
        latent = self.weights[0] if len(self.weights) == 1 else torch.cat(list(self.weights))
        return bit_linear(x, self.norm, latent, *self.whole(), self.gain)


class Layer(nn.Module):
    def __init__(self, config):
        super().__init__()
        hidden, inner = config.hidden, config.intermediate
        self.config = config
        self.attn_norm = nn.Parameter(torch.ones(hidden))
        self.mlp_norm = nn.Parameter(torch.ones(hidden))
        self.g_norm = nn.Parameter(torch.ones(hidden))
        rows = [hidden, hidden, hidden]
        if config.tied_norms:
            self.ifg = nn.ModuleList([BitLinear(hidden, rows, config)])
        else:
            self.ifg = nn.ModuleList([BitLinear(hidden, [n], config) for n in rows])
        self.o = BitLinear(hidden, [hidden], config)
        self.gate = BitLinear(hidden, [2 * inner], config)
        self.down = BitLinear(inner, [hidden], config)

    def forward(self, x, bound, keep):
        u = rms_norm(x, self.attn_norm)
        outs = [linear(u) for linear in self.ifg]
        i, f, g = outs[0].chunk(3, dim=-1) if len(outs) == 1 else outs
        open_ = torch.sigmoid(f)
        if bound is not None:
            open_ = bound + (1 - bound) * open_
        state = scan(open_ * keep, F.silu(i) * (1 - open_))
        x = x + self.o(rms_norm(g, self.g_norm) * F.silu(state))
        a, b = self.gate(rms_norm(x, self.mlp_norm)).chunk(2, dim=-1)
        return x + self.down(F.silu(a) * b)


class Mlgru(nn.Module):
    """ids [B, T] -> logits [B, T, V]. Where an id is 0, a text starts: nothing before it is remembered."""

    def __init__(self, config):
        super().__init__()
        self.config = config
        self.embedding = nn.Parameter(torch.empty(config.vocab, config.hidden))
        self.layers = nn.ModuleList([Layer(config) for _ in range(config.layers)])
        self.final_norm = nn.Parameter(torch.ones(config.hidden))
        self.head_norm = nn.Parameter(torch.ones(config.hidden))
        if not config.embedding_digits:
            self.head = nn.Parameter(torch.empty(config.vocab, config.hidden))
        if config.lower_bound:
            self.lower_bounds = nn.Parameter(torch.zeros(config.layers, config.hidden))

    def initialize(self, generator):
        """MODEL.md 10: xavier with gain 2^-2.5 in the mixer, normal 0.02 elsewhere, down_proj / sqrt(2L)."""
        with torch.no_grad():
            for layer in self.layers:
                for linear in [*layer.ifg, layer.o]:
                    for weight in linear.weights:
                        limit = 2**-2.5 * math.sqrt(6 / (weight.shape[0] + weight.shape[1]))
                        weight.uniform_(-limit, limit, generator=generator)
                layer.gate.weights[0].normal_(0, 0.02, generator=generator)
                layer.down.weights[0].normal_(0, 0.02 / math.sqrt(2 * self.config.layers), generator=generator)
            self.embedding.normal_(0, 0.02, generator=generator)
            if not self.config.embedding_digits:
                self.head.normal_(0, 0.02, generator=generator)

    def bounds(self):
        """1 - floor of the forget gate is left over: [L, H], row 0 is 0. MODEL.md 5."""
        shares = torch.softmax(self.lower_bounds, dim=0)
        return torch.cumsum(shares, dim=0) - shares[:1]

    def tables(self):
        """The embedding as it is looked up, and (latent, whole numbers, scale) of the lm_head."""
        if not self.config.embedding_digits:
            trits, scale = ternarize(self.head.detach())
            return self.embedding, (self.head, trits, scale.reshape(-1).expand(self.config.vocab))
        whole, scale = digitize(self.embedding.detach(), self.config.embedding_digits)
        looked_up = self.embedding + (whole * scale - self.embedding).detach()
        return looked_up, (self.embedding, whole, scale.reshape(-1))

    def forward(self, ids):
        table, (latent, whole, scale) = self.tables()
        x = F.embedding(ids, table)
        keep = (ids != 0).unsqueeze(-1).to(x.dtype)
        bounds = self.bounds() if self.config.lower_bound else None
        for i, layer in enumerate(self.layers):
            x = layer(x, bounds[i] if bounds is not None and i > 0 else None, keep)
        return bit_linear(rms_norm(x, self.final_norm), self.head_norm, latent, whole, scale)
