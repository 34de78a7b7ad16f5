# A whole block of the MatMul-free language model as one differentiable operation that keeps five activations for its backward pass.
#
# Kept per token, in the model's type: x, the pre-activations of i, f and g, and the stream between the two halves
# (5 * hidden values; the official layer keeps 27 * hidden and copies of its weights). Recomputed: both norms of everything, int8 activations,
# the recurrence, and the output of gate_proj by its int8 product, unless `keep_gate` keeps it (2 * intermediate more).
import torch

from . import missing, reference, warn_once
from .bitlinear import EPS, weight_gradient

#: The parameters of a block by name, in the order in which the operation takes them.
NAMES = (
    "attn_norm", "i_norm", "f_norm", "g_inner", "i_proj", "f_proj", "g_proj", "g_norm", "o_norm", "o_proj",
    "mlp_norm", "gate_norm", "gate_proj", "down_norm", "down_proj",
)  # fmt: skip
MATRICES = ("i_proj", "f_proj", "g_proj", "o_proj", "gate_proj", "down_proj")


def _gate_output(mid, p, parts, eps):
    from . import norm, product, weight

    q, unit = norm.norm_quantize(mid, p["mlp_norm"], p["gate_norm"][None], eps, eps)
    trits, scale = weight.trits_of(p["gate_proj"], parts)
    return product.product(q[0], unit[0], trits, scale, mid.dtype)


def _forward(x, bound, p, batch, eps):
    from . import gates, norm, product, recurrence, weight

    parts = {name: weight.sum_magnitudes(p[name]) for name in MATRICES}
    inner = torch.stack([p["i_norm"], p["f_norm"], p["g_inner"]])
    q, unit = norm.norm_quantize(x, p["attn_norm"], inner, eps, eps)
    acts = torch.empty(3, x.shape[0], p["i_proj"].shape[0], dtype=x.dtype, device=x.device)
    for branch, name in enumerate(MATRICES[:3]):
        trits, scale = weight.trits_of(p[name], parts[name])
        product.product(q[branch], unit[branch], trits, scale, x.dtype, out=acts[branch])
    del q
    h = recurrence.recurrence(acts[0], acts[1], bound, batch)
    q, unit = gates.gate_norm_quantize(acts[2], h, p["g_norm"], p["o_norm"], eps, eps)
    del h
    mid = product.product(q, unit, *weight.trits_of(p["o_proj"], parts["o_proj"]), x.dtype, residual=x)
    ab = _gate_output(mid, p, parts["gate_proj"], eps)
    q, unit = gates.swiglu_quantize(ab, p["down_norm"], eps)
    out = product.product(q, unit, *weight.trits_of(p["down_proj"], parts["down_proj"]), x.dtype, residual=mid)
    return out, acts, mid, ab, [parts[name] for name in MATRICES]


def _mlp_backward(d_out, mid, ab, p, parts, eps, d):
    """Gradient of `mid`; ab is used up. Parameter gradients go into d."""
    from . import gates, norm, weight

    dy = torch.mm(d_out, weight.rounded_weight(p["down_proj"], parts["down_proj"], d_out.dtype))
    d["down_norm"] = gates.swiglu_backward(ab, p["down_norm"], dy, eps)
    d["down_proj"] = weight_gradient(d_out, dy, p["down_proj"].dtype)
    del dy
    dv = torch.mm(ab, weight.rounded_weight(p["gate_proj"], parts["gate_proj"], d_out.dtype))[None]
    d_mid, d["mlp_norm"], d_inner = norm.norm_backward(mid, p["mlp_norm"], p["gate_norm"][None], dv, d_out, eps, eps)
    d["gate_norm"] = d_inner[0]
    d["gate_proj"] = weight_gradient(ab, dv[0], p["gate_proj"].dtype)
    return d_mid


def _attention_backward(d_mid, x, bound, acts, p, parts, batch, eps, d):
    """Gradients of x and of the bound. Parameter gradients go into d."""
    from . import gates, norm, recurrence, weight

    dy = torch.mm(d_mid, weight.rounded_weight(p["o_proj"], parts["o_proj"], d_mid.dtype))
    h = recurrence.recurrence(acts[0], acts[1], bound, batch)
    d_acts = torch.empty_like(acts)
    dh, d["g_norm"], d["o_norm"] = gates.gate_norm_backward(
        acts[2], h, p["g_norm"], p["o_norm"], dy, d_acts[2], eps, eps
    )
    d["o_proj"] = weight_gradient(d_mid, dy, p["o_proj"].dtype)
    del dy
    d_bound = recurrence.recurrence_backward(acts[0], acts[1], bound, h, dh, d_acts[0], d_acts[1], batch)
    del h, dh
    dy = torch.empty(3, *x.shape, dtype=x.dtype, device=x.device)
    for branch, name in enumerate(MATRICES[:3]):
        torch.mm(d_acts[branch], weight.rounded_weight(p[name], parts[name], x.dtype), out=dy[branch])
    inner = torch.stack([p["i_norm"], p["f_norm"], p["g_inner"]])
    dx, d["attn_norm"], d_inner = norm.norm_backward(x, p["attn_norm"], inner, dy, d_mid, eps, eps)
    d["i_norm"], d["f_norm"], d["g_inner"] = d_inner
    for branch, name in enumerate(MATRICES[:3]):
        d[name] = weight_gradient(d_acts[branch], dy[branch], p[name].dtype)
    return dx, d_bound


class _Block(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, bound, eps, keep_gate, *parameters):
        batch, shape = x.shape[0], x.shape
        flat = x.reshape(-1, shape[-1])
        out, acts, mid, ab, parts = _forward(flat, bound, dict(zip(NAMES, parameters)), batch, eps)
        ctx.save_for_backward(x, bound, acts, mid, ab if keep_gate else None, *parts, *parameters)
        ctx.eps = eps
        return out.view(shape)

    @staticmethod
    def backward(ctx, d_out):
        x, bound, acts, mid, ab, *rest = ctx.saved_tensors
        parts = dict(zip(MATRICES, rest[: len(MATRICES)]))
        p = dict(zip(NAMES, rest[len(MATRICES) :]))
        shape, batch = x.shape, x.shape[0]
        x = x.reshape(-1, shape[-1])
        d_out = d_out.reshape(x.shape).contiguous()
        d = {}
        if ab is None:
            ab = _gate_output(mid, p, parts["gate_proj"], ctx.eps)
        # A kept `ab` is overwritten here by its gradient, so the graph cannot be walked twice.
        d_mid = _mlp_backward(d_out, mid, ab, p, parts, ctx.eps, d)
        del ab, d_out
        dx, d_bound = _attention_backward(d_mid, x, bound, acts, p, parts, batch, ctx.eps, d)
        return (dx.view(shape), d_bound.to(bound.dtype), None, None, *(d[name].to(p[name].dtype) for name in NAMES))


def fused_block(x, bound, p, eps=EPS, keep_gate=False):
    """
    One block: x [batch, time, hidden] -> the same shape. bound [hidden]: lower bound of the forget gate (zeros in layer 0).

    p: parameters by NAMES; `i_norm`, `f_norm`, `g_inner`, `o_norm`, `gate_norm`, `down_norm` are the norms inside the
    BitLinears, `g_norm` the gated one. Meaning: reference.block. Its backward pass may run once only.
    """
    why = missing(x)
    if why:
        warn_once(why)
        return reference.block(x, bound, p, eps)
    return _Block.apply(x.contiguous(), bound, eps, keep_gate, *(p[name] for name in NAMES))
