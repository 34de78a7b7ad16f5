# The card of a model: README.md, model.json and golden.json, from what the run and the integer program say.
import os

import torch

from .export import checkpoint_tensors, read_checkpoint, write_json
from .models import run_of
from .safetensors import write_whole

GOLDEN_TOKENS = 40
#: Of each prompt of the card one text is the likeliest and one is drawn, so.
DRAWN = ("--temperature", "0.6", "--top-p", "0.9", "--seed", "1")


def parameter_counts(model):
    """How many weights the checkpoint holds, by kind; those of digits count once, whatever their digits."""
    counts = {"ternary": 0, "nonzero": 0, "embedding": 0, "rest": 0}
    for name, (tensor, _) in checkpoint_tensors(model).items():
        if name == "model.embeddings.weight":
            counts["embedding"] += tensor.numel()
        elif name.endswith("_proj.weight") or name == "lm_head.weight":
            counts["ternary"] += tensor.numel()
            counts["nonzero"] += int((tensor != 0).sum())
        else:
            counts["rest"] += tensor.numel()
    return counts


def write_golden(folder, tokenizer, prompt):
    """golden.json: what the exported checkpoint computes in float32 after a prompt, and its likeliest continuation."""
    model = read_checkpoint(folder)
    prompt_ids = [0, *tokenizer.encode(prompt)]
    ids, logits = list(prompt_ids), None
    with torch.no_grad():
        for _ in range(GOLDEN_TOKENS):
            last = model(torch.tensor([ids]))[0, -1]
            logits = last if logits is None else logits
            ids.append(int(last.argmax()))
    greedy = ids[len(prompt_ids) :]
    golden = {
        "prompt": prompt,
        "prompt_ids": prompt_ids,
        "last_logits_first16": [round(float(one), 6) for one in logits[:16]],
        "argmax": greedy[0],
        "greedy_ids_40": greedy,
        "greedy_text": tokenizer.decode(greedy).decode("utf-8", "replace"),
    }
    write_json(os.path.join(folder, "golden.json"), golden)


def write_model_json(folder, recipe, model, result):
    """What `ternlet models` lists. Twin: cardSchema in host-tools/compiler/model-source.ts."""
    facts = {"title": recipe.card.title, "licence": recipe.card.licence, "default": False}
    facts["parameters"] = sum(tensor.numel() for tensor, _ in checkpoint_tensors(model).values())
    if result["image_bytes"] is not None:
        facts["image_bytes"] = result["image_bytes"]
    if result["integer"] is not None:
        corpus = os.path.dirname(recipe.data.valid) or recipe.data.valid
        text = f"{corpus} valid, {result['integer']['stories']} texts"
        facts["bits_per_byte"] = {"value": round(result["integer"]["bits_per_byte"], 4), "engine": "integer", "text": text}
    if "accuracy" in result:
        found = result["accuracy"]
        text = f"{os.path.dirname(recipe.data.valid)} valid, device and action of {found['sentences']:,} sentences"
        facts["accuracy"] = {"value": round(found["pairs_exact"], 4), "engine": "integer", "text": text}
    write_json(os.path.join(folder, "model.json"), facts)


def write_card(folder, recipe, model, result):
    write_whole(os.path.join(folder, "README.md"), [card_text(recipe, model, result).encode()])


def card_text(recipe, model, result):
    """README.md of a model: `result` is what the run says (train_loss, valid, integer, image_bytes, samples …)."""
    rows = "\n".join(f"| {left} | {right} |" for left, right in _rows(recipe, model, result))
    parts = [
        f"# {recipe.name}",
        recipe.card.about,
        f"| | |\n|---|---|\n{rows}",
        f"**Data.** {recipe.card.data}",
        f"**Tokens.** {_tokens(recipe, result)}",
        f"**Recipe.** {_recipe(recipe)} All of it: `models-tiny/trainer/recipes/{recipe.name}.toml`; {_again(recipe)}",
        f"**Weights.** {_weights(recipe.model)}",
        f"**Licence.** {recipe.card.licence}.",
        *_samples(result),
        "**Files.** `golden.json` is a float32 run of this checkpoint (compare logits within 1e-3; near ties can differ).",
    ]
    return "\n\n".join(parts) + "\n"


