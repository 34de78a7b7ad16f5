# `python3 -m ternlet_trainer.fused.check [name ...]`: every fused operation against plain torch at odd small shapes.
#
# In float32 both sides do the same arithmetic but for the order of sums, so what differs is a rounding to int8 that fell the
# other way, here and there. In bfloat16 the reference runs on the same rounded inputs and weights in float32.
import subprocess
import sys
import time
import traceback

import torch

from . import missing, reference
from .block import NAMES

FLOAT_LIMIT = 2e-3
HALF_LIMIT = 3e-2


def relative(a, b):
    """|a - b| / |b| over all elements."""
    a, b = a.detach().double(), b.detach().double()
    return float((a - b).norm() / b.norm().clamp(min=1e-30))


def gradients(compute, inputs, d_outs):
    """Outputs and gradients of `compute()`."""
    for tensor in inputs:
        tensor.grad = None
    outs = compute()
    torch.autograd.backward(outs, [d.to(o.dtype) for d, o in zip(d_outs, outs)])
    return [out.detach() for out in outs] + [tensor.grad.clone() for tensor in inputs]


def leaves(*shapes, dtype, spread=1.0, centre=0.0):
    return [(centre + spread * torch.randn(s, device="cuda")).to(dtype).requires_grad_() for s in shapes]


def wide(tensors):
    return [t.detach().float().requires_grad_() for t in tensors]


def check_product():
    from .product import PLANS, product

    found = {}
    for rows, outs, cols in ((70, 90, 96), (515, 300, 1000), (640, 512, 2048)):
        q = torch.randint(-127, 128, (rows, cols), dtype=torch.int8, device="cuda")
        trits = torch.randint(-1, 2, (outs, cols), dtype=torch.int8, device="cuda")
        unit, scale = torch.rand(rows, device="cuda"), torch.rand(outs, device="cuda")
        residual = torch.randn(rows, outs, device="cuda")
        want = q.double() @ trits.double().t() * unit[:, None].double() * scale[None].double() + residual.double()
        for plan in PLANS:
            got = product(q, unit, trits, scale, torch.float32, residual, plan=plan)
            found[f"{plan} {rows} x {outs} x {cols}"] = relative(got, want)
    return found, 1e-6


def check_weight():
    from . import unfused, weight

    found = {}
    for dtype in (torch.float32, torch.bfloat16):
        w = (torch.randn(300, 1000, device="cuda") * 0.02).to(dtype)
        parts = weight.sum_magnitudes(w)
        for row_scales in (False, True):
            trits, scale = weight.trits_of(w, parts, row_scales)
            want, want_scale = reference.ternarize(w, row_scales)
            name = f"{str(dtype)[6:]}{' rows' if row_scales else ''}"
            found[f"trits {name}"] = float((trits.float() != want.float()).float().mean())
            found[f"scale {name}"] = relative(scale, want_scale.float().expand(300, 1)[:, 0])
        found[f"rounded {str(dtype)[6:]}"] = relative(weight.rounded_weight(w, parts, dtype), unfused.weight_quant(w))
    return found, 1e-5


def check_bitlinears():
    from .bitlinear import fused_bitlinears

    found = {}
    for dtype in (torch.float32, torch.bfloat16):
        for cols, outs, count in ((50, 37, 3), (1000, 515, 1)):
            x, outer, *norms = leaves((3, 67, cols), *[(cols,)] * (count + 1), dtype=dtype, spread=0.3, centre=1.0)
            weights = leaves(*[(outs + k, cols) for k in range(count)], dtype=dtype, spread=0.02)
            d_outs = [torch.randn(3, 67, outs + k, device="cuda").to(dtype) for k in range(count)]
            inputs = [x, outer, *norms, *weights]
            got = gradients(lambda: fused_bitlinears(x, list(zip(weights, norms)), outer), inputs, d_outs)
            same = wide(inputs)

            def plain():
                y = reference.rms_norm(same[0], same[1])
                pairs = zip(same[2 + count :], same[2 : 2 + count])
                return [reference.bit_linear(y, weight, norm, dtype=dtype) for weight, norm in pairs]

            want = gradients(plain, same, d_outs)
            worst = max(relative(a, b) for a, b in zip(got, want))
            found[f"{count} x {cols} -> {outs} {str(dtype)[6:]}"] = worst / (FLOAT_LIMIT if dtype == torch.float32 else HALF_LIMIT)
    return found, 1.0


def check_recurrence():
    from .unfused_ops import scan

    value, gate = leaves((2, 200, 70), (2, 200, 70), dtype=torch.float32)
    d_h = [torch.randn(2, 200, 70, device="cuda")]
    inputs = [value, gate]
    got = gradients(lambda: [scan(value, gate.sigmoid())], inputs, d_h)
    want = gradients(lambda: [reference.scan(gate.sigmoid(), value)], inputs, d_h)
    return {name: relative(a, b) for name, a, b in zip(("h", "d value", "d gate"), got, want)}, 1e-4


