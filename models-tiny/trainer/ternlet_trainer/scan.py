# The recurrence h_t = f_t * h_{t-1} + x_t over time, forward and backward: a parallel scan in torch, a Triton kernel on a GPU.
#
# Source: MODEL.md 4.5 (ops/hgrn of the official code). f is the plain gate in (0, 1); h before the first step is 0.
import torch

try:
    import triton
    import triton.language as tl
except ImportError:  # No GPU, or Debian's torch: the parallel scan below serves.
    triton = None


def _doubling(gate, value):
    """Hillis and Steele's scan of h_t = gate_t * h_{t-1} + value_t over dimension 1, in log2(T) steps."""
    span, length = 1, gate.shape[1]
    while span < length:
        value = torch.cat([value[:, :span], value[:, span:] + gate[:, span:] * value[:, :-span]], dim=1)
        gate = torch.cat([gate[:, :span], gate[:, span:] * gate[:, :-span]], dim=1)
        span *= 2
    return value


def _reverse_gate(gate):
    """gate shifted so that the scan in reverse time multiplies by the gate of the step after."""
    return torch.cat([gate[:, 1:], torch.zeros_like(gate[:, :1])], dim=1).flip(1)


if triton is not None:

    @triton.jit
    def _scan_forward(f_ptr, x_ptr, h_ptr, length, width, BLOCK: tl.constexpr):
        column = tl.program_id(1) * BLOCK + tl.arange(0, BLOCK)
        mask = column < width
        at = tl.program_id(0).to(tl.int64) * length * width + column
        h = tl.zeros([BLOCK], dtype=tl.float32)
        for _ in range(0, length):
            f = tl.load(f_ptr + at, mask=mask, other=0.0)
            x = tl.load(x_ptr + at, mask=mask, other=0.0)
            h = f * h + x
            tl.store(h_ptr + at, h, mask=mask)
            at += width

    @triton.jit
    def _scan_backward(f_ptr, h_ptr, dh_ptr, df_ptr, dx_ptr, length, width, BLOCK: tl.constexpr):
        column = tl.program_id(1) * BLOCK + tl.arange(0, BLOCK)
        mask = column < width
        at = (tl.program_id(0).to(tl.int64) * length + length - 1) * width + column
        d = tl.zeros([BLOCK], dtype=tl.float32)
        f_next = tl.zeros([BLOCK], dtype=tl.float32)
        for i in range(0, length):
            before = mask & (i < length - 1)
            f = tl.load(f_ptr + at, mask=mask, other=0.0)
            h_before = tl.load(h_ptr + at - width, mask=before, other=0.0)
            d = f_next * d + tl.load(dh_ptr + at, mask=mask, other=0.0)
            tl.store(dx_ptr + at, d, mask=mask)
            tl.store(df_ptr + at, d * h_before, mask=mask)
            f_next = f
            at -= width


class _Scan(torch.autograd.Function):
    @staticmethod
    def forward(ctx, gate, value):
        gate, value = gate.contiguous(), value.contiguous()
        if gate.is_cuda and triton is not None:
            state = torch.empty_like(value)
            batch, length, width = value.shape
            _scan_forward[(batch, triton.cdiv(width, 32))](gate, value, state, length, width, BLOCK=32, num_warps=1)
        else:
            state = _doubling(gate, value)
        ctx.save_for_backward(gate, state)
        return state

    @staticmethod
    def backward(ctx, d_state):
        gate, state = ctx.saved_tensors
        d_state = d_state.contiguous()
        if gate.is_cuda and triton is not None:
            d_gate, d_value = torch.empty_like(gate), torch.empty_like(gate)
            batch, length, width = gate.shape
            _scan_backward[(batch, triton.cdiv(width, 32))](
                gate, state, d_state, d_gate, d_value, length, width, BLOCK=32, num_warps=1
            )
            return d_gate, d_value
        d_value = _doubling(_reverse_gate(gate), d_state.flip(1)).flip(1)
        before = torch.cat([torch.zeros_like(state[:, :1]), state[:, :-1]], dim=1)
        return d_value * before, d_value


def scan(gate, value):
    """h [B, T, D] with h_t = gate_t * h_{t-1} + value_t; gate and value [B, T, D] float32. Differentiable in both."""
    return _Scan.apply(gate, value)
