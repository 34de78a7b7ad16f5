# RMSNorm (one, or two in a row) and int8 quantization of rows in one kernel, and the gradient of it: MODEL.md 4.1, 4.2.
#
# Forward, for row x and up to three branches k that share all but the last weight:
#   u   = x * r1 * outer,  r1 = 1/sqrt(mean(x^2) + eps1)     (only where there is an outer norm; else u = x)
#   n   = u * r2,          r2 = 1/sqrt(mean(u^2) + eps2)
#   y_k = n * inner_k,     q_k = round(127 y_k / max|y_k|),  unit_k = max|y_k| / 127
# Backward, from dy_k (rounding passes gradients):
#   t = sum_k dy_k * inner_k,  d inner_k = sum_rows dy_k * n
#   du = r2 * (t - n * mean(t * n)),  d outer = sum_rows du * x * r1
#   dx = r1 * (du*outer - x*r1 * mean(du*outer * x*r1))  (+ residual gradient)
# Nothing of the forward pass but x is needed: the backward kernel recomputes r1, r2, q_k and writes q_k * unit_k, which the
# weight gradient needs, where dy_k was. Sums over rows are made in two stages of fixed order.
import torch
import triton
import triton.language as tl
from triton.language.extra import libdevice


@triton.jit
def quantize_row(y):
    """Integers of one row, as floats, and the size of a step."""
    most = tl.maximum(tl.max(tl.abs(y), axis=0), 1e-5)
    return libdevice.rint(y * (127.0 / most)), most / 127.0


@triton.jit
def inverse_rms(x, cols, eps):
    return tl.rsqrt(tl.sum(x * x, axis=0) / cols + eps)


@triton.jit
def norm_gradient(t, n, r, cols):
    """Gradient of x from that of n = x * r."""
    return r * (t - n * (tl.sum(t * n, axis=0) / cols))


@triton.jit
def _norm_quantize(
    x_ptr, outer_ptr, inner_ptr, q_ptr, unit_ptr, rows, cols, outer_eps, inner_eps,
    HAS_OUTER: tl.constexpr, BRANCHES: tl.constexpr, BLOCK: tl.constexpr,
):  # fmt: skip
    row = tl.program_id(0).to(tl.int64)
    column = tl.arange(0, BLOCK)
    mask = column < cols
    n = tl.load(x_ptr + row * cols + column, mask=mask, other=0.0).to(tl.float32)
    if HAS_OUTER:
        n = n * inverse_rms(n, cols, outer_eps) * tl.load(outer_ptr + column, mask=mask, other=0.0).to(tl.float32)
    n = n * inverse_rms(n, cols, inner_eps)
    for branch in tl.static_range(BRANCHES):
        inner = tl.load(inner_ptr + branch * cols + column, mask=mask, other=0.0).to(tl.float32)
        q, unit = quantize_row(n * inner)
        tl.store(q_ptr + (row + branch * rows) * cols + column, q.to(tl.int8), mask=mask)
        tl.store(unit_ptr + row + branch * rows, unit)


@triton.jit
def _branch_gradient(n, dy_ptr, inner_ptr, branch, row, rows, column, cols, mask):
    """Leaves the rounded activations of one branch where its gradient was; returns dy * inner and dy * n."""
    at = dy_ptr + (row + branch * rows) * cols + column
    inner = tl.load(inner_ptr + branch * cols + column, mask=mask, other=0.0).to(tl.float32)
    # Loaded before the reductions in quantize_row, whose barriers keep any thread from storing over what another reads.
    dy = tl.load(at, mask=mask, other=0.0).to(tl.float32)
    q, unit = quantize_row(n * inner)
    tl.store(at, (q * unit).to(dy_ptr.dtype.element_ty), mask=mask)
    return dy * inner, dy * n


