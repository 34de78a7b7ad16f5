# What the device rounds, as training sees it: int8 activations, trits, balanced ternary digits; straight-through gradients.
#
# Source: MODEL.md 4.2 (FusedBitLinear). Gradients pass every rounding as if it were not there; a product's gradient uses the
# rounded activations and the rounded weights, as the official backward pass does.
import torch

try:
    import triton
    import triton.language as tl
except ImportError:  # No GPU, or Debian's torch: plain torch serves.
    triton = None

EPS = 1e-6
LEAST = 1e-5

#: Step of the digits of an embedding row, as a share of the row's mean magnitude: near the best uniform step for a
#: normal distribution with 3, 9 and 27 levels.
DIGIT_STEPS = {1: 1.0, 2: 0.66, 3: 0.27}


def round_half_away(x):
    return torch.sign(x) * torch.floor(x.abs() + 0.5)


def ternarize(weight, per_row=False):
    """Trits (float, in {-1, 0, 1}) of weight [rows, cols] and their scale: one number, or [rows, 1] per row."""
    magnitude = weight.abs()
    scale = magnitude.mean(dim=1, keepdim=True) if per_row else magnitude.mean()
    scale = scale.clamp(min=LEAST)
    return torch.round(weight / scale).clamp_(-1, 1), scale


def digitize(table, digits):
    """Integers of `digits` balanced ternary digits for table [rows, cols], and the scale [rows, 1] of each row."""
    most = (3**digits - 1) // 2
    scale = (table.abs().mean(dim=1, keepdim=True) * DIGIT_STEPS[digits]).clamp(min=LEAST)
    return torch.round(table / scale).clamp_(-most, most), scale


if triton is not None:

    @triton.jit
    def _norm_quantize(x_ptr, w_ptr, q_ptr, r_ptr, s_ptr, width, eps, BLOCK: tl.constexpr):
        row = tl.program_id(0).to(tl.int64)
        column = tl.arange(0, BLOCK)
        mask = column < width
        x = tl.load(x_ptr + row * width + column, mask=mask, other=0.0)
        w = tl.load(w_ptr + column, mask=mask, other=0.0)
        r = 1.0 / tl.sqrt(tl.sum(x * x, axis=0) / width + eps)
        y = x * r * w
        unit = tl.maximum(tl.max(tl.abs(y), axis=0), 1e-5) / 127.0
        scaled = y / unit
        q = tl.where(scaled < 0, -tl.floor(-scaled + 0.5), tl.floor(scaled + 0.5))
        tl.store(q_ptr + row * width + column, q, mask=mask)
        tl.store(r_ptr + row, r)
        tl.store(s_ptr + row, unit)

    @triton.jit
    def _norm_backward(x_ptr, w_ptr, r_ptr, dy_ptr, dx_ptr, dw_ptr, rows, width, per, BLOCK: tl.constexpr):
        column = tl.arange(0, BLOCK)
        mask = column < width
        w = tl.load(w_ptr + column, mask=mask, other=0.0)
        dw = tl.zeros([BLOCK], dtype=tl.float32)
        first = tl.program_id(0) * per
        for i in range(0, per):
            row = (first + i).to(tl.int64)
            inside = mask & (row < rows)
            x = tl.load(x_ptr + row * width + column, mask=inside, other=0.0)
            dy = tl.load(dy_ptr + row * width + column, mask=inside, other=0.0)
            r = tl.load(r_ptr + row, mask=row < rows, other=0.0)
            normed = x * r
            dw += dy * normed
            g = dy * w
            dx = r * (g - normed * (tl.sum(g * normed, axis=0) / width))
            tl.store(dx_ptr + row * width + column, dx, mask=inside)
        tl.store(dw_ptr + tl.program_id(0) * width + column, dw, mask=mask)


def norm_quantize(x, weight):
    """q [N, cols] (whole numbers in [-127, 127], float32), r [N, 1], unit [N, 1] of x [N, cols]: RMSNorm, then int8."""
    if x.is_cuda and triton is not None:
        rows, width = x.shape
        q, r, unit = torch.empty_like(x), x.new_empty(rows, 1), x.new_empty(rows, 1)
        _norm_quantize[(rows,)](x, weight, q, r, unit, width, EPS, BLOCK=triton.next_power_of_2(width), num_warps=4)
        return q, r, unit
    r = torch.rsqrt((x * x).mean(dim=1, keepdim=True) + EPS)
    y = x * r * weight
    unit = y.abs().amax(dim=1, keepdim=True).clamp(min=LEAST) / 127
    return round_half_away(y / unit), r, unit


def _backward_of_norm(x, weight, r, dy):
    if x.is_cuda and triton is not None:
        rows, width = x.shape
        dx, per = torch.empty_like(x), 16
        programs = triton.cdiv(rows, per)
        dw = x.new_empty(programs, width)
        block = triton.next_power_of_2(width)
        _norm_backward[(programs,)](x, weight, r, dy, dx, dw, rows, width, per, BLOCK=block, num_warps=4)
        return dx, dw.sum(dim=0)
    normed = x * r
    g = dy * weight
    return r * (g - normed * (g * normed).mean(dim=1, keepdim=True)), (dy * normed).sum(dim=0)


class _BitLinear(torch.autograd.Function):
    """weights: whole numbers [rows, cols]; scale, gain: [rows]; `latent` takes the gradient of the whole numbers times their scale."""

    @staticmethod
    def forward(ctx, x, norm, latent, gain, weights, scale):
        flat = x.reshape(-1, x.shape[-1]).contiguous()
        q, r, unit = norm_quantize(flat, norm)
        sums = q @ weights.t()
        ctx.save_for_backward(flat, norm, q, r, unit, weights, scale, gain, sums if gain is not None else None)
        out = sums * (unit * (scale if gain is None else scale * gain))
        return out.view(*x.shape[:-1], -1)

    @staticmethod
    def backward(ctx, d_out):
        x, norm, q, r, unit, weights, scale, gain, sums = ctx.saved_tensors
        shape = d_out.shape
        d_out = d_out.reshape(-1, shape[-1]).contiguous()
        d_gain = None
        if gain is not None:
            d_gain = (d_out * sums * unit).sum(dim=0) * scale
            d_out = d_out * gain
        dx, d_norm = _backward_of_norm(x, norm, r, (d_out * scale) @ weights)
        d_latent = (d_out * unit).t() @ q
        return dx.view(*shape[:-1], -1), d_norm, d_latent, d_gain, None, None


def bit_linear(x, norm, latent, weights, scale, gain=None):
    """
    RMSNorm with weight `norm` [cols], int8, product with `weights` [rows, cols] times `scale` (and `gain`) [rows]; x [..., cols].
    """
    return _BitLinear.apply(x, norm, latent, gain, weights, scale)


class _RmsNorm(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, weight):
        r = torch.rsqrt((x * x).mean(dim=-1, keepdim=True) + EPS)
        ctx.save_for_backward(x, weight, r)
        return x * r * weight

    @staticmethod
    def backward(ctx, dy):
        x, weight, r = ctx.saved_tensors
        width = x.shape[-1]
        dx, dw = _backward_of_norm(
            x.reshape(-1, width).contiguous(), weight, r.reshape(-1, 1), dy.reshape(-1, width).contiguous()
        )
        return dx.view(x.shape), dw


def rms_norm(x, weight):
    """x / sqrt(mean(x^2) + 1e-6) * weight over the last dimension."""
    return _RmsNorm.apply(x, weight)
