# What a layer keeps for its backward pass: the tensors that its graph holds once the forward pass is over, each storage once.
import weakref

import torch


class _Held:
    """A saved tensor, without its graph: a graph that holds its own outputs would never be freed."""

    def __init__(self, tensor):
        self.tensor = tensor.detach()


def _storage(tensor):
    # torch before 2.0 has it under another name.
    return tensor.untyped_storage() if hasattr(tensor, "untyped_storage") else tensor._storage()


def kept_by(way, parameters):
    """
    {type and shape: (count, bytes)} of what `way()` keeps, but for `parameters`.

    Steps whose result is detached save tensors too, and drop them with their part of the graph: these are not counted.
    """
    held = weakref.WeakSet()

    def pack(tensor):
        one = _Held(tensor)
        held.add(one)
        return one

    with torch.autograd.graph.saved_tensors_hooks(pack, lambda one: one.tensor):
        out = way()
    own = {_storage(leaf).data_ptr() for leaf in parameters}
    kept = {}
    for tensor in [one.tensor for one in held]:
        storage = _storage(tensor)
        if storage.data_ptr() not in own:
            kept[storage.data_ptr()] = (f"{str(tensor.dtype)[6:]} {list(tensor.shape)}", storage.nbytes())
    del out
    sums = {}
    for what, size in kept.values():
        count, total = sums.get(what, (0, 0))
        sums[what] = (count + 1, total + size)
    return sums


def kept_by_blocks(shape, batch, length, device="cuda"):
    """kept_by of one block of each variant in bfloat16, by the variant's name."""
    from .block import fused_block
    from .model import block_parameters
    from .unfused import unfused_block

    p = block_parameters(shape, torch.bfloat16, device)
    bound = torch.zeros(shape.hidden, dtype=torch.bfloat16, device=device, requires_grad=True)
    x = torch.randn(batch, length, shape.hidden, device=device).bfloat16().requires_grad_()
    ways = {
        "unfused": lambda: unfused_block(x, bound, p),
        "fused": lambda: fused_block(x, bound, p),
        "fused, gate kept": lambda: fused_block(x, bound, p, keep_gate=True),
    }
    return {name: kept_by(way, (*p.values(), bound)) for name, way in ways.items()}


def print_kept(found, unit):
    """`unit`: bytes of one activation of the stream, in which the sums are given too."""
    print("Kept for the backward pass by one layer (10^6 bytes, and activations of the stream):")
    for name, sums in found.items():
        total = sum(size for _, size in sums.values())
        print(f"  {name}: {total / 1e6:.1f}, {total / unit:.2f}")
        for what, (count, size) in sorted(sums.items(), key=lambda item: -item[1][1]):
            if size >= 1e5:
                print(f"    {count} x {what}: {size / 1e6:.1f}, {size / unit:.2f}")
