# What the fused kernels mean, in plain torch with autograd: the reference of check.py and the way without a GPU.
#
# Source: MODEL.md 4 and 5, after the official code. Rounding passes gradients as if it were not there (10); a product's
# gradients use the rounded activations and the rounded weights.
import torch
import torch.nn.functional as F

EPS = 1e-6
LEAST = 1e-5


def rms_norm(x, weight, eps=EPS):
    wide = x.float() if x.dtype in (torch.bfloat16, torch.float16) else x
    y = wide * torch.rsqrt(wide.square().mean(dim=-1, keepdim=True) + eps) * weight.to(wide.dtype)
    return y.to(x.dtype)


def quantize_rows(y):
    """The integers of each row in [-127, 127], as floats, and the size of one step [..., 1]."""
    most = y.abs().amax(dim=-1, keepdim=True).clamp(min=LEAST)
    return torch.round(y * (127.0 / most)), most / 127.0


def ternarize(weight, row_scales=False, dtype=None):
    """
    Trits of weight [n, cols] as floats, and their scale: 0-d, or [n, 1] a row.

    The arithmetic is that of `dtype` (the weight's own), every result rounded to it, as the official weight_quant has it:
    which weights become 0 depends on it.
    """
    own = weight.detach().to(dtype or weight.dtype)
    magnitude = own.float().abs() if own.dtype != torch.float64 else own.abs()
    mean = magnitude.mean(dim=1, keepdim=True) if row_scales else magnitude.mean()
    mean = mean.to(own.dtype).clamp(min=LEAST)
    inverse = 1.0 / mean
    trits = torch.round(own * inverse).clamp(-1, 1)
    return trits.to(weight.dtype), (1.0 / inverse).to(weight.dtype)


def straight_through(value, rounded):
    return value + (rounded - value).detach()


def bit_linear(x, weight, norm, eps=EPS, row_scales=False, dtype=None):
    """x [..., cols] -> [..., n]: RMSNorm with weight `norm` [cols], int8 a row, product with the trits of weight [n, cols]."""
    y = rms_norm(x, norm, eps)
    q, unit = quantize_rows(y)
    trits, scale = ternarize(weight, row_scales, dtype)
    return F.linear(straight_through(y, (q * unit).to(y.dtype)), straight_through(weight, trits * scale))


def swiglu(a, b):
    return F.silu(a) * b


def scan(gate, value):
    """h_t = gate_t * h_{t-1} + value_t over dimension 1 of [batch, time, channels]; h before the first step is 0."""
    h, out = torch.zeros_like(value[:, 0]), []
    for t in range(value.shape[1]):
        h = gate[:, t] * h + value[:, t]
        out.append(h)
    return torch.stack(out, dim=1)


def gated_scan(i, f, bound):
    """The recurrence from the pre-activations: forget gate with lower bound [channels], input SiLU(i) * (1 - gate)."""
    gate = bound + (1 - bound) * torch.sigmoid(f)
    return scan(gate, F.silu(i) * (1 - gate))


def block(x, bound, p, eps=EPS, dtype=None):
    """One block of MODEL.md 5: x [batch, time, hidden], bound [hidden], p: parameters by the names of block.py."""
    u = rms_norm(x, p["attn_norm"], eps)
    i = bit_linear(u, p["i_proj"], p["i_norm"], eps, dtype=dtype)
    f = bit_linear(u, p["f_proj"], p["f_norm"], eps, dtype=dtype)
    g = bit_linear(u, p["g_proj"], p["g_inner"], eps, dtype=dtype)
    o = rms_norm(g, p["g_norm"], eps) * F.silu(gated_scan(i, f, bound))
    x = x + bit_linear(o, p["o_proj"], p["o_norm"], eps, dtype=dtype)
    v = rms_norm(x, p["mlp_norm"], eps)
    a, b = bit_linear(v, p["gate_proj"], p["gate_norm"], eps, dtype=dtype).chunk(2, dim=-1)
    return x + bit_linear(swiglu(a, b), p["down_proj"], p["down_norm"], eps, dtype=dtype)
