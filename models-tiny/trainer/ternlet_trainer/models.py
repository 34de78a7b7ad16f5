# Models by recipe: built, filled from a file of latent weights, and the teacher of a distillation.
import hashlib
import json
import os

import torch

from .config import make_recipe
from .errors import UserError, reason_of
from .export import MLGRU_FIELDS
from .mlgru import Mlgru, MlgruConfig
from .safetensors import read_tensors, write_tensors
from .transformer import Transformer, TransformerConfig


def build_model(shape, vocab, dropout=0.0):
    """The model of a recipe's [model], not initialized."""
    if shape.kind == "mlgru":
        return Mlgru(MlgruConfig(vocab=vocab, **{name: getattr(shape, name) for name in MLGRU_FIELDS}))
    names = ("hidden", "layers", "intermediate", "heads", "tied")
    return Transformer(TransformerConfig(vocab=vocab, dropout=dropout, **{name: getattr(shape, name) for name in names}))


def run_of(folder):
    """The name of the run that a folder holds."""
    return os.path.basename(os.path.normpath(folder))


def latent_path(folder):
    """The trained float weights of a run, which a teacher is read from."""
    return os.path.join(folder, "latent.safetensors")


def digest_of(text):
    return hashlib.sha256(text.encode()).hexdigest()


def write_latent(folder, model, recipe, tokenizer):
    """All parameters as float32 under the trainer's names, with the recipe and the digest of the tokenizer."""
    tensors = {name: (parameter, "F32") for name, parameter in model.named_parameters()}
    metadata = {"recipe": recipe.fingerprint(), "tokenizer": digest_of(tokenizer.to_json())}
    write_tensors(latent_path(folder), tensors, metadata)


def read_latent(folder, model, tokenizer):
    """Fills a model with the trained float weights of a run; the digest of their file."""
    path = latent_path(folder)
    try:
        with open(path, "rb") as file:
            digest = hashlib.sha256(file.read()).hexdigest()
    except OSError as error:
        hint = f"training.start names the folder of a finished run; this one is made by: ternlet train {run_of(folder)}"
        raise UserError(f"the weights {path} cannot be read: {reason_of(error)}", hint) from error
    tensors, metadata = read_tensors(path)
    wanted = {name: parameter.shape for name, parameter in model.named_parameters()}
    if metadata.get("tokenizer") != digest_of(tokenizer.to_json()) or {name: one.shape for name, one in tensors.items()} != wanted:
        raise UserError(f"the weights {path} are of another model or tokenizer", "training.start names a run of the same [model] and [tokenizer].")
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            parameter.copy_(tensors[name])
    return digest


class Teacher:
    """The model of another run, whose logits are learnt from; `digest` is that of its file."""

    def __init__(self, recipe, folder, tokenizer, device):
        path = latent_path(os.path.join(folder, recipe.training.distillation.teacher))
        try:
            with open(path, "rb") as file:
                self.digest = hashlib.sha256(file.read()).hexdigest()
        except OSError as error:
            name = run_of(recipe.training.distillation.teacher)
            hint = f"distillation.teacher names the folder of a finished run, relative to the recipe; make it by: ternlet train {name}"
            raise UserError(f"the teacher {path} cannot be read: {reason_of(error)}", hint) from error
        tensors, metadata = read_tensors(path)
        if metadata.get("tokenizer") != digest_of(tokenizer.to_json()):
            hint = 'Name its tokenizer.json as tokenizer.file, so that both read the same tokens.'
            raise UserError(f"the teacher {path} has another tokenizer", hint)
        facts = {**json.loads(metadata["recipe"]), "card": {"title": "-", "about": "-", "data": "-"}}
        self.model = build_model(make_recipe("teacher", _without_nulls(facts)).model, recipe.tokenizer.vocab)
        with torch.no_grad():
            for name, parameter in self.model.named_parameters():
                parameter.copy_(tensors[name])
        self.model.to(device).eval().requires_grad_(False)


def _without_nulls(value):
    """TOML has no null: what is none is left out."""
    if isinstance(value, dict):
        return {key: _without_nulls(one) for key, one in value.items() if one is not None}
    return value
