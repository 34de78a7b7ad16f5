# The rival: llama2.c's stories260K as float32 and as int8, and our models, measured by one script on the same stories.
#
# Source: karpathy/llama2.c, run.c (version-0 checkpoints, tokenizer.bin) and export.py (q8_0).
import argparse
import json
import os
import re
import struct
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

import torch
import torch.nn.functional as F

from . import one_by_one
from .corpus import read_text, split_documents
from .errors import DONE, USER, UserError, reason_of
from .ternlet_cli import VARIABLE
from .processor import prepare, threads

WEIGHTS_FILE, TOKENIZER_FILE = "stories260K.bin", "tok512.bin"
#: Ids of tok512.bin: a story begins with START, and so does the next one, which is how a story's end is predicted.
START, FIRST_BYTE = 1, 3
EPSILON = 1e-5
#: Weights that share a scale in llama2.c's q8_0.
GROUP = 64


@dataclass(frozen=True)
class Shape:
    """The header of a version-0 checkpoint."""

    hidden: int
    intermediate: int
    layers: int
    heads: int
    kv_heads: int
    vocab: int
    window: int


_HINT = f"Name the folder that holds {WEIGHTS_FILE} and {TOKENIZER_FILE}."


def _damaged(path):
    return UserError(f"{path} is no llama2.c checkpoint of version 0 with a tied head", _HINT)


def _read(path):
    try:
        return Path(path).read_bytes()
    except OSError as error:
        raise UserError(f"{path} cannot be read: {reason_of(error)}", _HINT) from error


