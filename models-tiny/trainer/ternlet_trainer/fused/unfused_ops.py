# The element-wise and norm kernels of the unfused layer: one operation a kernel, each keeping its inputs, as the official code has them.
#
# Sources: modules/layernorm.py, modules/activations.py, modules/fused_norm_gate.py and ops/hgrn of the official code, for
# what each keeps and computes (MODEL.md 4.1, 4.3 to 4.5); written anew.
import torch
import triton
import triton.language as tl

from .norm import inverse_rms, norm_gradient, programs_of, warps_of
from .recurrence import recurrence, recurrence_backward


@triton.jit
def _rms_norm(x_ptr, residual_ptr, w_ptr, y_ptr, sum_ptr, cols, eps, HAS_RESIDUAL: tl.constexpr, BLOCK: tl.constexpr):
    row = tl.program_id(0).to(tl.int64)
    column = tl.arange(0, BLOCK)
    mask = column < cols
    at = row * cols + column
    x = tl.load(x_ptr + at, mask=mask, other=0.0).to(tl.float32)
    if HAS_RESIDUAL:
        x += tl.load(residual_ptr + at, mask=mask, other=0.0).to(tl.float32)
        tl.store(sum_ptr + at, x.to(sum_ptr.dtype.element_ty), mask=mask)
    w = tl.load(w_ptr + column, mask=mask, other=0.0).to(tl.float32)
    tl.store(y_ptr + at, (x * inverse_rms(x, cols, eps) * w).to(y_ptr.dtype.element_ty), mask=mask)


@triton.jit
def _rms_norm_backward(
    x_ptr, w_ptr, dy_ptr, d_sum_ptr, dx_ptr, part_ptr, rows, cols, eps, HAS_RESIDUAL: tl.constexpr, BLOCK: tl.constexpr
):
    program = tl.program_id(0).to(tl.int64)
    column = tl.arange(0, BLOCK)
    mask = column < cols
    w = tl.load(w_ptr + column, mask=mask, other=0.0).to(tl.float32)
    dw = tl.zeros([BLOCK], dtype=tl.float32)
    for row in range(program, rows, tl.num_programs(0)):
        at = row * cols + column
        x = tl.load(x_ptr + at, mask=mask, other=0.0).to(tl.float32)
        dy = tl.load(dy_ptr + at, mask=mask, other=0.0).to(tl.float32)
        r = inverse_rms(x, cols, eps)
        n = x * r
        dw += dy * n
        dx = norm_gradient(dy * w, n, r, cols)
        if HAS_RESIDUAL:
            dx += tl.load(d_sum_ptr + at, mask=mask, other=0.0).to(tl.float32)
        tl.store(dx_ptr + at, dx.to(dx_ptr.dtype.element_ty), mask=mask)
    tl.store(part_ptr + program * cols + column, dw, mask=mask)


@triton.jit
def _swiglu(a_ptr, b_ptr, y_ptr, cols, stride, BLOCK: tl.constexpr):
    row = tl.program_id(0).to(tl.int64)
    column = tl.program_id(1) * BLOCK + tl.arange(0, BLOCK)
    mask = column < cols
    a = tl.load(a_ptr + row * stride + column, mask=mask, other=0.0).to(tl.float32)
    b = tl.load(b_ptr + row * stride + column, mask=mask, other=0.0).to(tl.float32)
    tl.store(y_ptr + row * cols + column, (a * tl.sigmoid(a) * b).to(y_ptr.dtype.element_ty), mask=mask)


