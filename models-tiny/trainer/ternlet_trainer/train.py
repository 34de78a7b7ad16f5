# The training of one recipe on one device: the step, a pure function of tensors on it, and the loop around it.
import math
import os
import time

import torch
import torch.nn.functional as F

from .commands import SEPARATOR, is_answer
from .corpus import make_stream, window_offsets
from .errors import UserError
from .models import Teacher, build_model, read_latent
from .optimizer import FlatAdamW, schedule
from .resume import load_state, save_state, state_path

#: Steps that may be under way on a GPU before the loop looks up.
ASYNC_STEPS = 32
#: The loss that is told is the mean of so many steps.
LATE_STEPS = 100


def rates(training):
    """The learning rate of each step."""
    return [training.rate * _share(training, step) for step in range(training.steps)]


def _share(training, step):
    """Of the peak. wsd: a plateau, then a straight line down during the last `decay_share` of the steps."""
    if training.schedule != "wsd":
        return schedule(training.schedule, step, training.steps, training.warm_up, training.floor)
    if step < training.warm_up:
        return (step + 1) / training.warm_up
    last = training.steps * training.decay_share
    left = (training.steps - step) / last if last > 0 else 1.0
    return training.floor + (1 - training.floor) * min(1.0, left)


def averaging_weights(training):
    """How far the average goes to the newest weights after each step. Until it is filled it is the mean of all."""
    kind = training.averaging
    if kind.kind == "ema":
        return [max(1 - kind.decay, 1 / (step + 1)) for step in range(training.steps)]
    first = max(0, training.steps - kind.steps)
    return [1 / max(1, step - first + 1) for step in range(training.steps)]


