# `python3 -m ternlet_trainer.fused.benchmark`: the fused layer beside the unfused one at the shape of the 1.3B model, on one GPU.
#
# First the gradients are compared (compare.py); then both variants walk the same parameters in turns, forward and backward,
# no optimizer step. Peak memory is max_memory_allocated, weights and gradients included, in 10^9 bytes.
import argparse
import gc
import json
import os
import statistics
import sys

import torch

from . import missing

TARGET_SPEED = 1.4
TARGET_SAVING = 0.61


def parse(arguments):
    parser = argparse.ArgumentParser(prog="ternlet_trainer.fused.benchmark", description=__doc__)
    which = parser.add_mutually_exclusive_group()
    which.add_argument("--model", action="store_true", help="whole model: embedding, layers, head, loss (the default)")
    which.add_argument("--stack", action="store_true", help="layers and final norm only")
    parser.add_argument("--batch", type=int, default=28, help="sequences a step")
    parser.add_argument("--length", type=int, default=1024, help="tokens a sequence")
    parser.add_argument("--layers", type=int, default=24)
    parser.add_argument("--keep", type=int, default=16, help="layers whose gate_proj output the second fused variant keeps")
    parser.add_argument("--steps", type=int, default=4, help="timed steps of a variant in each of the two rounds")
    parser.add_argument("--json", metavar="FILE", help="write all figures there")
    parser.add_argument("--profile", action="store_true", help="list the kernels of a fused step by time")
    parser.add_argument("--plan", help="plan of the big products rather than product.BIG_PLAN")
    parser.add_argument("--no-gradients", action="store_true", help="do not compare gradients first")
    return parser.parse_args(arguments)


def compare_gradients(shape, options):
    """Errors of a single layer and of a short stack; the names of those that are too large."""
    from .compare import compare, print_comparison

    found, bad = {}, []
    for n_layers in (1, 3):
        torch.manual_seed(n_layers)
        errors = compare(shape, options.batch, options.length, n_layers)
        bad += [f"{name} of {n_layers}" for name in print_comparison(errors, n_layers)]
        found[n_layers] = errors
        clear()
    return found, bad


def clear():
    gc.collect()
    torch.cuda.empty_cache()


def time_steps(model, inputs, labels, fused, keep, count):
    """Milliseconds of each step, and the loss of the last."""
    times = []
    for _ in range(count):
        model.zero_grad(set_to_none=True)
        begin, end = torch.cuda.Event(enable_timing=True), torch.cuda.Event(enable_timing=True)
        torch.cuda.synchronize()
        begin.record()
        loss = model.loss(inputs, labels, fused, keep)
        loss.backward()
        end.record()
        torch.cuda.synchronize()
        times.append(begin.elapsed_time(end))
    return times, float(loss)


def kept_by_block(shape, options):
    """Bytes that one block of each variant keeps for its backward pass, by shape and type; parameters are not counted."""
    from .block import fused_block
    from .model import block_parameters
    from .unfused import unfused_block

    p = block_parameters(shape, torch.bfloat16, "cuda")
    bound = torch.zeros(shape.hidden, dtype=torch.bfloat16, device="cuda", requires_grad=True)
    own = {leaf.untyped_storage().data_ptr() for leaf in (*p.values(), bound)}
    ways = {
        "unfused": lambda x: unfused_block(x, bound, p),
        "fused": lambda x: fused_block(x, bound, p),
        "fused, gate kept": lambda x: fused_block(x, bound, p, keep_gate=True),
    }
    found = {}
    for name, way in ways.items():
        kept = {}

        def pack(tensor):
            storage = tensor.untyped_storage()
            if storage.data_ptr() not in own:
                kept[storage.data_ptr()] = (storage.nbytes(), f"{str(tensor.dtype)[6:]} {list(tensor.shape)}")
            return tensor

        x = torch.randn(options.batch, options.length, shape.hidden, device="cuda").bfloat16().requires_grad_()
        with torch.autograd.graph.saved_tensors_hooks(pack, lambda tensor: tensor):
            way(x)
        sums = {}
        for size, what in kept.values():
            n, total = sums.get(what, (0, 0))
            sums[what] = (n + 1, total + size)
        found[name] = sums
        clear()
    return found


def print_kept(found):
    print("Kept for the backward pass by one layer (10^6 bytes):")
    for name, sums in found.items():
        print(f"  {name}: {sum(total for _, total in sums.values()) / 1e6:.1f}")
        for what, (n, total) in sorted(sums.items(), key=lambda item: -item[1][1]):
            if total >= 1e5:
                print(f"    {n} x {what}: {total / 1e6:.1f}")