@triton.jit
def _norm_backward(
    x_ptr, outer_ptr, inner_ptr, dy_ptr, residual_ptr, dx_ptr, part_ptr, rows, cols, outer_eps, inner_eps,
    HAS_OUTER: tl.constexpr, HAS_RESIDUAL: tl.constexpr, BRANCHES: tl.constexpr, BLOCK: tl.constexpr,
):  # fmt: skip
    program = tl.program_id(0).to(tl.int64)
    column = tl.arange(0, BLOCK)
    mask = column < cols
    d_outer = tl.zeros([BLOCK], dtype=tl.float32)
    d_first = tl.zeros([BLOCK], dtype=tl.float32)
    d_second = tl.zeros([BLOCK], dtype=tl.float32)
    d_third = tl.zeros([BLOCK], dtype=tl.float32)
    for row in range(program, rows, tl.num_programs(0)):
        at = row * cols + column
        x = tl.load(x_ptr + at, mask=mask, other=0.0).to(tl.float32)
        r1 = inverse_rms(x, cols, outer_eps)
        if HAS_OUTER:
            outer = tl.load(outer_ptr + column, mask=mask, other=0.0).to(tl.float32)
            u = x * r1 * outer
        else:
            u = x
        r2 = inverse_rms(u, cols, inner_eps)
        n = u * r2
        t, step = _branch_gradient(n, dy_ptr, inner_ptr, 0, row, rows, column, cols, mask)
        d_first += step
        if BRANCHES > 1:
            more, step = _branch_gradient(n, dy_ptr, inner_ptr, 1, row, rows, column, cols, mask)
            t += more
            d_second += step
        if BRANCHES > 2:
            more, step = _branch_gradient(n, dy_ptr, inner_ptr, 2, row, rows, column, cols, mask)
            t += more
            d_third += step
        dx = norm_gradient(t, n, r2, cols)
        if HAS_OUTER:
            normed = x * r1
            d_outer += dx * normed
            dx = norm_gradient(dx * outer, normed, r1, cols)
        if HAS_RESIDUAL:
            dx += tl.load(residual_ptr + at, mask=mask, other=0.0).to(tl.float32)
        tl.store(dx_ptr + at, dx.to(dx_ptr.dtype.element_ty), mask=mask)
    part = part_ptr + program * (BRANCHES + 1) * cols + column
    tl.store(part, d_outer, mask=mask)
    tl.store(part + cols, d_first, mask=mask)
    if BRANCHES > 1:
        tl.store(part + 2 * cols, d_second, mask=mask)
    if BRANCHES > 2:
        tl.store(part + 3 * cols, d_third, mask=mask)


def warps_of(block):
    return 4 if block <= 1024 else 8 if block <= 4096 else 16


def programs_of(rows, block, device):
    """How many programs share the rows of a backward kernel: as many as fit the chip at once, so that none waits."""
    if device.type != "cuda":
        return min(rows, 3)
    resident = 4 if block <= 1024 else 2 if block <= 4096 else 1
    return min(rows, resident * torch.cuda.get_device_properties(device).multi_processor_count)


def norm_quantize(x, outer, inner, outer_eps, inner_eps):
    """x [rows, cols], outer [cols] or None, inner [branches, cols] -> q int8 [branches, rows, cols], unit [branches, rows]."""
    rows, cols = x.shape
    branches = inner.shape[0]
    q = torch.empty(branches, rows, cols, dtype=torch.int8, device=x.device)
    unit = torch.empty(branches, rows, dtype=torch.float32, device=x.device)
    block = triton.next_power_of_2(cols)
    if rows:
        _norm_quantize[(rows,)](
            x, inner if outer is None else outer, inner, q, unit, rows, cols, outer_eps, inner_eps,
            HAS_OUTER=outer is not None, BRANCHES=branches, BLOCK=block, num_warps=4 if block <= 2048 else 8,
        )  # fmt: skip
    return q, unit


def norm_backward(x, outer, inner, dy, residual, outer_eps, inner_eps):
    """
    dx [rows, cols], d outer [cols] and d inner [branches, cols] (float32) from dy [branches, rows, cols], which is left
    holding the rounded activations. `residual` [rows, cols] or None is added to dx.
    """
    rows, cols = x.shape
    branches = inner.shape[0]
    if not 1 <= branches <= 3:
        raise ValueError(f"{branches} branches behind one norm; 1 to 3 are possible")
    dx = torch.empty_like(x)
    block = triton.next_power_of_2(cols)
    programs = programs_of(rows, block, x.device)
    part = torch.empty(programs, branches + 1, cols, dtype=torch.float32, device=x.device)
    if rows:
        _norm_backward[(programs,)](
            x, inner if outer is None else outer, inner, dy, dx if residual is None else residual, dx, part, rows, cols,
            outer_eps, inner_eps, HAS_OUTER=outer is not None, HAS_RESIDUAL=residual is not None, BRANCHES=branches,
            BLOCK=block, num_warps=warps_of(block),
        )  # fmt: skip
    total = part.sum(dim=0)
    return dx, total[0] if outer is not None else None, total[1:]