@triton.jit
def _swiglu_backward(a_ptr, b_ptr, dy_ptr, da_ptr, db_ptr, cols, stride, BLOCK: tl.constexpr):
    row = tl.program_id(0).to(tl.int64)
    column = tl.program_id(1) * BLOCK + tl.arange(0, BLOCK)
    mask = column < cols
    a = tl.load(a_ptr + row * stride + column, mask=mask, other=0.0).to(tl.float32)
    b = tl.load(b_ptr + row * stride + column, mask=mask, other=0.0).to(tl.float32)
    dy = tl.load(dy_ptr + row * cols + column, mask=mask, other=0.0).to(tl.float32)
    sigmoid = tl.sigmoid(a)
    silu = a * sigmoid
    da = dy * b * (sigmoid + silu * (1.0 - sigmoid))
    tl.store(da_ptr + row * cols + column, da.to(da_ptr.dtype.element_ty), mask=mask)
    tl.store(db_ptr + row * cols + column, (dy * silu).to(db_ptr.dtype.element_ty), mask=mask)


@triton.jit
def _gated_norm(x_ptr, o_ptr, w_ptr, y_ptr, cols, eps, BLOCK: tl.constexpr):
    row = tl.program_id(0).to(tl.int64)
    column = tl.arange(0, BLOCK)
    mask = column < cols
    at = row * cols + column
    x = tl.load(x_ptr + at, mask=mask, other=0.0).to(tl.float32)
    o = tl.load(o_ptr + at, mask=mask, other=0.0).to(tl.float32)
    w = tl.load(w_ptr + column, mask=mask, other=0.0).to(tl.float32)
    y = x * inverse_rms(x, cols, eps) * w * o * tl.sigmoid(o)
    tl.store(y_ptr + at, y.to(y_ptr.dtype.element_ty), mask=mask)


@triton.jit
def _gated_norm_backward(
    x_ptr, o_ptr, w_ptr, dy_ptr, dx_ptr, do_ptr, part_ptr, rows, cols, eps, BLOCK: tl.constexpr
):
    program = tl.program_id(0).to(tl.int64)
    column = tl.arange(0, BLOCK)
    mask = column < cols
    w = tl.load(w_ptr + column, mask=mask, other=0.0).to(tl.float32)
    dw = tl.zeros([BLOCK], dtype=tl.float32)
    for row in range(program, rows, tl.num_programs(0)):
        at = row * cols + column
        x = tl.load(x_ptr + at, mask=mask, other=0.0).to(tl.float32)
        o = tl.load(o_ptr + at, mask=mask, other=0.0).to(tl.float32)
        dy = tl.load(dy_ptr + at, mask=mask, other=0.0).to(tl.float32)
        r = inverse_rms(x, cols, eps)
        n = x * r
        sigmoid = tl.sigmoid(o)
        silu = o * sigmoid
        dw += dy * silu * n
        dx = norm_gradient(dy * silu * w, n, r, cols)
        do = dy * n * w * (sigmoid + silu * (1.0 - sigmoid))
        tl.store(dx_ptr + at, dx.to(dx_ptr.dtype.element_ty), mask=mask)
        tl.store(do_ptr + at, do.to(do_ptr.dtype.element_ty), mask=mask)
    tl.store(part_ptr + program * cols + column, dw, mask=mask)


def _rows_of(x):
    cols = x.shape[-1]
    return x.numel() // cols, cols, triton.next_power_of_2(cols)


class _RmsNorm(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, weight, residual, eps):
        rows, cols, block = _rows_of(x)
        x = x.contiguous()
        y = torch.empty_like(x)
        total = x if residual is None else torch.empty_like(x)
        _rms_norm[(rows,)](
            x, x if residual is None else residual.contiguous(), weight, y, total, cols, eps,
            HAS_RESIDUAL=residual is not None, BLOCK=block, num_warps=4 if block <= 2048 else 8,
        )  # fmt: skip
        ctx.save_for_backward(total, weight)
        ctx.eps, ctx.has_residual = eps, residual is not None
        return (y, total) if residual is not None else y

    @staticmethod
    def backward(ctx, dy, d_total=None):
        x, weight = ctx.saved_tensors
        rows, cols, block = _rows_of(x)
        dy = dy.contiguous()
        dx = torch.empty_like(x)
        programs = programs_of(rows, block, x.device)
        part = torch.empty(programs, cols, dtype=torch.float32, device=x.device)
        _rms_norm_backward[(programs,)](
            x, weight, dy, dy if d_total is None else d_total.contiguous(), dx, part, rows, cols, ctx.eps,
            HAS_RESIDUAL=d_total is not None, BLOCK=block, num_warps=warps_of(block),
        )  # fmt: skip
        return dx, part.sum(dim=0).to(weight.dtype), dx if ctx.has_residual else None, None


