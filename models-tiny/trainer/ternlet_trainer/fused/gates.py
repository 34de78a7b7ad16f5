# The two places where a gate, a norm and int8 quantization follow each other, each in one kernel, and their gradients.
#
#   SwiGLU before down_proj: z = SiLU(a) * b, then RMSNorm with weight `inner` and int8           (MODEL.md 4.3)
#   g_norm before o_proj:    o = RMSNorm(g; outer) * SiLU(h), then RMSNorm with `inner` and int8  (MODEL.md 4.4)
# The backward kernels recompute both from their inputs, write the gradients and leave the rounded activations, which the
# gradient of the weight needs, in the place of their own gradient.
import torch
import triton
import triton.language as tl

from .norm import inverse_rms, norm_gradient, programs_of, quantize_row, warps_of


@triton.jit
def _swiglu_quantize(ab_ptr, inner_ptr, q_ptr, unit_ptr, cols, eps, BLOCK: tl.constexpr):
    row = tl.program_id(0).to(tl.int64)
    column = tl.arange(0, BLOCK)
    mask = column < cols
    a = tl.load(ab_ptr + row * 2 * cols + column, mask=mask, other=0.0).to(tl.float32)
    b = tl.load(ab_ptr + row * 2 * cols + cols + column, mask=mask, other=0.0).to(tl.float32)
    inner = tl.load(inner_ptr + column, mask=mask, other=0.0).to(tl.float32)
    z = a * tl.sigmoid(a) * b
    q, unit = quantize_row(z * inverse_rms(z, cols, eps) * inner)
    tl.store(q_ptr + row * cols + column, q.to(tl.int8), mask=mask)
    tl.store(unit_ptr + row, unit)


@triton.jit
def _swiglu_backward(ab_ptr, inner_ptr, dy_ptr, part_ptr, rows, cols, eps, BLOCK: tl.constexpr):
    program = tl.program_id(0).to(tl.int64)
    column = tl.arange(0, BLOCK)
    mask = column < cols
    d_inner = tl.zeros([BLOCK], dtype=tl.float32)
    for row in range(program, rows, tl.num_programs(0)):
        a_at = ab_ptr + row * 2 * cols + column
        b_at = a_at + cols
        dy_at = dy_ptr + row * cols + column
        a = tl.load(a_at, mask=mask, other=0.0).to(tl.float32)
        b = tl.load(b_at, mask=mask, other=0.0).to(tl.float32)
        dy = tl.load(dy_at, mask=mask, other=0.0).to(tl.float32)
        inner = tl.load(inner_ptr + column, mask=mask, other=0.0).to(tl.float32)
        sigmoid = tl.sigmoid(a)
        silu = a * sigmoid
        z = silu * b
        r = inverse_rms(z, cols, eps)
        n = z * r
        q, unit = quantize_row(n * inner)
        d_inner += dy * n
        dz = norm_gradient(dy * inner, n, r, cols)
        da = dz * b * (sigmoid + silu * (1.0 - sigmoid))
        tl.store(dy_at, (q * unit).to(dy_ptr.dtype.element_ty), mask=mask)
        tl.store(a_at, da.to(ab_ptr.dtype.element_ty), mask=mask)
        tl.store(b_at, (dz * silu).to(ab_ptr.dtype.element_ty), mask=mask)
    tl.store(part_ptr + program * cols + column, d_inner, mask=mask)


@triton.jit
def _gate_norm_quantize(
    g_ptr, h_ptr, outer_ptr, inner_ptr, q_ptr, unit_ptr, cols, outer_eps, inner_eps, BLOCK: tl.constexpr
):
    row = tl.program_id(0).to(tl.int64)
    column = tl.arange(0, BLOCK)
    mask = column < cols
    g = tl.load(g_ptr + row * cols + column, mask=mask, other=0.0).to(tl.float32)
    h = tl.load(h_ptr + row * cols + column, mask=mask, other=0.0).to(tl.float32)
    outer = tl.load(outer_ptr + column, mask=mask, other=0.0).to(tl.float32)
    inner = tl.load(inner_ptr + column, mask=mask, other=0.0).to(tl.float32)
    o = g * inverse_rms(g, cols, outer_eps) * outer * (h * tl.sigmoid(h))
    q, unit = quantize_row(o * inverse_rms(o, cols, inner_eps) * inner)
    tl.store(q_ptr + row * cols + column, q.to(tl.int8), mask=mask)
    tl.store(unit_ptr + row, unit)


