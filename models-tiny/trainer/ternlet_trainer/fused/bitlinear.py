# fused_bitlinear: RMSNorm, int8 and ternary product of the MatMul-free language model as one differentiable operation.
#
# Kept for the backward pass: x, and 1 KB a weight. Recomputed there: norms, scales, int8 activations, trits.
import torch

from . import missing, reference, warn_once

EPS = 1e-6


def weight_gradient(d_out, rounded, dtype):
    """d_out [rows, n], rounded activations [rows, cols] -> [n, cols] in the weight's type."""
    return torch.mm(d_out.t(), rounded).to(dtype)


class _BitLinears(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, outer, inner, eps, row_scales, *weights):
        from . import norm, product, weight

        q, unit = norm.norm_quantize(x, outer, inner, eps, eps)
        outs, parts = [], []
        for branch, latent in enumerate(weights):
            parts.append(weight.sum_magnitudes(latent))
            trits, scale = weight.trits_of(latent, parts[-1], row_scales)
            outs.append(product.product(q[branch], unit[branch], trits, scale, x.dtype))
        ctx.save_for_backward(x, outer, inner, *weights, *parts)
        ctx.eps, ctx.row_scales = eps, row_scales
        return tuple(outs)

    @staticmethod
    def backward(ctx, *d_outs):
        from . import norm, weight

        x, outer, inner, *rest = ctx.saved_tensors
        weights, parts = rest[: len(rest) // 2], rest[len(rest) // 2 :]
        d_outs = [d.contiguous() for d in d_outs]
        dy = torch.empty(len(weights), *x.shape, dtype=x.dtype, device=x.device)
        for branch, latent in enumerate(weights):
            torch.mm(d_outs[branch], weight.rounded_weight(latent, parts[branch], x.dtype, ctx.row_scales), out=dy[branch])
        dx, d_outer, d_inner = norm.norm_backward(x, outer, inner, dy, None, ctx.eps, ctx.eps)
        d_weights = [weight_gradient(d, dy[branch], weights[branch].dtype) for branch, d in enumerate(d_outs)]
        return dx, None if outer is None else d_outer.to(outer.dtype), d_inner.to(inner.dtype), None, None, *d_weights


def fused_bitlinears(x, branches, outer=None, eps=EPS, row_scales=False):
    """
    One to three BitLinears of the same input: x [..., cols] -> a tuple of [..., n_k].

    branches: pairs (weight [n_k, cols], norm weight [cols]). `outer` [cols]: weight of an RMSNorm before them all, folded
    into the same kernel. `row_scales`: one scale a row of a weight rather than one a weight. Any shape; float32 or bfloat16
    x, weights of either type. Without a GPU or Triton, plain torch does the same, and a warning says so once.
    """
    why = missing(x)
    if why:
        warn_once(why)
        y = x if outer is None else reference.rms_norm(x, outer, eps)
        return tuple(reference.bit_linear(y, weight, norm, eps, row_scales) for weight, norm in branches)
    flat = x.reshape(-1, x.shape[-1]).contiguous()
    inner = torch.stack([norm for _, norm in branches])
    weights = [weight.contiguous() for weight, _ in branches]
    outs = _BitLinears.apply(flat, outer, inner, eps, row_scales, *weights)
    return tuple(out.view(*x.shape[:-1], -1) for out in outs)


def fused_bitlinear(x, weight, norm, outer=None, eps=EPS, row_scales=False):
    """One BitLinear: see fused_bitlinears."""
    return fused_bitlinears(x, [(weight, norm)], outer, eps, row_scales)[0]