def rms_norm(x, weight, eps, residual=None):
    """RMSNorm of x [..., cols]; with a residual, of their sum, which is returned too."""
    return _RmsNorm.apply(x, weight, residual, eps)


class _SwiGlu(torch.autograd.Function):
    @staticmethod
    def forward(ctx, a, b):
        rows, cols, block = _rows_of(a)
        y = torch.empty(a.shape, dtype=a.dtype, device=a.device)
        block = min(block, 1024)
        _swiglu[(rows, triton.cdiv(cols, block))](*_views(a, b), y, cols, a.stride(-2), BLOCK=block, num_warps=4)
        ctx.save_for_backward(a, b)
        return y

    @staticmethod
    def backward(ctx, dy):
        a, b = ctx.saved_tensors
        rows, cols, block = _rows_of(a)
        da = torch.empty(a.shape, dtype=a.dtype, device=a.device)
        db = torch.empty_like(da)
        block = min(block, 1024)
        _swiglu_backward[(rows, triton.cdiv(cols, block))](
            *_views(a, b), dy.contiguous(), da, db, cols, a.stride(-2), BLOCK=block, num_warps=4
        )
        return da, db


def _views(a, b):
    """Both must be rows of one stride: whole tensors, or the two halves of one."""
    if a.stride(-1) != 1 or a.stride() != b.stride():
        raise ValueError(f"swiglu takes two tensors of one layout, not strides {a.stride()} and {b.stride()}")
    return a, b


def swiglu(a, b):
    """SiLU(a) * b."""
    return _SwiGlu.apply(a, b)


class _GatedNorm(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, o, weight, eps):
        rows, cols, block = _rows_of(x)
        x, o = x.contiguous(), o.contiguous()
        y = torch.empty_like(x)
        _gated_norm[(rows,)](x, o, weight, y, cols, eps, BLOCK=block, num_warps=4 if block <= 2048 else 8)
        ctx.save_for_backward(x, o, weight)
        ctx.eps = eps
        return y

    @staticmethod
    def backward(ctx, dy):
        x, o, weight = ctx.saved_tensors
        rows, cols, block = _rows_of(x)
        dx, do = torch.empty_like(x), torch.empty_like(o)
        programs = programs_of(rows, block, x.device)
        part = torch.empty(programs, cols, dtype=torch.float32, device=x.device)
        _gated_norm_backward[(programs,)](
            x, o, weight, dy.contiguous(), dx, do, part, rows, cols, ctx.eps, BLOCK=block, num_warps=warps_of(block)
        )
        return dx, do, part.sum(dim=0).to(weight.dtype), None


def gated_norm(x, o, weight, eps):
    """RMSNorm(x) * SiLU(o)."""
    return _GatedNorm.apply(x, o, weight, eps)


class _Scan(torch.autograd.Function):
    @staticmethod
    def forward(ctx, value, gate):
        batch, _, width = value.shape
        value, gate = value.contiguous(), gate.contiguous()
        h = recurrence(value.view(-1, width), gate.view(-1, width), None, batch).view(value.shape)
        ctx.save_for_backward(gate, h)
        return h

    @staticmethod
    def backward(ctx, dh):
        gate, h = ctx.saved_tensors
        batch, _, width = gate.shape
        d_value, d_gate = torch.empty_like(gate), torch.empty_like(gate)
        flat = [t.contiguous().view(-1, width) for t in (gate, h, dh, d_value, d_gate)]
        recurrence_backward(None, flat[0], None, *flat[1:], batch)
        return d_value, d_gate


def scan(value, gate):
    """h_t = gate_t * h_{t-1} + value_t over dimension 1 of [batch, time, channels]."""
    return _Scan.apply(value, gate)