def profile(model, inputs, labels, keep):
    from torch.profiler import ProfilerActivity

    with torch.profiler.profile(activities=[ProfilerActivity.CUDA, ProfilerActivity.CPU]) as run:
        time_steps(model, inputs, labels, True, keep, 1)
    rows = [event for event in run.key_averages() if "CUDA" in str(event.device_type)]
    rows.sort(key=lambda event: -event.self_device_time_total)
    total = sum(event.self_device_time_total for event in rows)
    print(f"Kernels of one fused step, {total / 1e3:.1f} ms in all:")
    for event in rows[:32]:
        print(f"  {event.self_device_time_total / 1e3:8.2f} ms {event.count:5d} x {event.key[:100]}")


def measure(shape, options, stack):
    """Figures of every variant by name: ms of each step, peak bytes, loss."""
    from .model import Model

    torch.manual_seed(0)
    model = Model(shape, torch.bfloat16, "cuda", stack)
    labels = torch.randint(0, shape.vocab, (options.batch * options.length,), device="cuda")
    if stack:
        inputs = torch.randn(options.batch, options.length, shape.hidden, device="cuda").bfloat16().requires_grad_()
    else:
        inputs = torch.randint(0, shape.vocab, (options.batch, options.length), device="cuda")
    variants = {"unfused": (False, 0), "fused": (True, 0)}
    if options.keep:
        variants[f"fused, {options.keep} gates kept"] = (True, options.keep)
    found = {name: {"ms": [], "peak": 0, "loss": 0.0} for name in variants}
    for turn in range(2):
        for name, (fused, keep) in variants.items():
            inputs.grad = None
            model.zero_grad(set_to_none=True)
            clear()
            time_steps(model, inputs, labels, fused, keep, 3 if turn == 0 else 2)
            torch.cuda.reset_peak_memory_stats()
            times, loss = time_steps(model, inputs, labels, fused, keep, options.steps)
            found[name]["ms"] += times
            found[name]["loss"] = loss
            found[name]["peak"] = max(found[name]["peak"], torch.cuda.max_memory_allocated())
    if options.profile:
        profile(model, inputs, labels, 0)
    return found


def print_measured(found, what):
    base = found["unfused"]
    print(f"{what} on {torch.cuda.get_device_name()}, torch {torch.__version__}; ms: median (least to most) of {len(base['ms'])} steps")
    print(f"  {'variant':<24}{'ms':>28}{'speed':>8}{'GB':>9}{'memory':>9}{'loss':>12}")
    for name, row in found.items():
        median = statistics.median(row["ms"])
        spread = f"{median:.1f} ({min(row['ms']):.1f} to {max(row['ms']):.1f})"
        speed = statistics.median(base["ms"]) / median
        memory = row["peak"] / base["peak"] - 1
        print(f"  {name:<24}{spread:>28}{speed:>8.3f}{row['peak'] / 1e9:>9.2f}{memory:>+9.1%}{row['loss']:>12.5f}")
        row.update(median=median, speed=speed, memory=memory)
    fit = [name for name, row in found.items() if row["speed"] >= TARGET_SPEED and -row["memory"] >= TARGET_SAVING]
    print(f"At least {TARGET_SPEED} times the speed with {TARGET_SAVING:.0%} less memory: {', '.join(fit) or 'none'}.")


def run(options):
    from . import product
    from .model import Shape

    product.BIG_PLAN = options.plan or product.BIG_PLAN
    torch.backends.cuda.matmul.allow_bf16_reduced_precision_reduction = False
    shape = Shape(layers=options.layers)
    record = {"device": torch.cuda.get_device_name(), "torch": torch.__version__, "options": vars(options)}
    bad = []
    if not options.no_gradients:
        record["gradients"], bad = compare_gradients(shape, options)
    record["kept"] = kept_by_block(shape, options)
    print_kept(record["kept"])
    size = f"{options.layers} layers, {options.batch} x {options.length} tokens"
    for stack in (True,) if options.stack else (False, True):
        try:
            record["measured"] = measure(shape, options, stack)
            print_measured(record["measured"], f"{'Layer stack' if stack else 'Full model'}, {size},")
            break
        except torch.cuda.OutOfMemoryError as reason:
            clear()
            print(f"The {'stack' if stack else 'full model'} does not fit: {str(reason).splitlines()[0][:160]}")
    if options.json:
        with open(options.json, "w") as file:
            json.dump(record, file, indent=1, default=str)
    if bad:
        print(f"Gradients differ by more than bfloat16 rounding: {', '.join(bad)}.")
    return 1 if bad or "measured" not in record else 0


def main():
    why = missing()
    if why:
        print(why, file=sys.stderr)
        return 3
    if "PYTORCH_CUDA_ALLOC_CONF" not in os.environ:
        # The unfused model nearly fills 80 GB: the allocator must not lose any of it to gaps. Read when torch starts.
        os.environ["PYTORCH_CUDA_ALLOC_CONF"] = "expandable_segments:True"
        os.execv(sys.executable, [sys.executable, "-m", "ternlet_trainer.fused.benchmark", *sys.argv[1:]])
    return run(parse(sys.argv[1:]))


if __name__ == "__main__":
    sys.exit(main())
