# Recipes: every field is checked, and refused with one sentence.
import tempfile
import unittest
from pathlib import Path

import small_run
from ternlet_trainer.config import make_recipe, read_recipe
from ternlet_trainer.errors import UserError

RECIPES = Path(__file__).resolve().parents[1] / "recipes"

REFUSED = [
    ({"training_steps": "many"}, 'training.steps is "many"; a whole number is needed'),
    ({"training_steps": 2.5}, "training.steps is 2.5; a whole number is needed"),
    ({"training_steps": True}, "training.steps is true; a whole number is needed"),
    ({"training_steps": 0}, "training.steps is 0; a number from 1 to 100000000 is needed"),
    ({"training_rate": float("nan")}, "training.rate is nan; a number from 0.0 to 10.0 is needed"),
    ({"training_rate": 0}, "training.rate is 0; nothing would be learnt"),
    ({"training_rats": 1}, "training has no field rats; it has steps, batch,"),
    ({"training_schedule": "steps"}, 'training.schedule is "steps"; cosine, wsd, two-stage, linear are known'),
    ({"training_warm_up": 24}, "training.warm_up is 24, training.steps 24; the warm-up must end before the training"),
    ({"training_dropout": 0.1}, 'training.dropout is for kind = "transformer"; an mlgru has none'),
    ({"training_averaging": "ema"}, 'training.averaging is "ema"; a table is needed'),
    ({"training_averaging": {"decay": 0.9}}, "training.averaging.kind is missing"),
    ({"training_averaging": {"kind": "sum"}}, 'training.averaging.kind is "sum"; ema, tail are known'),
    ({"training_distillation": {"teacher": "x", "weight": 2}}, "training.distillation.weight is 2.0; a number from"),
    ({"model_kind": "rnn"}, 'model.kind is "rnn"; mlgru, transformer are known'),
    ({"model_kind": "transformer", "model_heads": 3}, "model.heads is 3; a head of 16 channels"),
    ({"model_kind": "transformer", "model_row_scales": True}, 'weight_digits are for kind = "mlgru"'),
    ({"model_weight_digits": 2}, "model.weight_digits is 2; more than 1 needs row_scales = true"),
    ({"model_tied": True}, 'model.heads and model.tied are for kind = "transformer"'),
    ({"data_train": []}, "data.train is []; a list of one or more is needed"),
    ({"data_train": "x"}, 'data.train is "x"; a list of one or more is needed'),
    ({"data_train": [{"weight": 1}]}, "data.train.file is missing"),
    ({"data_train": [{"file": "x", "weight": 0}]}, "data.train: the weight of x is 0; leave the file out instead"),
    ({"data_valid": ""}, "data.valid is empty"),
    ({"tokenizer_kind": "unigram"}, 'tokenizer.kind is "unigram"; byte-level, byte-fallback are known'),
    ({"card_prompts": [1]}, "card.prompts holds 1; a text is needed"),
]


class Recipes(unittest.TestCase):
    def test_are_refused_with_a_sentence(self):
        for changes, sentence in REFUSED:
            with self.subTest(sentence), self.assertRaises(UserError) as caught:
                small_run.recipe(**changes)
            self.assertIn(sentence, str(caught.exception))

    def test_need_every_section_and_no_other(self):
        for section in small_run.table():
            file = small_run.table()
            del file[section]
            with self.assertRaisesRegex(UserError, rf"section \[{section}\] is missing"):
                make_recipe("x", file)
        with self.assertRaisesRegex(UserError, r"there is no section \[modle\]; the sections are model,"):
            make_recipe("x", {**small_run.table(), "modle": {}})

    def test_of_the_repository_are_read(self):
        names = sorted(RECIPES.glob("*.toml"))
        self.assertTrue(names)
        for path in names:
            self.assertEqual(read_recipe(path).name, path.stem)

    def test_a_file_that_is_none_is_told(self):
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "x.toml"
            with self.assertRaisesRegex(UserError, "cannot be read: No such file"):
                read_recipe(path)
            path.write_bytes(b"\xff")
            with self.assertRaisesRegex(UserError, "is no TOML: .*invalid start byte"):
                read_recipe(path)
            path.write_text("[model\n")
            with self.assertRaisesRegex(UserError, "is no TOML: .*line 1"):
                read_recipe(path)

    def test_steps_can_be_given(self):
        self.assertEqual(make_recipe("x", small_run.table(), steps=7).training.steps, 7)

    def test_fingerprint_leaves_out_what_changes_no_weight(self):
        one, other = small_run.recipe(), small_run.recipe(card_title="another")
        self.assertEqual(one.fingerprint(), other.fingerprint())
        self.assertNotEqual(one.fingerprint(), small_run.recipe(training_seed=2).fingerprint())


if __name__ == "__main__":
    unittest.main()
