# `python3 -m ternlet_trainer.fused.benchmark`: the fused layer beside the unfused one at the shape of the 1.3B model, on one GPU.
#
# The variants walk the same parameters in turns, forward and backward, no optimizer step, each with the memory of the others
# freed. Peak memory is max_memory_allocated, weights and gradients included, in 10^9 bytes. Then what a layer keeps is listed
# (kept.py) and the gradients are compared (compare.py).
import argparse
import gc
import json
import os
import statistics
import sys
import time

import torch

from . import missing

TARGET_SPEED = 1.4
TARGET_SAVING = 0.61
#: Layers, sequences and tokens of the step for which the two targets hold.
TARGET_STEP = (24, 28, 1024)


def parse(arguments):
    what = "The fused layer beside the unfused one at the shape of the 1.3B model, on one GPU."
    parser = argparse.ArgumentParser(prog="ternlet_trainer.fused.benchmark", description=what)
    which = parser.add_mutually_exclusive_group()
    which.add_argument("--model", action="store_true", help="whole model: embedding, layers, head, loss (the default)")
    which.add_argument("--stack", action="store_true", help="layers and final norm only")
    parser.add_argument("--batch", type=int, default=28, help="sequences a step")
    parser.add_argument("--length", type=int, default=1024, help="tokens a sequence")
    parser.add_argument("--layers", type=int, default=24)
    parser.add_argument("--keep", type=int, default=18, help="layers whose gate_proj output the second fused variant keeps")
    parser.add_argument("--steps", type=int, default=4, help="timed steps of a variant in each of the two rounds")
    parser.add_argument("--json", metavar="FILE", help="write all figures there")
    parser.add_argument("--profile", action="store_true", help="list the kernels of a fused step by time")
    parser.add_argument("--no-gradients", action="store_true", help="do not compare gradients")
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
        inputs.grad = None
        model.zero_grad(set_to_none=True)
        begin, end = torch.cuda.Event(enable_timing=True), torch.cuda.Event(enable_timing=True)
        torch.cuda.synchronize()
        begin.record()
        loss = model.loss(inputs, labels, fused, keep)
        loss.backward()
        end.record()
        torch.cuda.synchronize()
        times.append(begin.elapsed_time(end))
        value = float(loss.detach())
        del loss
    return times, value


def profile(model, inputs, labels, keep):
    from torch.profiler import ProfilerActivity

    with torch.profiler.profile(activities=[ProfilerActivity.CUDA, ProfilerActivity.CPU]) as run:
        time_steps(model, inputs, labels, True, keep, 1)
    rows = [event for event in run.key_averages() if "CUDA" in str(event.device_type)]
    rows.sort(key=lambda event: -event.self_device_time_total)
    total = sum(event.self_device_time_total for event in rows)
    print(f"Kernels of one fused step, {keep} gates kept, {total / 1e3:.1f} ms in all:")
    for event in rows[:32]:
        print(f"  {event.self_device_time_total / 1e3:8.2f} ms {event.count:5d} x {event.key[:100]}")


def measure(shape, options, stack):
    """Figures of every variant by name: ms of each step, peak bytes, loss, and how often the allocator had to start over."""
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
        variants[kept_name(options)] = (True, options.keep)
    found = {name: {"ms": [], "peak": 0, "loss": 0.0, "retries": 0} for name in variants}
    for turn in range(2):
        for name, (fused, keep) in variants.items():
            inputs.grad = None
            model.zero_grad(set_to_none=True)
            clear()
            time_steps(model, inputs, labels, fused, keep, 2 if turn == 0 else 1)
            torch.cuda.reset_peak_memory_stats()
            before = retries()
            times, loss = time_steps(model, inputs, labels, fused, keep, options.steps)
            row = found[name]
            row["ms"] += times
            row["loss"] = loss
            row["retries"] += retries() - before
            row["peak"] = max(row["peak"], torch.cuda.max_memory_allocated())
    if options.profile:
        profile(model, inputs, labels, options.keep)
    return found


def kept_name(options):
    return f"fused, {min(options.keep, options.layers)} gates kept"


def retries():
    """How often the allocator found no room and gave unused memory back first, which costs time."""
    return torch.cuda.memory_stats().get("num_alloc_retries", 0)


