# AdamW on one flat tensor: every parameter and gradient of a model is a view of it, so a step, a sum over processes and a resume are few tensors.
import math

import torch


def flatten(model):
    """Moves all parameters into one float32 tensor, and their gradients into another; returns both."""
    parameters = list(model.parameters())
    flat = torch.cat([p.detach().reshape(-1) for p in parameters]).contiguous()
    gradient = torch.zeros_like(flat)
    at = 0
    for p in parameters:
        n = p.numel()
        p.data = flat[at : at + n].view(p.shape)
        p.grad = gradient[at : at + n].view(p.shape)
        at += n
    return flat, gradient


def schedule(kind, step, steps, warmup, floor=0.1):
    """Learning rate at `step`, as a share of its peak: linear warm-up, then `kind`."""
    if step < warmup:
        return (step + 1) / warmup
    done = (step - warmup) / max(1, steps - warmup)
    if kind == "cosine":
        return floor + (1 - floor) * 0.5 * (1 + math.cos(math.pi * done))
    if kind == "linear":
        return 1 - (1 - floor) * done
    if kind == "two-stage":  # The paper, section 5: halved midway; here each half decays along one cosine to 0.
        return 0.5 * (1 + math.cos(math.pi * done)) * (1 if done < 0.5 else 0.5)
    raise ValueError(kind)


class FlatAdamW:
    """Decay on matrices only, but not on `undecayed` names. All state is on the model's device; `step` needs no number from it."""

    def __init__(self, model, rates, decay=0.01, betas=(0.9, 0.95), eps=1e-8, clip=1.0, average=0.0):
        self.flat, self.gradient = flatten(model)
        device = self.flat.device
        self.first, self.second = torch.zeros_like(self.flat), torch.zeros_like(self.flat)
        self.rates = torch.tensor(rates, dtype=torch.float32, device=device)
        self.steps_done = torch.zeros((), dtype=torch.int64, device=device)
        self.betas, self.eps, self.clip = betas, eps, clip
        self.average = self.flat.clone() if average else None
        self.average_rate = average
        parts = [
            torch.full((p.numel(),), decay if p.dim() == 2 and is_decayed(name) else 0.0)
            for name, p in model.named_parameters()
        ]
        self.decay = torch.cat(parts).to(device)

    @torch.no_grad()
    def step(self):
        """One update from `gradient`, which stays as it is but for clipping."""
        rate = self.rates.index_select(0, self.steps_done.reshape(1))
        self.steps_done += 1
        n = self.steps_done.to(torch.float32)
        gradient = self.gradient
        gradient.mul_((self.clip / (gradient.norm() + 1e-6)).clamp(max=1.0))
        b1, b2 = self.betas
        self.first.mul_(b1).add_(gradient, alpha=1 - b1)
        self.second.mul_(b2).addcmul_(gradient, gradient, value=1 - b2)
        correction1, correction2 = 1 - b1**n, 1 - b2**n
        update = (self.first / correction1) / ((self.second / correction2).sqrt_() + self.eps)
        self.flat.sub_(rate * (update + self.decay * self.flat))
        if self.average is not None:
            self.average.lerp_(self.flat, 1 - self.average_rate)


def is_decayed(name):
    return not ("embedding" in name or "lower_bounds" in name or "norm" in name)
