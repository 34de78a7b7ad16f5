# The processes that train one model together, as torchrun starts them: who this one is, and sums over all.
import os
from dataclasses import dataclass

import torch
import torch.distributed as dist

from .errors import UserError


@dataclass(frozen=True)
class Group:
    """rank 0 of size 1 where nobody started more; `device` is the torch device of this process."""

    rank: int
    size: int
    device: torch.device

    @property
    def is_first(self):
        return self.rank == 0

    def add_up(self, tensor):
        """Sums a tensor over all processes, in place."""
        if self.size > 1:
            dist.all_reduce(tensor)

    def wait(self):
        if self.size > 1:
            dist.barrier()

    def leave(self):
        if self.size > 1 and dist.is_initialized():
            dist.destroy_process_group()


def join(device):
    """The group of this process; `device` is cpu, cuda, or None for what there is. Raises a UserError where there is no GPU."""
    rank, size = int(os.environ.get("RANK", "0")), int(os.environ.get("WORLD_SIZE", "1"))
    local = int(os.environ.get("LOCAL_RANK", str(rank)))
    count = torch.cuda.device_count() if torch.cuda.is_available() else 0
    if device is None:
        device = "cuda" if count > 0 else "cpu"
    if device == "cuda" and count == 0:
        raise UserError("there is no GPU that PyTorch can use here", "Train on the processor: --device cpu.")
    if device == "cuda" and local >= count:
        raise UserError(f"process {local} has no GPU: this machine has {count}", "Start as many processes as there are GPUs.")
    if device == "cuda":
        torch.cuda.set_device(local)
    if size > 1:
        dist.init_process_group("nccl" if device == "cuda" else "gloo", rank=rank, world_size=size)
    return Group(rank, size, torch.device(device, local) if device == "cuda" else torch.device("cpu"))