def _rows(recipe, model, result):
    shape, training, counts = recipe.model, recipe.training, parameter_counts(model)
    total = counts["ternary"] + counts["embedding"] + counts["rest"]
    tokens = training.steps * training.batch * training.window
    passes = tokens / result["tokens_in_pass"]
    head = "also the head" if shape.embedding_digits else "float"
    kinds = [f"{counts['ternary']:,}", f"{counts['embedding']:,} ({head})", f"{counts['rest']:,}"]
    rows = [
        ("layers × hidden × intermediate; vocabulary", f"{_shape(shape)}; {recipe.tokenizer.vocab} ({recipe.tokenizer.kind} BPE)"),
        ("parameters", f"{total:,}"),
        ("of these ternary matrices / embedding / norms, bounds and scales", " / ".join(kinds)),
        ("share of non-zero ternary weights", f"{counts['nonzero'] / counts['ternary']:.2f}"),
        ("weights", f"{result['file_bytes'] / 1e6:.2f} MB"),
    ]
    if result["image_bytes"] is not None:
        rows.append(("image (`ternlet compile`)", f"{result['image_bytes']:,} bytes"))
    rows.append(
        (
            "training",
            f"{training.steps:,} steps × {training.batch * training.window:,} tokens = {tokens / 1e6:.1f} M ({passes:.1f} passes)",
        )
    )
    valid = result["valid"]
    rows.append(("loss, nats per token: train (last 100 steps) / valid", f"{result['train_loss']:.3f} / {valid['nats_per_token']:.3f}"))
    rows.append((f"bits per byte, valid, windows of {training.window}, float", f"{valid['bits_per_byte']:.4f}"))
    if result["integer"] is not None:
        integer = result["integer"]
        rows.append((f"bits per byte, one text at a time, the first {integer['stories']} of valid, integer", f"{integer['bits_per_byte']:.4f}"))
    if "accuracy" in result:
        found = result["accuracy"]
        for kind, words in (("", "as a board writes them"), ("constrained_", "held to known answers (`ternlet eval --commands`)")):
            shares = f"{found[kind + 'pairs_exact']:.1%} / {found[kind + 'all_exact']:.1%}"
            rows.append((f"right in device and action / in values too, {found['sentences']:,} valid sentences, integer, {words}", shares))
    return rows


def _shape(shape):
    return f"{shape.layers} × {shape.hidden} × {shape.intermediate}"


def _tokens(recipe, result):
    who = "Any text has tokens: 256 of them are bytes." if recipe.tokenizer.kind == "byte-fallback" else (
        "ASCII characters of the corpus only; others have no encoding."
        if recipe.tokenizer.characters == "occurring"
        else "Printable ASCII and newline; other characters have no encoding."
    )
    return f"{who} Id 0 is `<|endoftext|>`: it starts every text and ends it. {result['bytes_per_token']:.2f} bytes per token on the valid part."


def _recipe(recipe):
    training = recipe.training
    words = {
        "cosine": f"cosine to {training.floor:.0%} of the peak",
        "linear": f"a straight line to {training.floor:.0%} of the peak",
        "two-stage": "the paper's two stages, halved midway",
        "wsd": f"a plateau, then a straight line to {training.floor:.0%} in the last {training.decay_share:.0%} of the steps",
    }
    parts = [
        "AdamW (beta 0.9, 0.95)",
        f"peak learning rate {training.rate:g}, {words[training.schedule]} after {training.warm_up} warm-up steps",
        f"batch {training.batch} × {training.window} tokens",
        f"gradient norm clipped at {training.clip:g}",
        f"weight decay {training.weight_decay:g} on matrices only",
        "straight-through gradients, float32",
    ]
    if training.start is not None:
        parts.append(f"from the weights of `{run_of(training.start)}` on")
    if training.averaging is not None:
        kind = training.averaging
        what = f"with decay {kind.decay:g}" if kind.kind == "ema" else f"over the last {kind.steps:,} steps"
        parts.append(f"weights averaged {what}")
    if training.distillation is not None:
        wanted = training.distillation
        parts.append(f"distilled from `{run_of(wanted.teacher)}` (share {wanted.weight:g}, temperature {wanted.temperature:g})")
    return "; ".join(parts) + "."


def _again(recipe):
    """The commands that make the model, those that it needs first before it."""
    training = recipe.training
    needed = [training.start] if training.start else []
    needed += [training.distillation.teacher] if training.distillation else []
    words = [f"`ternlet train {name}`" for name in [*map(run_of, needed), recipe.name]]
    return f"{', then '.join(words)}: that runs it again."


def _weights(shape):
    plain = "The ternary matrices hold what they ternarize to, in BF16: mean|W| is the scale, and in any number format "
    plain += "`T = clamp(round(W / mean|W|), −1, 1)` gives the trits."
    if not shape.embedding_digits and not shape.row_scales:
        return f"{plain} No extension of the official architecture is used: its code loads them."
    used = []
    if shape.embedding_digits:
        used.append(f"an embedding of {shape.embedding_digits} balanced ternary digits, which is the head too")
    if shape.row_scales:
        digits = "" if shape.weight_digits == 1 else f" and {shape.weight_digits} balanced ternary digits a weight"
        used.append(f"one scale a row of the matrices{digits}")
    rest = "" if shape.row_scales else f"{plain} "
    return f"{rest}Extensions of the official architecture (`ternlet` in config.json): {'; '.join(used)}."


def _samples(result):
    if not result["samples"]:
        return []
    quoted = ["**Samples**, written by the integer program (`ternlet generate`), the likeliest and one drawn with `" + " ".join(DRAWN) + "`:"]
    for text in result["samples"]:
        quoted.append("\n".join(f"> {line}" if line else ">" for line in text.split("\n")))
    return quoted


def bytes_per_token(tokenizer, documents):
    """Bytes of texts, and one for each end, by token."""
    tokens = sum(len(tokenizer.encode(text)) + 1 for text in documents)
    return sum(len(text.encode()) + 1 for text in documents) / max(1, tokens)
