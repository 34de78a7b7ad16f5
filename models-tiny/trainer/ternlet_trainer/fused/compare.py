# Gradients of the fused and of the unfused layer against one float32 run of the same mathematics.
#
# Both variants round intermediates to bfloat16, at different places, and a rounding moves an int8 step here and there. So
# neither can equal the other bit for bit; what can be asked is that the fused gradients are no further from the float32 ones
# than the unfused are. The float32 run takes the same bfloat16 inputs, weights and trits.
import torch

from .block import NAMES, fused_block
from .model import block_parameters
from .unfused import unfused_block

#: How much further from the float32 gradients the fused ones may be, relatively and absolutely.
MARGIN = 1.1
FLOOR = 1e-4


def relative(a, b):
    """|a - b| / |b|, made in float32 a slice at a time."""
    apart = total = 0.0
    for one, other in zip(a.reshape(-1).split(1 << 26), b.reshape(-1).split(1 << 26)):
        other = other.float()
        apart += float((one.float() - other).square().sum(dtype=torch.float64))
        total += float(other.square().sum(dtype=torch.float64))
    return (apart / max(total, 1e-300)) ** 0.5


def _gradients(way, x, bounds, layers, d_out):
    """The output and every gradient, named by layer; the leaves' gradients are taken away."""
    y = x
    for bound, p in zip(bounds, layers):
        y = way(y, bound, p)
    y.backward(d_out.to(y.dtype))
    found = {"output": y.detach(), "x": x.grad}
    x.grad = None
    for layer, (bound, p) in enumerate(zip(bounds, layers)):
        for name, leaf in (("bound", bound), *((name, p[name]) for name in NAMES)):
            found[f"{layer}.{name}"] = leaf.grad
            leaf.grad = None
    return found


def compare(shape, batch, length, n_layers):
    """Errors by name: (fused, unfused), each relative to the float32 run."""
    layers = [block_parameters(shape, torch.bfloat16, "cuda") for _ in range(n_layers)]
    x = torch.randn(batch, length, shape.hidden, device="cuda").bfloat16().requires_grad_()
    d_out = torch.randn(batch, length, shape.hidden, device="cuda").bfloat16()
    bounds = [(torch.rand(shape.hidden, device="cuda") * 0.9).bfloat16().requires_grad_() for _ in range(n_layers)]
    fused = _gradients(fused_block, x, bounds, layers, d_out)
    unfused = _gradients(unfused_block, x, bounds, layers, d_out)

    def wide(leaf):
        return leaf.detach().float().requires_grad_()

    torch.backends.cuda.matmul.allow_tf32 = False
    exact = _gradients(
        lambda y, bound, p: unfused_block(y, bound, p, dtype=torch.bfloat16),
        wide(x),
        [wide(bound) for bound in bounds],
        [{name: wide(leaf) for name, leaf in p.items()} for p in layers],
        d_out,
    )
    return {name: (relative(fused[name], want), relative(unfused[name], want)) for name, want in exact.items()}


def print_comparison(errors, n_layers):
    """Prints the worst layer of each gradient; returns the names of those whose fused error is larger than it may be."""
    print(f"Relative error against a float32 run, {n_layers} layer{'s' if n_layers > 1 else ''}, bfloat16 (worst layer):")
    print(f"  {'gradient':<12}{'fused':>10}{'unfused':>10}")
    for name in ("output", "x", "bound", *NAMES):
        rows = [pair for key, pair in errors.items() if key.split(".")[-1] == name]
        fused, unfused = max(rows, key=lambda pair: pair[0] / max(pair[1], 1e-30))
        print(f"  {name:<12}{fused:>10.2e}{unfused:>10.2e}")
    return [name for name, (fused, unfused) in errors.items() if not fused <= MARGIN * unfused + FLOOR]
