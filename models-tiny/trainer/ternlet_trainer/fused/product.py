# int8 activations times trits: exact int32 sums on the tensor cores, scaled, added to and stored once.
#
#   out[rows, n] = unit[rows] * scale[n] * sum_j q[rows, j] trit[n, j]  (+ residual[rows, n])
#
# |sum| <= 127 * cols, so int32 cannot overflow up to cols = 2^24. Both operands are read along their rows, the only order in
# which Hopper's wgmma takes bytes.
import torch
import triton
import triton.language as tl


@triton.jit
def _tile_of(index, tiles_m, tiles_n, GROUP: tl.constexpr):
    """Tile coordinates in an order that walks GROUP rows of tiles together, so that both operands are found in L2."""
    in_group = GROUP * tiles_n
    first = (index // in_group) * GROUP
    size = tl.minimum(tiles_m - first, GROUP)
    return first + (index % in_group) % size, (index % in_group) // size


@triton.jit
def _store_tile(acc, m, n, unit_ptr, scale_ptr, residual_ptr, out_ptr, rows, outs,
                HAS_RESIDUAL: tl.constexpr, BM: tl.constexpr, BN: tl.constexpr):  # fmt: skip
    row = m * BM + tl.arange(0, BM)
    column = n * BN + tl.arange(0, BN)
    unit = tl.load(unit_ptr + row, mask=row < rows, other=0.0)
    scale = tl.load(scale_ptr + column, mask=column < outs, other=0.0)
    mask = (row < rows)[:, None] & (column < outs)[None, :]
    at = row[:, None].to(tl.int64) * outs + column[None, :]
    out = acc.to(tl.float32) * unit[:, None] * scale[None, :]
    if HAS_RESIDUAL:
        out += tl.load(residual_ptr + at, mask=mask, other=0.0).to(tl.float32)
    tl.store(out_ptr + at, out.to(out_ptr.dtype.element_ty), mask=mask)


@triton.jit
def _product(
    q_ptr, trit_ptr, unit_ptr, scale_ptr, residual_ptr, out_ptr, rows, outs, cols,
    HAS_RESIDUAL: tl.constexpr, EVEN: tl.constexpr, BM: tl.constexpr, BN: tl.constexpr, BK: tl.constexpr, GROUP: tl.constexpr,
):  # fmt: skip
    m, n = _tile_of(tl.program_id(0), tl.cdiv(rows, BM), tl.cdiv(outs, BN), GROUP)
    row = m * BM + tl.arange(0, BM)
    column = n * BN + tl.arange(0, BN)
    row = tl.where(row < rows, row, 0)
    column = tl.where(column < outs, column, 0)
    k = tl.arange(0, BK)
    q_at = q_ptr + row[:, None].to(tl.int64) * cols + k[None, :]
    trit_at = trit_ptr + column[None, :].to(tl.int64) * cols + k[:, None]
    acc = tl.zeros([BM, BN], dtype=tl.int32)
    for start in range(0, cols, BK):
        if EVEN:
            q = tl.load(q_at)
            trit = tl.load(trit_at)
        else:
            q = tl.load(q_at, mask=(k < cols - start)[None, :], other=0)
            trit = tl.load(trit_at, mask=(k < cols - start)[:, None], other=0)
        acc = tl.dot(q, trit, acc, out_dtype=tl.int32)
        q_at += BK
        trit_at += BK
    _store_tile(acc, m, n, unit_ptr, scale_ptr, residual_ptr, out_ptr, rows, outs, HAS_RESIDUAL, BM, BN)


#: Tile shapes and pipelines; which one is taken: `plan_of`.
PLANS = {
    "small": dict(BM=64, BN=64, BK=64, GROUP=8, num_warps=4, num_stages=3),
    "big": dict(BM=128, BN=128, BK=128, GROUP=8, num_warps=4, num_stages=3),
}


def plan_of(rows, outs):
    return "small" if rows < 512 or outs < 256 else "big"


def product(q, unit, trits, scale, dtype, residual=None, out=None, plan=None):
    """q int8 [rows, cols], unit float32 [rows], trits int8 [n, cols], scale float32 [n] -> [rows, n] in `dtype`."""
    rows, cols = q.shape
    outs = trits.shape[0]
    if out is None:
        out = torch.empty(rows, outs, dtype=dtype, device=q.device)
    if rows == 0:
        return out
    chosen = PLANS[plan or plan_of(rows, outs)]
    tiles = triton.cdiv(rows, chosen["BM"]) * triton.cdiv(outs, chosen["BN"])
    _product[(tiles,)](
        q, trits, unit, scale, out if residual is None else residual, out, rows, outs, cols,
        HAS_RESIDUAL=residual is not None, EVEN=cols % chosen["BK"] == 0, **chosen,
    )  # fmt: skip
    return out