class Trainer:
    """All tensors of a run on its device. `recipe_folder` is where the teacher's path begins."""

    def __init__(self, recipe, corpus, tokenizer, group, recipe_folder="."):
        self.recipe, self.group, self.tokenizer = recipe, group, tokenizer
        training, device = recipe.training, group.device
        if training.batch % group.size != 0:
            raise UserError(f"training.batch is {training.batch}; {group.size} processes cannot share it evenly")
        self.teacher = None
        if training.distillation is not None:
            self.teacher = Teacher(recipe, recipe_folder, tokenizer, device)
        self.digest = corpus.digest + (f" {self.teacher.digest}" if self.teacher else "")
        stream = make_stream(recipe, corpus, tokenizer)
        self.tokens_in_pass = stream.tokens_in_pass()
        share = training.batch // group.size
        offsets = window_offsets(stream, training)[:, group.rank * share : (group.rank + 1) * share]
        self.offsets, self.stream = offsets.contiguous().to(device), stream.ids.to(device)
        self.span = torch.arange(training.window + 1, device=device)
        self.separator = tokenizer.encode(SEPARATOR)[-1] if recipe.data.sentence_weight < 1 else None
        model = build_model(recipe.model, recipe.tokenizer.vocab, training.dropout)
        model.initialize(torch.Generator().manual_seed(training.seed))
        if training.start is not None:
            self.digest += f" {read_latent(os.path.join(recipe_folder, training.start), model, tokenizer)}"
        self.model = model.to(device).train()
        self.optimizer = FlatAdamW(self.model, rates(training), decay=training.weight_decay, clip=training.clip)
        self.losses = torch.zeros(training.steps, device=device)
        self.average = None
        if training.averaging is not None:
            self.average = self.optimizer.flat.clone()
            self.averaging = torch.tensor(averaging_weights(training), dtype=torch.float32, device=device)
        self.graph = None

    def state(self):
        """Everything that a run is at one moment, by name; what is not here follows from the recipe and the step."""
        one = self.optimizer
        tensors = {"flat": one.flat, "first": one.first, "second": one.second, "steps_done": one.steps_done}
        tensors["losses"] = self.losses
        if self.average is not None:
            tensors["average"] = self.average
        return tensors

    def loss(self):
        """The loss of this process's part of the batch, and its cross entropy alone, in nats per token."""
        at = self.optimizer.steps_done.reshape(1)
        begins = self.offsets.index_select(0, at).reshape(-1, 1)
        ids = self.stream[begins + self.span].long()
        logits = self.model(ids[:, :-1]).flatten(0, 1)
        costs = F.cross_entropy(logits, ids[:, 1:].flatten(), reduction="none")
        entropy = costs.mean()
        if self.separator is not None:
            weights = is_answer(ids[:, :-1], self.separator).flatten() * (1 - self.recipe.data.sentence_weight)
            weights += self.recipe.data.sentence_weight
            return (costs * weights).sum() / weights.sum(), entropy.detach()
        if self.teacher is None:
            return entropy, entropy.detach()
        wanted = self.recipe.training.distillation
        with torch.no_grad():
            hers = F.log_softmax(self.teacher.model(ids[:, :-1]).flatten(0, 1) / wanted.temperature, dim=-1)
        mine = F.log_softmax(logits / wanted.temperature, dim=-1)
        distance = (hers.exp() * (hers - mine)).sum(dim=-1).mean() * wanted.temperature**2
        return (1 - wanted.weight) * entropy + wanted.weight * distance, entropy.detach()

    def step(self):
        """One step; no number of it comes to the host, so that a GPU can be given many steps ahead, or one as a graph."""
        self.optimizer.gradient.zero_()
        loss, entropy = self.loss()
        loss.backward()
        if self.group.size > 1:
            self.group.add_up(self.optimizer.gradient.div_(self.group.size))
            entropy = entropy / self.group.size
            self.group.add_up(entropy)
        at = self.optimizer.steps_done.reshape(1)
        self.losses.index_copy_(0, at, entropy.reshape(1))
        weight = self.averaging.index_select(0, at) if self.average is not None else None
        self.optimizer.step()
        if weight is not None:
            self.average.lerp_(self.optimizer.flat, weight)

    def capture(self):
        """Makes one CUDA graph of the step. What the rehearsal changed is put back."""
        kept = {name: tensor.clone() for name, tensor in self.state().items()}
        side = torch.cuda.Stream()
        side.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(side):
            for _ in range(3):
                self.step()
                self.optimizer.steps_done.zero_()
        torch.cuda.current_stream().wait_stream(side)
        graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(graph):
            self.step()
        for name, tensor in self.state().items():
            tensor.copy_(kept[name])
        self.graph = graph

    def advance(self, step):
        """Does step number `step`. Where there is dropout its randomness depends on seed and step alone."""
        if self.recipe.training.dropout > 0:
            torch.manual_seed((self.recipe.training.seed << 32) + step * self.group.size + self.group.rank)
        if self.graph is not None:
            self.graph.replay()
        else:
            self.step()

    def late_loss(self, done):
        """Mean loss of the last steps, which waits for the device."""
        return float(self.losses[max(0, done - LATE_STEPS) : done].mean())

    def final_model(self):
        """The model with the averaged weights, where there are any, on its device and for reading only."""
        if self.average is not None:
            self.optimizer.flat.copy_(self.average)
        return self.model.eval().requires_grad_(False)

    def resume(self, folder):
        """Goes on from the state in `folder`; the steps done, 0 where there is none."""
        return load_state(folder, self.state(), self.recipe, self.digest)

    def save(self, folder, done):
        """Writes the state, unless it has ceased to be numbers: the last good one stays."""
        if not math.isfinite(self.late_loss(done)) or not bool(torch.isfinite(self.optimizer.flat).all()):
            raise UserError(
                f"the loss is no number any more at step {done}; the last good state is kept in {state_path(folder)}",
                "Choose a smaller training.rate or training.clip.",
            )
        if self.group.is_first:
            save_state(folder, self.state(), self.recipe, self.digest)


def run(trainer, folder, done, progress, stop, save_every_s=120.0):
    """
    Trains from step `done` to the last one, saving now and then; returns the steps done, fewer where `stop()` said so.

    A run that is killed loses what came after the last save, which the next one does again with the same result.
    """
    group, steps = trainer.group, trainer.recipe.training.steps
    on_gpu = group.device.type == "cuda"
    if on_gpu and group.size == 1 and done < steps:
        trainer.capture()
    saved = time.monotonic()
    while done < steps:
        trainer.advance(done)
        done += 1
        if on_gpu and done % ASYNC_STEPS != 0 and done < steps:
            continue
        if on_gpu:
            torch.cuda.synchronize()
        stops, is_due = _agree(group, stop(), time.monotonic() - saved >= save_every_s)
        if is_due or stops or done == steps:
            trainer.save(folder, done)
            group.wait()
            saved = time.monotonic()
        if group.is_first and (progress.is_due() or stops or done == steps):
            progress.tell(done, trainer.late_loss(done))
        if stops:
            break
    return done


def _agree(group, stops, is_due):
    """Every process stops and saves at the same step as the others: where one wants to, all do."""
    if group.size == 1:
        return stops, is_due
    votes = torch.tensor([float(stops), float(is_due)], device=group.device)
    group.add_up(votes)
    return bool(votes[0] > 0), bool(votes[1] > 0)
