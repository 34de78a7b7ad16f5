# Checkpoints: official names, each tensor as small as it is exact, and the logits of the trained model.
import json
import os
import tempfile
import unittest

import small_run
import torch
from ternlet_trainer.bpe import train_bpe
from ternlet_trainer.export import _linears, read_checkpoint, store_trits, write_checkpoint
from ternlet_trainer.mlgru import Mlgru, MlgruConfig
from ternlet_trainer.quantize import ternarize
from ternlet_trainer.safetensors import read_tensors

KINDS = [
    {},
    {"tied_norms": False, "lower_bound": False},
    {"embedding_digits": 2},
    {"row_scales": True},
    {"embedding_digits": 3, "row_scales": True, "weight_digits": 2},
]


def random_model(**kind):
    """A model of numbers that training could give; a float embedding holds F16 numbers, as its file will."""
    generator = torch.Generator().manual_seed(5)
    model = Mlgru(MlgruConfig(vocab=96, hidden=32, layers=2, intermediate=48, **kind))
    model.initialize(generator)
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            if "norm" in name:
                parameter.add_(0.2 * torch.randn(parameter.shape, generator=generator))
            elif "gain" in name:  # Some of them negative.
                parameter.add_(torch.randn(parameter.shape, generator=generator))
            elif name == "lower_bounds":
                parameter.add_(torch.randn(parameter.shape, generator=generator))
        if not model.config.embedding_digits:
            model.embedding.copy_(model.embedding.half().float())
    return model.requires_grad_(False)


def most_off(trits):
    """Half a step of BF16 on one of the non-zero weights, and what float32 rounds."""
    return 2.0**-8 / int((trits != 0).sum()) + 2.0**-22


class Checkpoints(unittest.TestCase):
    def setUp(self):
        self.home = tempfile.TemporaryDirectory()
        self.folder = os.path.join(self.home.name, "model")
        self.tokenizer = train_bpe(small_run.stories(60), 96)

    def tearDown(self):
        self.home.cleanup()

    def write(self, model):
        write_checkpoint(self.folder, model, self.tokenizer, 64)
        return read_tensors(os.path.join(self.folder, "model.safetensors"))[0]

    def test_give_the_logits_of_the_model(self):
        ids = torch.randint(0, 96, (2, 40), generator=torch.Generator().manual_seed(1))
        for kind in KINDS:
            with self.subTest(kind):
                model = random_model(**kind)
                self.write(model)
                wanted = model(ids)
                error = (read_checkpoint(self.folder)(ids) - wanted).abs() / wanted.abs().max()
                # A last bit of a scale may turn an int8 that lies between two; all else stays where it was.
                self.assertLess(float(error.mean()), 1e-4)
                self.assertLess(float(error.median()), 2e-6)

    def test_hold_the_same_trits_and_scales(self):
        model = random_model()
        self.write(model)
        for one, other in zip(model.layers, read_checkpoint(self.folder).layers):
            for (name, _, latent, _), (_, _, stored, _) in zip(_linears(one), _linears(other)):
                (trits, scale), (again, found) = ternarize(latent), ternarize(stored)
                self.assertTrue(torch.equal(trits, again), name)
                self.assertLess(abs(float(found / scale) - 1), most_off(trits), name)

    def test_trits_are_the_same_in_bf16(self):
        """The official code ternarizes in the number format that a checkpoint is loaded in."""
        model = random_model()
        tensors = self.write(model)
        weight = tensors["model.layers.0.attn.o_proj.weight"].to(torch.bfloat16)
        trits = torch.round(weight / weight.abs().mean()).clamp(-1, 1)
        self.assertTrue(torch.equal(trits.float(), ternarize(model.layers[0].o.weights[0])[0]))

    def test_have_equal_norms_of_i_f_and_g(self):
        tensors = self.write(random_model())
        norms = [tensors[f"model.layers.1.attn.{name}_proj.norm.weight"] for name in "ifg"]
        self.assertTrue(torch.equal(norms[0], norms[1]) and torch.equal(norms[0], norms[2]))

    def test_are_as_small_as_they_are_exact(self):
        self.write(random_model())
        with open(os.path.join(self.folder, "model.safetensors"), "rb") as file:
            size = int.from_bytes(file.read(8), "little")
            dtypes = {name: one["dtype"] for name, one in json.loads(file.read(size)).items() if name != "__metadata__"}
        self.assertEqual({dtypes[name] for name in dtypes if name.endswith(("_proj.weight", "lm_head.weight"))}, {"BF16"})
        self.assertEqual(dtypes["model.embeddings.weight"], "F16")
        self.assertEqual({dtypes[name] for name in dtypes if "norm" in name}, {"F32"})

    def test_declare_extensions_only_where_they_are_used(self):
        for kind, declared in ((KINDS[0], None), (KINDS[4], {"embedding_digits": 3, "row_scales": True, "weight_digits": 2})):
            self.write(random_model(**kind))
            with open(os.path.join(self.folder, "config.json"), encoding="utf-8") as file:
                config = json.load(file)
            self.assertEqual(config.get("ternlet"), declared)
            self.assertEqual(config["tie_word_embeddings"], declared is not None)


class Trits(unittest.TestCase):
    def test_of_one_kind_and_few_are_exact_too(self):
        for trits in (torch.zeros(3, 4), torch.ones(1, 1), torch.tensor([[0.0, -1.0], [0.0, 0.0]])):
            stored = store_trits(trits, 0.0371)
            self.assertTrue(torch.equal(stored, stored.to(torch.bfloat16).float()))
            self.assertTrue(torch.equal(ternarize(stored)[0], trits))

    def test_keep_any_scale(self):
        generator = torch.Generator().manual_seed(2)
        trits = torch.randint(-1, 2, (64, 64), generator=generator).float()
        for scale in (1e-4, 0.0123, 0.5, 3.7):
            found = float(store_trits(trits, scale).abs().double().mean())
            self.assertLess(abs(found / scale - 1), most_off(trits))


if __name__ == "__main__":
    unittest.main()
