# Trits of a latent weight matrix, made anew for each call so that no layer keeps a second copy of its weights.
#
# Arithmetic as in the official weight_quant, every result rounded to the weight's own type: MODEL.md 4.2, half precision.
# The mean of all magnitudes is a sum of sums in a fixed order, so a call gives the same trits every time.
import torch
import triton
import triton.language as tl
from triton.language.extra import libdevice

PARTS = 256


@triton.jit
def _sum_magnitudes(w_ptr, part_ptr, count, per, BLOCK: tl.constexpr):
    program = tl.program_id(0)
    first = program * per
    total = tl.zeros([BLOCK], dtype=tl.float32)
    for start in range(0, per, BLOCK):
        at = start + tl.arange(0, BLOCK)
        w = tl.load(w_ptr + first + at, mask=(at < per) & (first + at < count), other=0.0).to(tl.float32)
        total += tl.abs(w)
    tl.store(part_ptr + program, tl.sum(total, axis=0))


@triton.jit
def _ternarize(
    w_ptr, part_ptr, out_ptr, scale_ptr, cols, count,
    PARTS: tl.constexpr, ROW_SCALES: tl.constexpr, SCALED: tl.constexpr, BLOCK: tl.constexpr,
):  # fmt: skip
    row = tl.program_id(0)
    column = tl.arange(0, BLOCK)
    mask = column < cols
    at = row.to(tl.int64) * cols + column
    own = w_ptr.dtype.element_ty
    w = tl.load(w_ptr + at, mask=mask, other=0.0).to(tl.float32)
    if ROW_SCALES:
        mean = tl.sum(tl.abs(w), axis=0) / cols
    else:
        mean = tl.sum(tl.load(part_ptr + tl.arange(0, PARTS)), axis=0) / count
    mean = tl.maximum(mean.to(own).to(tl.float32), 1e-5).to(own).to(tl.float32)
    inverse = (1.0 / mean).to(own).to(tl.float32)
    scale = (1.0 / inverse).to(own).to(tl.float32)
    trit = libdevice.rint((w * inverse).to(own).to(tl.float32))
    trit = tl.minimum(tl.maximum(trit, -1.0), 1.0)
    if SCALED:
        tl.store(out_ptr + at, (trit * scale).to(out_ptr.dtype.element_ty), mask=mask)
    else:
        tl.store(out_ptr + at, trit.to(tl.int8), mask=mask)
        tl.store(scale_ptr + row, scale)


def sum_magnitudes(weight):
    """Parts [PARTS] of the sum of |weight|: the one thing about a weight that the backward pass is given rather than recomputes."""
    parts = torch.empty(PARTS, dtype=torch.float32, device=weight.device)
    count = weight.numel()
    _sum_magnitudes[(PARTS,)](weight, parts, count, triton.cdiv(count, PARTS), BLOCK=4096, num_warps=8)
    return parts


def _launch(weight, parts, out, scale, row_scales, scaled):
    rows, cols = weight.shape
    block = triton.next_power_of_2(cols)
    _ternarize[(rows,)](
        weight, parts, out, scale, cols, weight.numel(),
        PARTS=PARTS, ROW_SCALES=row_scales, SCALED=scaled, BLOCK=block, num_warps=4 if block <= 2048 else 8,
    )  # fmt: skip


def trits_of(weight, parts, row_scales=False):
    """Trits int8 [n, cols] and the scale of each row, float32 [n]."""
    trits = torch.empty(weight.shape, dtype=torch.int8, device=weight.device)
    scale = torch.empty(weight.shape[0], dtype=torch.float32, device=weight.device)
    _launch(weight, parts, trits, scale, row_scales, False)
    return trits, scale


def rounded_weight(weight, parts, dtype, row_scales=False):
    """Trit times scale [n, cols] in `dtype`: exact where the weight has that type."""
    out = torch.empty(weight.shape, dtype=dtype, device=weight.device)
    _launch(weight, parts, out, parts, row_scales, True)
    return out
