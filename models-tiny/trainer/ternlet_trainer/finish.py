# What follows the last step: losses, latent weights, the checkpoint, its card, and what the integer program makes of it.
import os

from . import card
from .evaluate import texts_loss, windows_loss
from .export import write_checkpoint, write_json
from .models import write_latent
from .transformer import round_to_int8

#: Texts that one-by-one figures are made of, and the characters of each where it is cut.
TEXTS = 200
CHARACTERS = 1000
EVALUATION_BATCH = 8


def model_folder(folder, recipe):
    """The exported checkpoint of a run, ready to be one of models-tiny."""
    return os.path.join(folder, recipe.name)


def finish(trainer, folder, corpus, sources, ternlet, say):
    """
    Writes everything that a finished run leaves; returns the result, which is also written as result.json.

    sources: `valid` (the path of the validation text) and `texts` (how many of it the integer model is evaluated on).
    """
    recipe, tokenizer, device = trainer.recipe, trainer.tokenizer, trainer.group.device
    training = recipe.training
    result = {
        "model": recipe.name,
        "steps": training.steps,
        "tokens": training.steps * training.batch * training.window,
        "tokens_in_pass": trainer.tokens_in_pass,
        "bytes_per_token": card.bytes_per_token(tokenizer, corpus.valid),
        "train_loss": trainer.late_loss(training.steps),
        # What only a ternary model has, and what only the yardstick has; what was not made stays null.
        **dict.fromkeys(["file_bytes", "image_bytes", "integer", "valid_int8"]),
        "samples": [],
    }
    model = trainer.final_model()
    write_latent(folder, model, recipe, tokenizer)
    result["valid"] = _float_figures(model, recipe, tokenizer, corpus.valid, device)
    say(f"valid: {result['valid']['nats_per_token']:.4f} nats per token, {result['valid']['bits_per_byte']:.4f} bits per byte (float)")
    if recipe.model.kind == "transformer":
        result["valid_int8"] = _float_figures(round_to_int8(model), recipe, tokenizer, corpus.valid, device)
        say(f"int8 matrices: {result['valid_int8']['bits_per_byte']:.4f} bits per byte")
    else:
        _export(trainer, model, folder, sources, ternlet, result, say)
    write_json(os.path.join(folder, "result.json"), result)
    return result


def _float_figures(model, recipe, tokenizer, documents, device):
    training = recipe.training
    figures = windows_loss(model, tokenizer, documents, training.window, training.batch, device)
    figures["bits_per_byte_texts"] = texts_loss(model, tokenizer, documents[:TEXTS], CHARACTERS, EVALUATION_BATCH, device)
    figures["bits_per_byte_whole_texts"] = texts_loss(model, tokenizer, documents, None, EVALUATION_BATCH, device)
    return figures


def _export(trainer, model, folder, sources, ternlet, result, say):
    recipe, tokenizer = trainer.recipe, trainer.tokenizer
    home = model_folder(folder, recipe)
    model = model.cpu()
    write_checkpoint(home, model, tokenizer, recipe.training.window)
    card.write_golden(home, tokenizer, recipe.card.prompts[0])
    result["file_bytes"] = os.path.getsize(os.path.join(home, "model.safetensors"))
    if ternlet.is_at_hand():
        result["image_bytes"] = ternlet.image_bytes(home)
        result["integer"] = ternlet.evaluate(home, sources["valid"], recipe.data.form, sources["texts"])
        integer = result["integer"]
        say(f"integer model: {integer['bits_per_byte']:.4f} bits per byte (ternlet eval, {integer['stories']} texts)")
        if recipe.data.form == "commands":
            result["accuracy"] = ternlet.accuracy(home, sources["valid"])
            say(f"device and action right: {result['accuracy']['pairs_exact']:.4f}, values too: {result['accuracy']['all_exact']:.4f}")
        result["samples"] = [
            ternlet.write_text(home, prompt, *options)
            for prompt in recipe.card.prompts
            for options in (("--temperature", "0"), card.DRAWN)
        ]
    else:
        say("integer model: not evaluated, since ternlet did not start this run; ternlet train --resume does it.")
    card.write_model_json(home, recipe, model, result)
    card.write_card(home, recipe, model, result)