def read_llama(path):
    """Shape and tensors by name: float32, those of all layers stacked."""
    raw = _read(path)
    if len(raw) < 28:
        raise _damaged(path)
    shape = Shape(*struct.unpack_from("<7i", raw))
    if min(struct.unpack_from("<7i", raw)) < 1 or shape.hidden % shape.heads or shape.heads % shape.kv_heads:
        raise _damaged(path)
    n, h, i, kv = shape.layers, shape.hidden, shape.intermediate, shape.hidden // shape.heads * shape.kv_heads
    sizes = {"embedding": (shape.vocab, h), "attn_norm": (n, h), "q": (n, h, h), "k": (n, kv, h), "v": (n, kv, h), "o": (n, h, h)}
    sizes |= {"mlp_norm": (n, h), "gate": (n, i, h), "down": (n, h, i), "up": (n, i, h), "final_norm": (h,)}
    tables = 2 * shape.window * (h // shape.heads // 2)  # Cosines and sines, which are computed here.
    if len(raw) != 28 + 4 * (sum(map(_product, sizes.values())) + tables):
        raise _damaged(path)
    tensors, at = {}, 28
    for name, size in sizes.items():
        data = bytearray(raw[at : at + 4 * _product(size)])
        tensors[name] = torch.frombuffer(data, dtype=torch.float32).view(size)
        at += len(data)
    return shape, tensors


def _product(size):
    return int(torch.Size(size).numel())


class Llama:
    """ids [B, T] -> logits [B, T, V]: RMSNorm, grouped attention with rotary positions on adjacent pairs, SwiGLU, a tied head."""

    def __init__(self, shape, tensors):
        self.shape, self.tensors = shape, tensors

    def parameters(self):
        return sum(tensor.numel() for tensor in self.tensors.values())

    @torch.no_grad()
    def __call__(self, ids):
        t, length = self.tensors, ids.shape[1]
        width = self.shape.hidden // self.shape.heads
        rates = 10000.0 ** (-torch.arange(0, width, 2, dtype=torch.float32) / width)
        angles = torch.arange(length, dtype=torch.float32)[:, None] * rates
        turn = torch.polar(torch.ones_like(angles), angles)  # [T, width / 2]
        later = torch.ones(length, length, dtype=torch.bool).triu(1)
        x = F.embedding(ids, t["embedding"])
        for layer in range(self.shape.layers):
            x = x + self._attend(rms_norm(x, t["attn_norm"][layer]), layer, turn, later)
            u = rms_norm(x, t["mlp_norm"][layer])
            x = x + F.linear(F.silu(F.linear(u, t["gate"][layer])) * F.linear(u, t["up"][layer]), t["down"][layer])
        return F.linear(rms_norm(x, t["final_norm"]), t["embedding"])

    def _attend(self, u, layer, turn, later):
        shape, t, (batch, length, _) = self.shape, self.tensors, u.shape
        width, shared = shape.hidden // shape.heads, shape.heads // shape.kv_heads
        q, k, v = (F.linear(u, t[name][layer]).view(batch, length, -1, width).transpose(1, 2) for name in ("q", "k", "v"))
        k, v = _rotate(k, turn).repeat_interleave(shared, dim=1), v.repeat_interleave(shared, dim=1)
        scores = _rotate(q, turn) @ k.transpose(-1, -2) / width**0.5
        weights = torch.softmax(scores.masked_fill(later, float("-inf")), dim=-1)
        return F.linear((weights @ v).transpose(1, 2).reshape(batch, length, -1), t["o"][layer])


def rms_norm(x, weight):
    return x * torch.rsqrt(x.square().mean(dim=-1, keepdim=True) + EPSILON) * weight


def _rotate(x, turn):
    """x [B, heads, T, width], adjacent channels being a pair."""
    pairs = torch.view_as_complex(x.reshape(*x.shape[:-1], -1, 2).contiguous())
    return torch.view_as_real(pairs * turn).flatten(-2)


def _round(rows):
    """rows [n, m] rounded to whole numbers in [-127, 127] times one scale a row."""
    unit = rows.abs().amax(dim=1, keepdim=True).clamp(min=1e-12) / 127
    return torch.round(rows / unit) * unit


def int8_form(model, grouped):
    """The model with every matrix rounded to int8, and its bytes: one float32 scale a row, or one for each 64 weights as q8_0 has it."""
    tensors, size = {}, 0
    for name, tensor in model.tensors.items():
        if name.endswith("norm"):
            tensors[name], size = tensor, size + 4 * tensor.numel()
            continue
        width = GROUP if grouped else tensor.shape[-1]
        tensors[name] = _round(tensor.reshape(-1, width)).view(tensor.shape)
        size += tensor.numel() + 4 * (tensor.numel() // width)
    return Llama(model.shape, tensors), size


class RivalTokenizer:
    """tok512.bin: of neighbouring pieces the pair with the best score is joined first; no piece has a space but as its first character."""

    def __init__(self, raw):
        self.ids, self.scores, at = {}, [], 4
        while at < len(raw):
            score, length = struct.unpack_from("<fi", raw, at)
            piece = raw[at + 8 : at + 8 + length]
            self.ids[piece] = len(self.scores)
            self.scores.append(score)
            at += 8 + length
        self._words = {}

    def encode(self, text):
        """The ids of a text, a space before it as sentencepiece puts it, without a start."""
        ids = []
        for word in re.findall(r" [^ ]*|[^ ]+", f" {text}" if text else ""):
            if word not in self._words:
                self._words[word] = self._encode_word(word)
            ids += self._words[word]
        return ids

    def _encode_word(self, word):
        pieces = []
        for character in word:
            raw = character.encode()
            pieces += [raw] if raw in self.ids else [b"<0x%02X>" % byte for byte in raw]
        while True:
            joined = [(self.scores[self.ids[a + b]], -at) for at, (a, b) in enumerate(zip(pieces, pieces[1:])) if a + b in self.ids]
            if not joined:
                return [self.ids[piece] for piece in pieces]
            at = -max(joined)[1]
            pieces[at : at + 2] = [pieces[at] + pieces[at + 1]]


def read_rival(folder):
    """Model and tokenizer of a folder, and the tokenizer's bytes."""
    raw = _read(os.path.join(folder, TOKENIZER_FILE))
    shape, tensors = read_llama(os.path.join(folder, WEIGHTS_FILE))
    try:
        tokenizer = RivalTokenizer(raw)
    except struct.error as error:
        raise UserError(f"{TOKENIZER_FILE} is damaged: {error}") from error
    if len(tokenizer.scores) != shape.vocab:
        raise UserError(f"{TOKENIZER_FILE} has {len(tokenizer.scores)} pieces, {WEIGHTS_FILE} {shape.vocab}")
    return Llama(shape, tensors), tokenizer, len(raw)


def rival_rows(folder, stories):
    """What each form of the rival takes in flash, and its bits per byte on the stories."""
    model, tokenizer, tokenizer_bytes = read_rival(folder)
    rows = [one_by_one.with_ends(tokenizer.encode, story, START) for story in stories]
    forms = [("float32", model, 4 * model.parameters())]
    forms += [(name, *int8_form(model, grouped)) for name, grouped in (("int8, a scale a row", False), ("int8, q8_0", True))]
    table = []
    for name, form, size in forms:
        found = one_by_one.measure(form, rows, stories, model.shape.window)
        facts = {"model": "stories260K", "form": name, "parameters": model.parameters(), "flash_bytes": size + tokenizer_bytes}
        table.append({**facts, **found})
    return table


def ask_ternlet(*words):
    """The JSON document that a verb of `ternlet` prints: that of the variable, else the sources of this clone."""
    root = Path(__file__).resolve().parents[3]
    command = json.loads(os.environ.get(VARIABLE, "null")) or [str(root / "node_modules/.bin/tsx"), str(root / "host-tools/cli.ts")]
    try:
        done = subprocess.run([*command, *words, "--json"], capture_output=True, text=True, check=False)
    except OSError as error:
        raise UserError(f"ternlet cannot be started: {error}", "Run `npm start` in the clone first.") from error
    if done.returncode != 0:
        raise UserError(f"ternlet {words[0]} failed: {done.stderr.strip()}")
    return json.loads(done.stdout)


def our_facts(model, text_path, count, characters, stories):
    """Flash bytes and bits per byte of one of our models, by its integer image; `ternlet eval` must have read the same stories."""
    limits = {"--stories": count, "--characters": characters}
    chosen = [word for name, value in limits.items() if value is not None for word in (name, str(value))]
    found = ask_ternlet("eval", model, "--text", text_path, "--engine", "integer", *chosen)
    size = sum(story.bytes() for story in stories)
    if (found["stories"], found["bytes"]) != (len(stories), size):
        raise UserError(f"ternlet eval read {found['stories']} stories of {found['bytes']} bytes, this script {len(stories)} of {size}")
    return {**compile_facts(model), "bits_per_byte": found["bits_per_byte"], "tokens": found["tokens"]}


def compile_facts(model):
    """Flash bytes of the smallest integer image of one of our models, every weight at 1.6 bits, and where they go."""
    with tempfile.TemporaryDirectory() as folder:
        compiled = ask_ternlet("compile", model, "--weights", "t5", "--output", os.path.join(folder, "model.tern"))
    return {"model": compiled["model"], "form": "integer image", "flash_bytes": compiled["bytes"], "sizes": compiled["sizes"]}


def table_text(rows, stories):
    """The rows as a table of Markdown, and what they were measured on."""
    lines = ["| model | form | flash bytes | tokens | bits per byte |", "|---|---|--:|--:|--:|"]
    for row in rows:
        lines.append(f"| {row['model']} | {row['form']} | {row['flash_bytes']:,} | {row['tokens']:,} | {row['bits_per_byte']:.4f} |")
    size = sum(story.bytes() for story in stories)
    whole = sum(story.ended for story in stories)
    lines.append(f"\n{len(stories)} stories one at a time, {whole} of them to their end: {size:,} bytes, each end counted as one.")
    return "\n".join(lines)


def main(words):
    parser = argparse.ArgumentParser(prog="ternlet_trainer.rival", description="Measures stories260K and our models on the same stories.")
    parser.add_argument("models", nargs="*", help="our models, as `ternlet eval` takes them")
    parser.add_argument("--rival", required=True, help=f"the folder that holds {WEIGHTS_FILE} and {TOKENIZER_FILE}")
    parser.add_argument("--text", required=True, help="stories, each ended by a line <|endoftext|>; may be gzip")
    parser.add_argument("--stories", type=int, help="only the first so many")
    parser.add_argument("--characters", type=int, help="of each story only the first so many; the end of a cut one is not predicted")
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    options = parser.parse_args(words)
    prepare()
    torch.set_num_threads(threads())
    texts = split_documents(read_text(options.text), "stories")[: options.stories]
    stories = [one_by_one.Story.cut(text, options.characters) for text in texts]
    rows = rival_rows(options.rival, stories)
    rows += [our_facts(name, options.text, options.stories, options.characters, stories) for name in options.models]
    print(json.dumps({"rows": rows}) if options.json else table_text(rows, stories))
    return DONE


def run(program, words):
    """A program's exit code; what a user did wrong is said in one sentence."""
    try:
        return program(words)
    except UserError as error:
        print(f"error: {error}" + (f"\nhint:  {error.hint}" if error.hint else ""), file=sys.stderr)
        return USER


if __name__ == "__main__":
    sys.exit(run(main, sys.argv[1:]))
