# The state of a run in one file, so that a run that ended at any moment goes on to the same result.
import json
import os

import torch

from .errors import UserError
from .safetensors import read_tensors, write_tensors

FORM = "ternlet-training 1"


def state_path(folder):
    return os.path.join(folder, "state.safetensors")


def save_state(folder, tensors, recipe, digest):
    """Writes all tensors of the run (float32 or int64) at once: the old file or the new one is there, never a part of one."""
    dtypes = {torch.float32: "F32", torch.int64: "I64"}
    metadata = {"form": FORM, "recipe": recipe.fingerprint(), "digest": digest}
    write_tensors(state_path(folder), {name: (t, dtypes[t.dtype]) for name, t in tensors.items()}, metadata)


def load_state(folder, tensors, recipe, digest):
    """
    Reads the state of a run into `tensors` in place; returns the steps done, 0 where there is no state.

    Raises a UserError that says what differs where the state is of another recipe, corpus or shape.
    """
    path = state_path(folder)
    if not os.path.exists(path):
        return 0
    found, metadata = read_tensors(path)
    if metadata.get("form") != FORM:
        raise UserError(f"{path} is no state of this trainer", "Give another folder: --out.")
    _check_recipe(path, json.loads(metadata["recipe"]), json.loads(recipe.fingerprint()))
    if metadata["digest"] != digest:
        raise UserError(f"{path} was made with another corpus or teacher", "Give another --out, or the files of then.")
    for name, target in tensors.items():
        if name not in found or found[name].shape != target.shape or found[name].dtype != target.dtype:
            shape = list(found[name].shape) if name in found else "nothing"
            raise UserError(
                f"{path} is of another shape: {name} is {shape}, the recipe needs {list(target.shape)}",
                "Give another folder: --out.",
            )
    with torch.no_grad():
        for name, target in tensors.items():
            target.copy_(found[name])
    return int(tensors["steps_done"])


def _check_recipe(path, then, now):
    difference = _first_difference("", then, now)
    if difference is not None:
        name, old, new = difference
        raise UserError(
            f"{path} was begun with {name} = {json.dumps(old)}, the recipe now says {json.dumps(new)}",
            "Give another --out, or the recipe of then.",
        )


def _first_difference(name, then, now):
    if isinstance(then, dict) and isinstance(now, dict):
        for key in dict.fromkeys([*then, *now]):
            found = _first_difference(f"{name}.{key}".lstrip("."), then.get(key), now.get(key))
            if found is not None:
                return found
        return None
    return None if then == now else (name, then, now)
