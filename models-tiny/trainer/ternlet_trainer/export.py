# A trained model to a checkpoint folder: official tensor names and config.json (MODEL.md 1 and 3), each tensor as small as it is exact.
import json
import os

import torch

from .errors import UserError
from .mlgru import Mlgru, MlgruConfig
from .quantize import digitize, ternarize
from .safetensors import decode_f8, encode_f8, read_tensors, write_tensors, write_whole

MLGRU_FIELDS = ("hidden", "layers", "intermediate", "lower_bound", "embedding_digits", "row_scales", "weight_digits", "tied_norms")


def store_trits(trits, scale):
    """
    Trits [rows, cols] as float32 numbers that BF16 holds exactly and whose mean magnitude is `scale`.

    The official code finds the scale as mean|W| and a trit as round(W / scale). One BF16 magnitude for all would be up to 2^-9
    off; so the first few of the non-zero weights take the BF16 number above it, as many as bring the mean where it was.
    """
    signs = trits.detach().cpu().to(torch.float64).reshape(-1)
    places = signs.nonzero().reshape(-1)
    if len(places) == 0:
        return torch.zeros(trits.shape)
    total = float(scale) * signs.numel()
    low = _bf16_below(total / len(places))
    high = _bf16_above(low)
    upper = min(len(places), max(0, round((total - low * len(places)) / (high - low))))
    values = signs * low
    values[places[:upper]] = signs[places[:upper]] * high
    return values.to(torch.float32).view(trits.shape)


def _bf16_below(value):
    bits = torch.tensor(value, dtype=torch.float32).view(torch.int32)
    return float((bits & ~0xFFFF).view(torch.float32))


def _bf16_above(value):
    bits = torch.tensor(value, dtype=torch.float32).view(torch.int32)
    return float((bits + 0x10000).view(torch.float32))


def checkpoint_tensors(model):
    """name -> (tensor, dtype) of an Mlgru, in the official names; digits add `weight_scale` (docs/integer.md)."""
    config, tensors = model.config, {}

    def vector(name, tensor):
        tensors[name] = (tensor.detach().cpu(), "F32")

    def matrix(name, latent, gain):
        if config.row_scales and gain is not None:
            whole, scale = digitize(latent.detach(), config.weight_digits)
            _store_digits(tensors, name, whole, scale.reshape(-1) * gain.detach())
            return
        trits, scale = ternarize(latent.detach())
        if config.row_scales:  # The head, which has no gain: one scale, told row by row.
            _store_digits(tensors, name, trits, scale.reshape(-1).expand(trits.shape[0]))
        else:
            tensors[f"{name}.weight"] = (store_trits(trits, scale), "BF16")

    if config.embedding_digits:
        whole, scale = digitize(model.embedding.detach(), config.embedding_digits)
        _store_digits(tensors, "model.embeddings", whole, scale.reshape(-1))
    else:
        tensors["model.embeddings.weight"] = (model.embedding.detach().cpu(), "F16")
        matrix("lm_head", model.head, None)
    if config.lower_bound:
        vector("model.lower_bounds", model.lower_bounds)
    for index, layer in enumerate(model.layers):
        at = f"model.layers.{index}"
        vector(f"{at}.attn_norm.weight", layer.attn_norm)
        vector(f"{at}.attn.g_norm.weight", layer.g_norm)
        vector(f"{at}.mlp_norm.weight", layer.mlp_norm)
        for name, norm, latent, gain in _linears(layer):
            vector(f"{at}.{name}.norm.weight", norm)
            matrix(f"{at}.{name}", latent, gain)
    vector("model.norm.weight", model.final_norm)
    vector("lm_head.norm.weight", model.head_norm)
    return tensors


def _linears(layer):
    """(official name, norm, latent, gain or None) of the six BitLinears of a layer."""
    named = [("attn.o_proj", layer.o), ("mlp.gate_proj", layer.gate), ("mlp.down_proj", layer.down)]
    found = [(name, one.norm, one.weights[0], one.gain) for name, one in named]
    for place, name in enumerate(("attn.i_proj", "attn.f_proj", "attn.g_proj")):
        linear = layer.ifg[0] if len(layer.ifg) == 1 else layer.ifg[place]
        part = place if len(layer.ifg) == 1 else 0
        latent, rows = linear.weights[part], layer.config.hidden
        gain = None if linear.gain is None else linear.gain[part * rows : (part + 1) * rows]
        found.append((name, linear.norm, latent, gain))
    return found


def _store_digits(tensors, name, whole, scale):
    """Rows of whole numbers times a scale each; a negative scale changes the signs of its row."""
    whole = whole.detach().cpu() * torch.where(scale.detach().cpu() < 0, -1.0, 1.0).reshape(-1, 1)
    scale = scale.detach().cpu().abs().to(torch.float32).contiguous()
    values = whole * scale.reshape(-1, 1)
    tensors[f"{name}.weight"] = (values, "F8_E4M3" if _survives_f8(values, whole, scale) else "BF16")
    tensors[f"{name}.weight_scale"] = (scale, "F32")


def _survives_f8(values, whole, scale):
    """Whether a reader finds the same whole numbers behind F8_E4M3. Twin: tolerance in host-tools/compiler/digits.ts, 1/8."""
    quotient = decode_f8(encode_f8(values)) / scale.reshape(-1, 1).clamp(min=1e-30)
    return bool(((quotient - whole).abs() < 0.12).all())