@triton.jit
def _gate_norm_backward(
    g_ptr, h_ptr, outer_ptr, inner_ptr, dy_ptr, dg_ptr, dh_ptr, part_ptr, rows, cols, outer_eps, inner_eps,
    BLOCK: tl.constexpr,
):  # fmt: skip
    program = tl.program_id(0).to(tl.int64)
    column = tl.arange(0, BLOCK)
    mask = column < cols
    d_outer = tl.zeros([BLOCK], dtype=tl.float32)
    d_inner = tl.zeros([BLOCK], dtype=tl.float32)
    for row in range(program, rows, tl.num_programs(0)):
        at = row * cols + column
        g = tl.load(g_ptr + at, mask=mask, other=0.0).to(tl.float32)
        h = tl.load(h_ptr + at, mask=mask, other=0.0).to(tl.float32)
        dy = tl.load(dy_ptr + at, mask=mask, other=0.0).to(tl.float32)
        outer = tl.load(outer_ptr + column, mask=mask, other=0.0).to(tl.float32)
        inner = tl.load(inner_ptr + column, mask=mask, other=0.0).to(tl.float32)
        r1 = inverse_rms(g, cols, outer_eps)
        normed = g * r1
        sigmoid = tl.sigmoid(h)
        silu = h * sigmoid
        o = normed * outer * silu
        r2 = inverse_rms(o, cols, inner_eps)
        n = o * r2
        q, unit = quantize_row(n * inner)
        d_inner += dy * n
        do = norm_gradient(dy * inner, n, r2, cols)
        dh = do * normed * outer * (sigmoid + silu * (1.0 - sigmoid))
        d_normed = do * silu
        d_outer += d_normed * normed
        dg = norm_gradient(d_normed * outer, normed, r1, cols)
        tl.store(dy_ptr + at, (q * unit).to(dy_ptr.dtype.element_ty), mask=mask)
        tl.store(dg_ptr + at, dg.to(dg_ptr.dtype.element_ty), mask=mask)
        tl.store(dh_ptr + at, dh.to(dh_ptr.dtype.element_ty), mask=mask)
    part = part_ptr + program * 2 * cols + column
    tl.store(part, d_outer, mask=mask)
    tl.store(part + cols, d_inner, mask=mask)


def _empty_q(rows, cols, device):
    q = torch.empty(rows, cols, dtype=torch.int8, device=device)
    return q, torch.empty(rows, dtype=torch.float32, device=device)


def swiglu_quantize(ab, inner, eps):
    """ab [rows, 2 cols] = a beside b -> q int8 [rows, cols], unit float32 [rows]."""
    rows, cols = ab.shape[0], ab.shape[1] // 2
    q, unit = _empty_q(rows, cols, ab.device)
    block = triton.next_power_of_2(cols)
    if rows:
        _swiglu_quantize[(rows,)](ab, inner, q, unit, cols, eps, BLOCK=block, num_warps=4 if block <= 2048 else 8)
    return q, unit


def swiglu_backward(ab, inner, dy, eps):
    """d inner [cols], float32. `ab` is left holding its own gradient, `dy` [rows, cols] the rounded activations."""
    rows, cols = dy.shape
    block = triton.next_power_of_2(cols)
    programs = programs_of(rows, block, ab.device)
    part = torch.empty(programs, cols, dtype=torch.float32, device=ab.device)
    if rows:
        _swiglu_backward[(programs,)](ab, inner, dy, part, rows, cols, eps, BLOCK=block, num_warps=warps_of(block))
    return part.sum(dim=0)


def gate_norm_quantize(g, h, outer, inner, outer_eps, inner_eps):
    """g, h [rows, cols] -> q int8 [rows, cols], unit float32 [rows]."""
    rows, cols = g.shape
    q, unit = _empty_q(rows, cols, g.device)
    block = triton.next_power_of_2(cols)
    if rows:
        _gate_norm_quantize[(rows,)](
            g, h, outer, inner, q, unit, cols, outer_eps, inner_eps, BLOCK=block, num_warps=4 if block <= 2048 else 8
        )
    return q, unit


def gate_norm_backward(g, h, outer, inner, dy, dg, outer_eps, inner_eps):
    """dh [rows, cols], d outer and d inner [cols] float32; writes dg; `dy` is left holding the rounded activations."""
    rows, cols = g.shape
    block = triton.next_power_of_2(cols)
    programs = programs_of(rows, block, g.device)
    dh = torch.empty_like(h)
    part = torch.empty(programs, 2, cols, dtype=torch.float32, device=g.device)
    if rows:
        _gate_norm_backward[(programs,)](
            g, h, outer, inner, dy, dg, dh, part, rows, cols, outer_eps, inner_eps, BLOCK=block, num_warps=warps_of(block)
        )
    total = part.sum(dim=0)
    return dh, total[0], total[1]
