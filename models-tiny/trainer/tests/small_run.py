# A recipe and a corpus that train in a moment, and runs of the trainer in forked processes that can be killed.
import io
import os
import random
import sys
import tempfile
import traceback
from pathlib import Path

import torch

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.dont_write_bytecode = True
from ternlet_trainer import __main__ as command  # noqa: E402
from ternlet_trainer.config import make_recipe  # noqa: E402

torch.set_num_threads(1)

WORDS = "once upon a time there was little girl boy dog cat who loved to play in the park with red ball and saw big tree".split()


def stories(count, seed=0):
    """A text of made-up stories, each ended by a line."""
    draw = random.Random(seed)
    lines = []
    for _ in range(count):
        for _ in range(draw.randint(1, 3)):
            words = [draw.choice(WORDS) for _ in range(draw.randint(4, 12))]
            lines.append(" ".join(words).capitalize() + draw.choice(".!?"))
        lines.append("<|endoftext|>")
    return "\n".join(lines) + "\n"


def table(**changes):
    """What a TOML file of a small recipe holds; `training_steps=3` changes [training] steps."""
    file = {
        "model": {"hidden": 16, "layers": 2, "intermediate": 24},
        "tokenizer": {"vocab": 96},
        "data": {"train": ["train.txt"], "valid": "valid.txt"},
        "training": {"steps": 24, "batch": 4, "window": 16, "rate": 0.02, "warm_up": 4},
        "card": {"title": "a test", "about": "A test.", "data": "Made up."},
    }
    for name, value in changes.items():
        section, _, field = name.partition("_")
        file[section][field] = value
    return file


def recipe(**changes):
    return make_recipe("small", table(**changes))


def toml(value):
    """A table of a recipe as TOML."""
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{key} = {toml(one)}" for key, one in value.items()) + " }"
    if isinstance(value, list):
        return "[" + ", ".join(map(toml, value)) + "]"
    if isinstance(value, bool):
        return str(value).lower()
    return repr(value) if isinstance(value, (int, float)) else f'"{value}"'


class Folder:
    """A temporary folder with corpus and recipe."""

    def __init__(self, **changes):
        self.home = tempfile.TemporaryDirectory()
        self.path = Path(self.home.name)
        (self.path / "train.txt").write_text(stories(60))
        (self.path / "valid.txt").write_text(stories(6, seed=1))
        self.write_recipe(**changes)

    def write_recipe(self, **changes):
        sections = table(**changes).items()
        text = "".join(f"[{name}]\n" + "".join(f"{key} = {toml(one)}\n" for key, one in file.items()) for name, file in sections)
        (self.path / "small.toml").write_text(text)

    def words(self, out, *more):
        return [str(self.path / "small.toml"), "--data", str(self.path), "--device", "cpu", "--out", str(self.path / out), *more]

    def read(self, *parts):
        return self.path.joinpath(*parts).read_bytes()

    def close(self):
        self.home.cleanup()


def start(words, prepare=None):
    """Forks a process that runs the trainer; returns its id and where it writes standard error. This process must never have trained."""
    read, write = os.pipe()
    child = os.fork()
    if child:
        os.close(write)
        return child, read
    try:
        os.close(read)
        os.dup2(write, 2)
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        sys.stderr = io.TextIOWrapper(os.fdopen(2, "wb", 0, closefd=False), write_through=True)
        if prepare:
            prepare()
        code = command.main(words)
    except BaseException:
        traceback.print_exc()
        code = 70
    os._exit(code)


def wait(child, read):
    """The exit code (minus the signal where one ended it) and what was said."""
    with os.fdopen(read, "rb") as pipe:
        said = pipe.read().decode()
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), said


def run(words, prepare=None):
    return wait(*start(words, prepare))
