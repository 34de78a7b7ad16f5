# The unfused layer, which the fused one is measured against: the structure of the official plain BitLinear and its block.
#
# RMSNorm, fake-quantized activations and weights each written out in the model's own type, straight-through by detach, and
# F.linear on them (ops/bitnet.py of the official code, but with the eps of its fused twin, 1e-6: MODEL.md 4.2 E). The
# other operations are kernels of their own, as there.
import torch
import torch.nn.functional as F

from .bitlinear import EPS
from .unfused_ops import gated_norm, rms_norm, scan, swiglu


def activation_quant(x):
    scale = 127.0 / x.abs().max(dim=-1, keepdim=True).values.clamp_(min=1e-5)
    return (x * scale).round().clamp_(-128, 127) / scale


def weight_quant(w):
    scale = 1.0 / w.abs().mean().clamp_(min=1e-5)
    return (w * scale).round().clamp_(-1, 1) / scale


def bit_linear(x, weight, norm, eps=EPS, dtype=None):
    """
    x [..., cols] -> [..., n].

    `dtype`: the type in whose arithmetic the weight is rounded, where it is not its own: in a float32 run of a bfloat16
    model the trits have to be those of the bfloat16 weights.
    """
    y = rms_norm(x, norm, eps)
    y = y + (activation_quant(y) - y).detach()
    rounded = weight_quant(weight) if dtype is None else weight_quant(weight.detach().to(dtype)).to(weight.dtype)
    return F.linear(y, weight + (rounded - weight).detach())


def unfused_block(x, bound, p, eps=EPS, first=False, dtype=None):
    """Arguments as block.fused_block; `first`: layer 0, where the official code applies no bound."""
    u = rms_norm(x, p["attn_norm"], eps)
    i = bit_linear(u, p["i_proj"], p["i_norm"], eps, dtype)
    f = bit_linear(u, p["f_proj"], p["f_norm"], eps, dtype)
    f = f.sigmoid()
    if not first:
        f = bound + (1 - bound) * f
    i = swiglu(i, 1 - f)
    o = gated_norm(bit_linear(u, p["g_proj"], p["g_inner"], eps, dtype), scan(i, f), p["g_norm"], eps)
    del i, f, u
    o = bit_linear(o, p["o_proj"], p["o_norm"], eps, dtype)
    v, x = rms_norm(o, p["mlp_norm"], eps, x)
    del o
    a, b = bit_linear(v, p["gate_proj"], p["gate_norm"], eps, dtype).chunk(2, dim=-1)
    return x + bit_linear(swiglu(a, b), p["down_proj"], p["down_norm"], eps, dtype)
