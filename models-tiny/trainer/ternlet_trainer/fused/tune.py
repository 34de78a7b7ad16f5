# `python3 -m ternlet_trainer.fused.tune`: compares the plans of product.py and the libraries' products at the 1.3B model's shapes.
import sys

import torch

from . import missing

ROWS = 28 * 1024
SHAPES = {"i, f, g, o": (2048, 2048), "gate": (2048, 11264), "down": (5632, 2048)}


def milliseconds(compute, count=10):
    """Mean time of a call, over `count` calls after two."""
    for _ in range(2):
        compute()
    begin, end = torch.cuda.Event(enable_timing=True), torch.cuda.Event(enable_timing=True)
    begin.record()
    for _ in range(count):
        compute()
    end.record()
    torch.cuda.synchronize()
    return begin.elapsed_time(end) / count


def ways(cols, outs):
    """What computes the same product, by name."""
    from .product import PLANS, product

    q = torch.randint(-127, 128, (ROWS, cols), dtype=torch.int8, device="cuda")
    trits = torch.randint(-1, 2, (outs, cols), dtype=torch.int8, device="cuda")
    unit, scale = torch.rand(ROWS, device="cuda"), torch.rand(outs, device="cuda")
    out = torch.empty(ROWS, outs, dtype=torch.bfloat16, device="cuda")
    half_q, half_trits = q.bfloat16(), trits.bfloat16()
    d_out = torch.randn_like(out)
    made = {
        "bf16 forward (library)": lambda: torch.mm(half_q, half_trits.t()),
        "bf16 dX (library)": lambda: torch.mm(d_out, half_trits),
        "bf16 dW (library)": lambda: torch.mm(d_out.t(), half_q),
        "int8 to int32 (library)": lambda: torch._int_mm(q, trits.t()),
    }
    for plan in PLANS:
        if plan != "small":
            made[plan] = lambda plan=plan: product(q, unit, trits, scale, torch.bfloat16, out=out, plan=plan)
    want = product(q[:256], unit[:256], trits, scale, torch.bfloat16, plan="small")
    return made, lambda: torch.equal(out[:256], want), out


def main():
    why = missing()
    if why:
        print(why, file=sys.stderr)
        return 3
    for what, (cols, outs) in SHAPES.items():
        print(f"{what}: {ROWS} x {cols} -> {outs}")
        made, right, out = ways(cols, outs)
        for name, way in made.items():
            try:
                out.zero_()
                took = milliseconds(way)
                note = "" if "library" in name or right() else "  WRONG"
                print(f"  {name:<26}{took:8.3f} ms {2 * ROWS * cols * outs / took / 1e9:8.0f} T operations/s{note}", flush=True)
            except Exception as reason:
                print(f"  {name:<26}{type(reason).__name__}: {str(reason)[:200]}", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