def print_measured(found, what):
    """Prints the table; returns the names of the variants that reach both targets."""
    base = found["unfused"]
    print(f"{what} on {torch.cuda.get_device_name()}, torch {torch.__version__}; ms: median (least to most) of {len(base['ms'])} steps")
    print(f"  {'variant':<24}{'ms':>28}{'speed':>8}{'GB':>9}{'memory':>9}{'loss':>12}")
    for name, row in found.items():
        median = statistics.median(row["ms"])
        spread = f"{median:.1f} ({min(row['ms']):.1f} to {max(row['ms']):.1f})"
        speed = statistics.median(base["ms"]) / median
        memory = row["peak"] / base["peak"] - 1
        print(f"  {name:<24}{spread:>28}{speed:>8.3f}{row['peak'] / 1e9:>9.2f}{memory:>+9.1%}{row['loss']:>12.6f}")
        row.update(median=median, speed=speed, memory=memory)
    for name, row in found.items():
        if row["retries"]:
            print(f"  {name}: memory was so scarce that the allocator started over {row['retries']} times, so its time is too long.")
    fit = [name for name, row in found.items() if row["speed"] >= TARGET_SPEED and -row["memory"] >= TARGET_SAVING]
    print(f"At least {TARGET_SPEED} times the speed with {TARGET_SAVING:.0%} less memory: {', '.join(fit) or 'none'}.")
    return fit


def say_too_large(what, reason):
    free, total = torch.cuda.mem_get_info()
    print(
        f"{what} does not fit. At most {torch.cuda.max_memory_allocated() / 1e9:.2f} GB were in tensors,"
        f" {torch.cuda.max_memory_reserved() / 1e9:.2f} held by torch, of {total / 1e9:.2f}; now {free / 1e9:.2f} are free."
    )
    print(f"  {reason[:200]}")


def measure_largest(shape, options):
    """The whole model, or the stack where the model does not fit: figures, whether a variant reaches the targets."""
    size = f"{options.layers} layers, {options.batch} x {options.length} tokens"
    for stack in (True,) if options.stack else (False, True):
        what = "The layer stack" if stack else "The full model"
        try:
            found = measure(shape, options, stack)
            return found, bool(print_measured(found, f"{what}, {size},"))
        except torch.cuda.OutOfMemoryError as error:
            reason = str(error).splitlines()[0]
        # Here, not above: the exception holds the frames, and they the tensors.
        say_too_large(what, reason)
        clear()
    return None, False


def run(options):
    from .kept import kept_by_blocks, print_kept
    from .model import Shape

    torch.backends.cuda.matmul.allow_bf16_reduced_precision_reduction = False
    shape = Shape(layers=options.layers)
    record = {"device": torch.cuda.get_device_name(), "torch": torch.__version__, "options": vars(options)}
    begun = time.time()
    found, reached = measure_largest(shape, options)
    record["measured"], bad = found, []
    clear()
    measured_at = time.time()
    record["kept"] = kept_by_blocks(shape, options.batch, options.length)
    print_kept(record["kept"], options.batch * options.length * shape.hidden * 2)
    clear()
    if not options.no_gradients:
        record["gradients"], bad = compare_gradients(shape, options)
    if options.json:
        with open(options.json, "w") as file:
            json.dump(record, file, indent=1, default=str)
    if bad:
        print(f"Gradients differ by more than bfloat16 rounding: {', '.join(bad)}.")
    print(f"Measured in {measured_at - begun:.0f} s, compared in {time.time() - measured_at:.0f} s.")
    missed = (options.layers, options.batch, options.length) == TARGET_STEP and not reached
    return 1 if bad or missed or found is None else 0


def main():
    why = missing()
    if why:
        print(why, file=sys.stderr)
        return 3
    if "expandable_segments" not in os.environ.get("PYTORCH_CUDA_ALLOC_CONF", ""):
        # The unfused model nearly fills 80 GB: the allocator must not lose any of it to gaps. Read when torch starts, so
        # the program starts anew.
        os.environ["PYTORCH_CUDA_ALLOC_CONF"] = "expandable_segments:True"
        sys.stdout.flush()
        os.execv(sys.executable, [sys.executable, "-m", "ternlet_trainer.fused.benchmark", *sys.argv[1:]])
    return run(parse(sys.argv[1:]))


if __name__ == "__main__":
    sys.exit(main())
