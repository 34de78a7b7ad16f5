# Mean cross entropy of [rows, vocab] logits in two kernels; the gradient is written over the logits, which nobody else needs.
import torch
import triton
import triton.language as tl

IGNORED = -100


@triton.jit
def _cross_entropy(logit_ptr, label_ptr, lse_ptr, loss_ptr, vocab, IGNORED: tl.constexpr, BLOCK: tl.constexpr):
    row = tl.program_id(0).to(tl.int64)
    column = tl.arange(0, BLOCK)
    label = tl.load(label_ptr + row)
    x = tl.load(logit_ptr + row * vocab + column, mask=column < vocab, other=-float("inf")).to(tl.float32)
    most = tl.max(x, axis=0)
    lse = most + tl.log(tl.sum(tl.exp(x - most), axis=0))
    hit = tl.sum(tl.where(column == label, x, 0.0), axis=0)
    tl.store(lse_ptr + row, lse)
    tl.store(loss_ptr + row, tl.where(label == IGNORED, 0.0, lse - hit))


@triton.jit
def _cross_entropy_backward(
    logit_ptr, label_ptr, lse_ptr, scale_ptr, vocab, IGNORED: tl.constexpr, BLOCK: tl.constexpr
):
    row = tl.program_id(0).to(tl.int64)
    column = tl.program_id(1) * BLOCK + tl.arange(0, BLOCK)
    mask = column < vocab
    label = tl.load(label_ptr + row)
    scale = tl.where(label == IGNORED, 0.0, tl.load(scale_ptr))
    at = logit_ptr + row * vocab + column
    x = tl.load(at, mask=mask, other=0.0).to(tl.float32)
    d = tl.exp(x - tl.load(lse_ptr + row)) - tl.where(column == label, 1.0, 0.0)
    tl.store(at, (d * scale).to(logit_ptr.dtype.element_ty), mask=mask)


class _CrossEntropy(torch.autograd.Function):
    @staticmethod
    def forward(ctx, logits, labels):
        rows, vocab = logits.shape
        lse = torch.empty(rows, dtype=torch.float32, device=logits.device)
        loss = torch.empty_like(lse)
        block = triton.next_power_of_2(vocab)
        _cross_entropy[(rows,)](
            logits, labels, lse, loss, vocab, IGNORED=IGNORED, BLOCK=block, num_warps=min(16, max(4, block // 2048))
        )
        counted = (labels != IGNORED).sum()
        ctx.save_for_backward(logits, labels, lse, counted)
        return loss.sum() / counted

    @staticmethod
    def backward(ctx, d_loss):
        logits, labels, lse, counted = ctx.saved_tensors
        rows, vocab = logits.shape
        scale = (d_loss / counted).to(torch.float32).reshape(1)
        block = min(4096, triton.next_power_of_2(vocab))
        # In place: the logits are gone after this, so the graph cannot be walked twice.
        _cross_entropy_backward[(rows, triton.cdiv(vocab, block))](
            logits, labels, lse, scale, vocab, IGNORED=IGNORED, BLOCK=block, num_warps=8
        )
        return logits, None


def cross_entropy(logits, labels):
    """Mean over the rows whose label is not -100; logits [rows, vocab] are overwritten by the backward pass."""
    return _CrossEntropy.apply(logits, labels)
