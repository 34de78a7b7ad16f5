# The recurrence of MODEL.md 4.5 over time in tiles of steps, with the gates' arithmetic in the same kernel or without it.
#
#   gated:  F = bound + (1 - bound) * sigmoid(f),  v = SiLU(i) * (1 - F)      plain:  F = f,  v = i
#   h_t = F_t * h_{t-1} + v_t,  h before the first step is 0
# Backward, c_t being the gradient of h_t with all that comes later:
#   c_t = dh_t + F_{t+1} * c_{t+1},  dv_t = c_t,  dF_t = c_t * h_{t-1}
# A program takes one block of channels of one sequence; within a tile the steps are scanned in parallel, from tile to tile
# one row is carried. All in float32.
import torch
import triton
import triton.language as tl

STEPS = 64
CHANNELS = 64


@triton.jit
def _then(gate, value, next_gate, next_value):
    return gate * next_gate, value * next_gate + next_value


@triton.jit
def _gate_of(f, bound, GATED: tl.constexpr):
    if GATED:
        return bound[None, :] + (1.0 - bound[None, :]) * tl.sigmoid(f)
    else:
        return f


@triton.jit
def _recurrence(i_ptr, f_ptr, bound_ptr, h_ptr, length, width, GATED: tl.constexpr, STEPS: tl.constexpr, BLOCK: tl.constexpr):
    first = tl.program_id(1).to(tl.int64) * length * width
    column = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    step = tl.arange(0, STEPS)
    inside = column < width
    bound = tl.zeros([BLOCK], dtype=tl.float32)
    if GATED:
        bound = tl.load(bound_ptr + column, mask=inside, other=0.0).to(tl.float32)
    carried = tl.zeros([BLOCK], dtype=tl.float32)
    for start in range(0, length, STEPS):
        t = start + step
        mask = (t < length)[:, None] & inside[None, :]
        at = t[:, None] * width + column[None, :]
        f = tl.load(f_ptr + first + at, mask=mask, other=0.0).to(tl.float32)
        value = tl.load(i_ptr + first + at, mask=mask, other=0.0).to(tl.float32)
        gate = _gate_of(f, bound, GATED)
        if GATED:
            value = value * tl.sigmoid(value) * (1.0 - gate)
        through, h = tl.associative_scan((gate, value), 0, _then)
        h = h + through * carried[None, :]
        tl.store(h_ptr + first + at, h.to(h_ptr.dtype.element_ty), mask=mask)
        carried = tl.sum(tl.where((step == STEPS - 1)[:, None], h, 0.0), axis=0)


@triton.jit
def _recurrence_backward(
    i_ptr, f_ptr, bound_ptr, h_ptr, dh_ptr, di_ptr, df_ptr, d_bound_ptr, length, width,
    GATED: tl.constexpr, STEPS: tl.constexpr, BLOCK: tl.constexpr,
):  # fmt: skip
    first = tl.program_id(1).to(tl.int64) * length * width
    column = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    step = tl.arange(0, STEPS)
    inside = column < width
    bound = tl.zeros([BLOCK], dtype=tl.float32)
    if GATED:
        bound = tl.load(bound_ptr + column, mask=inside, other=0.0).to(tl.float32)
    carried = tl.zeros([BLOCK], dtype=tl.float32)
    d_bound = tl.zeros([BLOCK], dtype=tl.float32)
    for start in range(0, length, STEPS):
        # Time runs backwards, so that the scan and the carried row run forwards.
        t = length - 1 - start - step
        mask = (t >= 0)[:, None] & inside[None, :]
        at = t[:, None] * width + column[None, :]
        later = (t >= 0)[:, None] & (t < length - 1)[:, None] & inside[None, :]
        f_later = tl.load(f_ptr + first + at + width, mask=later, other=0.0).to(tl.float32)
        dh = tl.load(dh_ptr + first + at, mask=mask, other=0.0).to(tl.float32)
        through, c = tl.associative_scan((_gate_of(f_later, bound, GATED), dh), 0, _then)
        c = c + through * carried[None, :]
        carried = tl.sum(tl.where((step == STEPS - 1)[:, None], c, 0.0), axis=0)
        h_before = tl.load(h_ptr + first + at - width, mask=mask & (t > 0)[:, None], other=0.0).to(tl.float32)
        if GATED:
            f = tl.load(f_ptr + first + at, mask=mask, other=0.0).to(tl.float32)
            i = tl.load(i_ptr + first + at, mask=mask, other=0.0).to(tl.float32)
            sigmoid_f = tl.sigmoid(f)
            sigmoid_i = tl.sigmoid(i)
            silu = i * sigmoid_i
            rest = (1.0 - bound[None, :]) * (1.0 - sigmoid_f)
            d_gate = c * (h_before - silu)
            di = c * rest * (sigmoid_i + silu * (1.0 - sigmoid_i))
            df = d_gate * rest * sigmoid_f
            d_bound += tl.sum(tl.where(mask, d_gate * (1.0 - sigmoid_f), 0.0), axis=0)
        else:
            di = c
            df = c * h_before
        tl.store(di_ptr + first + at, di.to(di_ptr.dtype.element_ty), mask=mask)
        tl.store(df_ptr + first + at, df.to(df_ptr.dtype.element_ty), mask=mask)
    if GATED:
        tl.store(d_bound_ptr + tl.program_id(1) * width + column, d_bound, mask=inside)


def recurrence(i, f, bound, batch):
    """h [batch * length, width] from pre-activations i, f (bound [width] given) or from values i and gates f (bound None)."""
    rows, width = i.shape
    h = torch.empty_like(i)
    if rows:
        _recurrence[(triton.cdiv(width, CHANNELS), batch)](
            i, f, f if bound is None else bound, h, rows // batch, width,
            GATED=bound is not None, STEPS=STEPS, BLOCK=CHANNELS, num_warps=4,
        )  # fmt: skip
    return h


def recurrence_backward(i, f, bound, h, dh, di, df, batch):
    """Writes di and df; returns d bound [width] in float32, or None where there is no bound."""
    rows, width = f.shape
    gated = bound is not None
    d_bound = torch.zeros(batch, width, dtype=torch.float32, device=f.device) if gated else None
    if rows:
        _recurrence_backward[(triton.cdiv(width, CHANNELS), batch)](
            i if gated else f, f, bound if gated else f, h, dh, di, df, d_bound if gated else f, rows // batch, width,
            GATED=gated, STEPS=STEPS, BLOCK=CHANNELS, num_warps=4,
        )  # fmt: skip
    return d_bound.sum(dim=0) if gated else None
