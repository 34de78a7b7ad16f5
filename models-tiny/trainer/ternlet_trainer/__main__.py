# `python3 -m ternlet_trainer <recipe>`: the command line of the trainer, as `ternlet train` and torchrun start it.
import argparse
import os
import signal
import sys
import traceback

from .errors import BUG, DONE, INTERRUPTED, USAGE, USER, Stopped, UserError
from .processor import prepare, threads

#: Process whose end ends the training. Twin: host-tools/toolchain/python.ts.
PARENT_VARIABLE = "TERNLET_PARENT"


def parse(words):
    parser = argparse.ArgumentParser(prog="ternlet_trainer", description="Trains the model of a recipe.")
    parser.add_argument("recipe", help="the recipe, a .toml file")
    parser.add_argument("--data", default="data", help="the folder that holds the corpus")
    parser.add_argument("--device", choices=["cpu", "cuda"], help="the GPU where there is one, if left out")
    parser.add_argument("--steps", type=int, help="instead of the recipe's")
    parser.add_argument("--out", help="the folder of the run")
    parser.add_argument("--resume", action="store_true", help="go on with the run in that folder")
    parser.add_argument("--save-every", type=float, default=120.0, help="seconds between two states (120)")
    parser.add_argument("--eval-texts", type=int, default=200, help="texts that the integer model is evaluated on (200)")
    parser.add_argument("--json", action="store_true", help="print the result as one JSON document")
    return parser.parse_args(words)


class Stop:
    """Whether the run is to end early, and the exit code that says why."""

    def __init__(self):
        self.code = None
        self.parent = int(os.environ.get(PARENT_VARIABLE, "0"))
        for name, code in ((signal.SIGINT, INTERRUPTED), (signal.SIGTERM, 143), (signal.SIGHUP, 129)):
            signal.signal(name, lambda *_, code=code: self.end(code))

    def end(self, code):
        self.code = self.code or code

    def __call__(self):
        if self.parent and os.getppid() != self.parent:
            self.end(INTERRUPTED)
        return self.code is not None


def train(options, stop):
    """Does it; the exit code."""
    prepare()
    import torch

    from .config import read_recipe
    from .corpus import make_tokenizer, read_corpus
    from .distributed import join
    from .train import Trainer

    recipe = read_recipe(options.recipe, options.steps)
    torch.set_num_threads(threads())
    group = join(options.device)
    if group.device.type == "cuda":
        torch.set_float32_matmul_precision("high")
        _be_deterministic()
    try:
        corpus = read_corpus(recipe.data, options.data)
        home = os.path.dirname(os.path.abspath(options.recipe))
        tokenizer = make_tokenizer(recipe, corpus, home)
        trainer = Trainer(recipe, corpus, tokenizer, group, home)
        return _train_and_finish(options, stop, trainer, corpus)
    finally:
        group.leave()


def _be_deterministic():
    """Equal sums from run to run. cumsum over the few layers is in order anyway, though torch warns of it."""
    import warnings

    import torch

    torch.use_deterministic_algorithms(True, warn_only=True)
    warnings.filterwarnings("ignore", message=".*deterministic.*")
    if hasattr(torch.utils, "deterministic"):
        torch.utils.deterministic.fill_uninitialized_memory = False


def _train_and_finish(options, stop, trainer, corpus):
    import json

    from .export import make_folder
    from .finish import finish, model_folder
    from .progress import Progress
    from .resume import state_path
    from .ternlet_cli import Ternlet
    from .train import run

    recipe, group = trainer.recipe, trainer.group
    out = options.out or os.path.join("build", "train", recipe.name)
    if os.path.exists(state_path(out)) and not options.resume:
        raise UserError(f"{out} holds a run already", "Add --resume to go on with it, or give another folder: --out.")
    make_folder(out)
    done = trainer.resume(out)
    progress = Progress(recipe.training.steps, recipe.training.batch * recipe.training.window, done)
    if group.is_first:
        size = sum(parameter.numel() for parameter in trainer.model.parameters())
        begin = f"from step {done}" if done else "from the start"
        progress.say(f"{recipe.name}: {size:,} parameters on {_device_name(group)}, {begin}, into {out}")
    done = run(trainer, out, done, progress, stop, options.save_every)
    progress.end()
    if done < recipe.training.steps:
        if group.is_first:
            progress.say(f"stopped at step {done}; --resume goes on from there")
        return stop.code
    if group.is_first:
        sources = {"valid": os.path.join(options.data, recipe.data.valid), "texts": options.eval_texts}
        result = finish(trainer, out, corpus, sources, Ternlet(stop), progress.say)
        print(json.dumps(result) if options.json else _summary(result, out, model_folder(out, recipe)), flush=True)
    group.wait()
    return DONE


def _device_name(group):
    import torch

    name = torch.cuda.get_device_name(group.device) if group.device.type == "cuda" else f"{torch.get_num_threads()} processor thread(s)"
    return f"{group.size} × {name}" if group.size > 1 else name


def _summary(result, out, model_folder):
    figure = result["integer"]
    if figure is None:
        return f"{out}: {result['valid']['bits_per_byte']:.4f} bits per byte (float)"
    return f"{model_folder}: {figure['bits_per_byte']:.4f} bits per byte (integer model, {figure['stories']} texts)"


def out_of_memory(error):
    """Whether an error of torch or Python says that memory is short."""
    if isinstance(error, MemoryError):
        return True
    text = str(error).lower()
    return isinstance(error, RuntimeError) and ("out of memory" in text or "can't allocate memory" in text or "alloc_failed" in text)


def main(words):
    try:
        options = parse(words[1:] if words[:1] == ["train"] else words)
    except SystemExit as error:
        return DONE if error.code in (0, None) else USAGE
    if options.steps is not None and options.steps < 1:
        print(f"error: --steps is {options.steps}; 1 or more is needed", file=sys.stderr)
        return USAGE
    stop = Stop()
    try:
        return train(options, stop)
    except Stopped:
        print("stopped after the last step; --resume does the rest", file=sys.stderr)
        return stop.code
    except UserError as error:
        _complain(error, error.hint)
        return USER
    except (RuntimeError, MemoryError) as error:
        if not out_of_memory(error):
            raise
        _complain(
            "there is not enough memory for this batch; the last saved state is kept",
            "Choose a smaller training.batch (or window) in the recipe, or a smaller model.",
        )
        return USER


def _complain(message, hint):
    print(f"error: {message}", file=sys.stderr)
    if hint:
        print(f"hint:  {hint}", file=sys.stderr)


if __name__ == "__main__":
    try:
        code = main(sys.argv[1:])
    except Exception:
        traceback.print_exc()
        print("This is a bug in ternlet: please report it with the lines above.", file=sys.stderr)
        code = BUG
    sys.exit(code)