def official_config(config, window):
    """config.json of HGRNBitConfig; extensions stand under `ternlet`."""
    file = {
        "architectures": ["HGRNBitForCausalLM"],
        "model_type": "hgrn_bit",
        "vocab_size": config.vocab,
        "hidden_size": config.hidden,
        "num_hidden_layers": config.layers,
        "attn_mode": "fused_recurrent",
        "num_heads": 1,
        "expand_ratio": 1,
        "use_short_conv": False,
        "conv_size": 4,
        "share_conv_kernel": True,
        "use_lower_bound": config.lower_bound,
        "hidden_ratio": 4,
        "intermediate_size": config.intermediate,
        "hidden_act": "swish",
        "max_position_embeddings": window,
        "rms_norm_eps": 1e-06,
        "pad_token_id": None,
        "bos_token_id": 0,
        "eos_token_id": 0,
        "tie_word_embeddings": config.embedding_digits > 0,
        "initializer_range": 0.02,
        "torch_dtype": "float32",
    }
    extensions = {}
    if config.embedding_digits:
        extensions["embedding_digits"] = config.embedding_digits
    if config.row_scales:
        extensions |= {"row_scales": True, "weight_digits": config.weight_digits}
    return {**file, "ternlet": extensions} if extensions else file


def write_json(path, value):
    write_whole(path, [f"{json.dumps(value, indent=2, ensure_ascii=False)}\n".encode()])


def make_folder(path):
    try:
        os.makedirs(path, exist_ok=True)
    except OSError as error:
        raise UserError(f"{path} cannot be made: {error.strerror}", "--out names the folder of the run.") from error


def write_checkpoint(folder, model, tokenizer, window):
    """config.json, model.safetensors, tokenizer.json and tokenizer_config.json; the weights first, so that a config has its own."""
    make_folder(folder)
    write_tensors(os.path.join(folder, "model.safetensors"), checkpoint_tensors(model), {"format": "pt"})
    write_whole(os.path.join(folder, "tokenizer.json"), [tokenizer.to_json().encode()])
    end = "<|endoftext|>"
    facts = {"tokenizer_class": "PreTrainedTokenizerFast", "bos_token": end, "eos_token": end}
    facts |= {"clean_up_tokenization_spaces": False, "model_max_length": window}
    write_json(os.path.join(folder, "tokenizer_config.json"), facts)
    write_json(os.path.join(folder, "config.json"), official_config(model.config, window))


def read_checkpoint(folder):
    """An Mlgru with the numbers of an exported checkpoint: what the file says, on the CPU."""
    with open(os.path.join(folder, "config.json"), encoding="utf-8") as file:
        facts = json.load(file)
    tensors, _ = read_tensors(os.path.join(folder, "model.safetensors"))
    extensions = facts.get("ternlet", {})
    config = MlgruConfig(
        vocab=facts["vocab_size"],
        hidden=facts["hidden_size"],
        layers=facts["num_hidden_layers"],
        intermediate=facts["intermediate_size"],
        lower_bound=facts["use_lower_bound"],
        embedding_digits=extensions.get("embedding_digits", 0),
        row_scales=extensions.get("row_scales", False),
        weight_digits=extensions.get("weight_digits", 1),
        tied_norms=False,
    )
    model = Mlgru(config)
    targets = {"model.embeddings.weight": model.embedding, "model.norm.weight": model.final_norm}
    targets |= {"lm_head.norm.weight": model.head_norm, "model.lower_bounds": getattr(model, "lower_bounds", None)}
    if not config.embedding_digits:
        targets["lm_head.weight"] = model.head
    for index, layer in enumerate(model.layers):
        at = f"model.layers.{index}"
        targets |= {f"{at}.attn_norm.weight": layer.attn_norm, f"{at}.attn.g_norm.weight": layer.g_norm}
        targets[f"{at}.mlp_norm.weight"] = layer.mlp_norm
        for name, norm, latent, _ in _linears(layer):
            targets |= {f"{at}.{name}.norm.weight": norm, f"{at}.{name}.weight": latent}
    with torch.no_grad():
        for name, target in targets.items():
            if target is not None:
                target.copy_(tensors[name].to(torch.float32))
    model.requires_grad_(False)
    return _with_scales(model, tensors)


def _with_scales(model, tensors):
    """Puts `weight_scale` in force where digits have one: what is looked up is the whole numbers of the file."""
    config = model.config

    def whole_and_scale(name, digits):
        scale = tensors[f"{name}.weight_scale"]
        most = (3**digits - 1) // 2
        whole = tensors[f"{name}.weight"].to(torch.float32) / scale.reshape(-1, 1).clamp(min=1e-30)
        return torch.round(whole).clamp(-most, most), scale

    if config.embedding_digits:
        whole, scale = whole_and_scale("model.embeddings", config.embedding_digits)
        tables = (whole * scale.reshape(-1, 1), (model.embedding, whole, scale))
        model.tables = lambda: tables
    elif config.row_scales:
        head = (model.embedding, (model.head, *whole_and_scale("lm_head", 1)))
        model.tables = lambda: head
    if config.row_scales:
        for index, layer in enumerate(model.layers):
            modules = {"attn.o_proj": layer.o, "mlp.gate_proj": layer.gate, "mlp.down_proj": layer.down}
            modules |= dict(zip(("attn.i_proj", "attn.f_proj", "attn.g_proj"), layer.ifg))
            for name, module in modules.items():
                pair = whole_and_scale(f"model.layers.{index}.{name}", config.weight_digits)
                module.whole = lambda pair=pair: pair
    return model