def check_loss():
    from .loss import cross_entropy

    (logits,) = leaves((130, 1000), dtype=torch.float32)
    labels = torch.randint(0, 1000, (130,), device="cuda")
    labels[5] = -100
    one = [torch.tensor(0.7, device="cuda")]
    got = gradients(lambda: [cross_entropy(logits * 1.0, labels)], [logits], one)
    want = gradients(lambda: [torch.nn.functional.cross_entropy(logits, labels)], [logits], one)
    return {name: relative(a, b) for name, a, b in zip(("loss", "d logits"), got, want)}, 1e-4


def check_blocks():
    from .block import fused_block
    from .model import Shape, block_parameters
    from .unfused import unfused_block

    found = {}
    for dtype, limit in ((torch.float32, 2 * FLOAT_LIMIT), (torch.bfloat16, 2 * HALF_LIMIT)):
        shape = Shape(hidden=272, intermediate=600)
        p = block_parameters(shape, dtype, "cuda")
        (x,) = leaves((3, 130, 272), dtype=dtype)
        bound = (torch.rand(272, device="cuda") * 0.9).to(dtype).requires_grad_()
        inputs = [x, bound, *(p[name] for name in NAMES)]
        d_out = [torch.randn(x.shape, device="cuda").to(dtype)]
        same = wide(inputs)
        q = dict(zip(NAMES, same[2:]))
        want = gradients(lambda: [reference.block(same[0], same[1], q, dtype=dtype)], same, d_out)
        ways = {
            "fused": lambda: [fused_block(x, bound, p)],
            "fused, gate kept": lambda: [fused_block(x, bound, p, keep_gate=True)],
            "unfused": lambda: [unfused_block(x, bound, p)],
        }
        for name, way in ways.items():
            errors = [relative(a, b) for a, b in zip(gradients(way, inputs, d_out), want)]
            at = max(range(len(errors)), key=errors.__getitem__)
            print(f"  {name} {str(dtype)[6:]}: worst {errors[at]:.1e} at {('out', 'x', 'bound', *NAMES)[at]}")
            # The unfused layer is the official one, rounding in bfloat16 at every step; it is not on trial.
            if name != "unfused" or dtype == torch.float32:
                found[f"{name} {str(dtype)[6:]}"] = errors[at] / limit
    first = gradients(ways["fused"], inputs, d_out)
    again = gradients(ways["fused"], inputs, d_out)
    found["run twice, bits that differ"] = float(sum((a != b).sum() for a, b in zip(first, again)))
    return found, 1.0


def check_model():
    from .model import Model, Shape, reference_loss

    model = Model(Shape(hidden=128, intermediate=160, layers=3, vocab=515), torch.float32, "cuda")
    inputs = torch.randint(0, 515, (2, 100), device="cuda")
    labels = torch.randint(0, 515, (200,), device="cuda")
    parameters = list(model.parameters())
    one = [torch.ones((), device="cuda")]
    got = gradients(lambda: [model.loss(inputs, labels, True)], parameters, one)
    plain = gradients(lambda: [model.loss(inputs, labels, False)], parameters, one)
    want = gradients(lambda: [reference_loss(model, inputs, labels)], parameters, one)
    worst = {name: max(relative(a, b) for a, b in zip(have, want)) for name, have in (("fused", got), ("unfused", plain))}
    return worst, 3e-2


CHECKS = (check_weight, check_product, check_recurrence, check_loss, check_bitlinears, check_blocks, check_model)


def run(names):
    """Whether the checks of these names hold; says how each went."""
    torch.manual_seed(1)
    torch.backends.cuda.matmul.allow_tf32 = False
    good = True
    for check in CHECKS:
        name = check.__name__[6:]
        if name not in names:
            continue
        begun = time.time()
        try:
            found, limit = check()
            bad = [what for what, value in found.items() if not value <= limit]
            print(f"{name}: {'differs: ' + ', '.join(bad) if bad else 'equal'}  ({time.time() - begun:.1f} s)")
            print("  " + ", ".join(f"{what} {value:.1e}" for what, value in found.items()) + f" (limit {limit:g})")
            good &= not bad
        except Exception:
            print(f"{name}: failed")
            traceback.print_exc(limit=-6, file=sys.stdout)
            good = False
    return good


def main():
    why = missing()
    if why:
        print(why, file=sys.stderr)
        return 3
    if sys.argv[1:]:
        return 0 if run(sys.argv[1:]) else 1
    # A process a check, at once: nearly all the time goes into compiling kernels.
    command = [sys.executable, "-m", "ternlet_trainer.fused.check"]
    started = [
        subprocess.Popen([*command, check.__name__[6:]], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        for check in CHECKS
    ]
    for process in started:
        print(process.communicate()[0], end="", flush=True)
    return max(process.returncode for process in started)


if __name__ == "__main__":
    sys.exit(main())
