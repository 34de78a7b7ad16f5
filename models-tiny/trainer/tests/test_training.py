# What a run does besides learning: schedules, averages, a teacher, several processes, figures, and how it ends badly.
import json
import math
import os
import resource
import socket
import unittest

import small_run
import torch
from small_run import Folder, run, start, wait
from ternlet_trainer.progress import Progress, duration
from ternlet_trainer.safetensors import read_tensors
from ternlet_trainer.train import averaging_weights, rates


def losses(folder, out):
    return read_tensors(folder.path / out / "state.safetensors")[0]["losses"]


class Schedules(unittest.TestCase):
    def rates(self, **changes):
        return rates(small_run.recipe(training_steps=100, training_warm_up=10, training_rate=1.0, **changes).training)

    def test_warm_up_then_fall_to_the_floor(self):
        for kind in ("cosine", "linear", "wsd"):
            found = self.rates(training_schedule=kind, training_floor=0.1)
            self.assertEqual(found[:10], [(step + 1) / 10 for step in range(10)])
            self.assertAlmostEqual(max(found), 1)
            self.assertAlmostEqual(found[-1], 0.1, delta=0.05)

    def test_wsd_stays_up_until_the_last_part(self):
        found = self.rates(training_schedule="wsd", training_decay_share=0.25, training_floor=0.0)
        self.assertEqual(set(found[10:76]), {1.0})
        self.assertAlmostEqual(found[88], 12 / 25)

    def test_two_stages_halve_midway(self):
        found = self.rates(training_schedule="two-stage")
        self.assertAlmostEqual(found[55] / found[54], 0.5, delta=0.05)


class Averages(unittest.TestCase):
    def mean(self, **averaging):
        """The average of the weights 1, 2, 3, ... after 20 steps."""
        training = small_run.recipe(training_steps=20, training_averaging=averaging).training
        average = 0.0
        for step, weight in enumerate(averaging_weights(training)):
            average += weight * (step + 1 - average)
        return average

    def test_tail_is_the_mean_of_the_last_steps(self):
        self.assertAlmostEqual(self.mean(kind="tail", steps=4), (17 + 18 + 19 + 20) / 4)
        self.assertAlmostEqual(self.mean(kind="tail", steps=100), 10.5)

    def test_ema_forgets_its_beginning(self):
        self.assertAlmostEqual(self.mean(kind="ema", decay=0.99), 10.5)
        self.assertAlmostEqual(self.mean(kind="ema", decay=0.0), 20)


class Runs(unittest.TestCase):
    def setUp(self):
        self.folder = Folder()

    def tearDown(self):
        self.folder.close()

    def train(self, out, *more, **changes):
        self.folder.write_recipe(**changes)
        code, said = run(self.folder.words(out, *more))
        self.assertEqual(code, 0, said)
        return said

    def result(self, out):
        return json.loads(self.folder.read(out, "result.json"))

    def test_learn_and_tell_what_they_predict(self):
        said = self.train("run", training_steps=150)
        found = losses(self.folder, "run")
        self.assertLess(float(found[-10:].mean()), 0.6 * float(found[0]))
        self.assertRegex(said, r"step 150/150  loss \d\.\d{4}  [\d,]+ tokens/s  0 s left\n")
        valid = self.result("run")["valid"]
        self.assertRegex(said, rf"valid: {valid['nats_per_token']:.4f} nats per token, {valid['bits_per_byte']:.4f} bits per byte")
        for name in ("bits_per_byte", "bits_per_byte_texts", "bits_per_byte_whole_texts"):
            self.assertLess(abs(valid[name] - valid["bits_per_byte"]), 0.3, name)
        self.assertIn("integer model: not evaluated", said)
        readme = self.folder.read("run", "small", "README.md").decode()
        for text in ("# small", "150 steps × 64 tokens", "**Data.** Made up.", "**Licence.** Apache-2.0."):
            self.assertIn(text, readme)

    def test_golden_texts_are_those_of_the_file(self):
        self.train("run")
        golden = json.loads(self.folder.read("run", "small", "golden.json"))
        from ternlet_trainer.export import read_checkpoint

        # In a process that trains, the others could not be forked any more; reading is no training.
        with torch.no_grad():
            logits = read_checkpoint(self.folder.path / "run" / "small")(torch.tensor([golden["prompt_ids"]]))[0, -1]
        self.assertEqual(int(logits.argmax()), golden["argmax"])
        self.assertLess(max(abs(a - b) for a, b in zip(logits.tolist(), golden["last_logits_first16"])), 1e-4)

    def test_of_a_transformer_tell_its_int8_form_too(self):
        said = self.train("run", model_kind="transformer", model_heads=2, training_dropout=0.1)
        result = self.result("run")
        self.assertLess(abs(result["valid_int8"]["bits_per_byte"] - result["valid"]["bits_per_byte"]), 0.1)
        self.assertIn("int8 matrices: ", said)
        self.assertFalse((self.folder.path / "run" / "small").exists())
        self.train("again", model_kind="transformer", model_heads=2, training_dropout=0.1)
        self.assertEqual(self.folder.read("run", "latent.safetensors"), self.folder.read("again", "latent.safetensors"))

    def test_learn_from_a_teacher(self):
        self.train("teacher", model_kind="transformer", model_heads=2, training_steps=60)
        self.train("alone")
        taught = {"teacher": "teacher", "weight": 0.5, "temperature": 2.0}
        self.train("taught", training_distillation=taught)
        self.assertFalse(torch.equal(losses(self.folder, "alone")[1:], losses(self.folder, "taught")[1:]))
        self.train("untaught", training_distillation={**taught, "weight": 0.0})
        self.assertTrue(torch.equal(losses(self.folder, "alone"), losses(self.folder, "untaught")))
        self.folder.write_recipe(training_distillation=taught, tokenizer_vocab=90)
        code, said = run(self.folder.words("other"))
        self.assertEqual(code, 1)
        self.assertRegex(said, "the teacher .* has another tokenizer\nhint:  Name its tokenizer.json")
        self.folder.write_recipe(training_distillation={"teacher": "nobody"})
        self.assertRegex(run(self.folder.words("none"))[1], "the teacher .*nobody.* cannot be read: No such file")

    def test_start_from_another_run(self):
        self.train("alone", training_steps=20)
        self.train("further", training_steps=20, training_start="alone")
        first, second = losses(self.folder, "alone"), losses(self.folder, "further")
        self.assertLess(float(second[0]), float(first[0]) - 0.5)
        self.folder.write_recipe(training_start="alone", model_hidden=24)
        code, said = run(self.folder.words("wider"))
        self.assertEqual(code, 1)
        self.assertRegex(said, "the weights .*alone.* are of another model or tokenizer\nhint:  training.start names a run of the same")
        self.folder.write_recipe(training_start="nobody")
        self.assertRegex(run(self.folder.words("none"))[1], "the weights .*nobody.* cannot be read: No such file.*\nhint: .*ternlet train nobody")

    def test_of_two_processes_are_those_of_one(self):
        self.train("one")
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]

        def member(rank):
            facts = {"RANK": rank, "WORLD_SIZE": 2, "LOCAL_RANK": rank, "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": port}
            return lambda: os.environ.update({name: str(value) for name, value in facts.items()})

        members = [start(self.folder.words("two"), member(rank)) for rank in (0, 1)]
        for code, said in [wait(*one) for one in members]:
            self.assertEqual(code, 0, said)
        self.assertLess(float((losses(self.folder, "one") - losses(self.folder, "two")).abs().max()), 1e-4)


class Refusals(unittest.TestCase):
    def setUp(self):
        self.folder = Folder()

    def tearDown(self):
        self.folder.close()

    def assert_refused(self, sentence, *more, prepare=None, code=1):
        found, said = run(self.folder.words("run", *more), prepare)
        self.assertEqual(found, code, said)
        self.assertRegex(said, sentence)
        self.assertNotIn("Traceback", said)

    def test_of_bad_corpora(self):
        path = self.folder.path / "train.txt"
        path.write_bytes(path.read_bytes()[:100] + b"\x80" + path.read_bytes())
        self.assert_refused("error: .*train.txt is not valid UTF-8: byte 0x80 at offset 100\nhint:  Save the text as UTF-8.")
        path.write_bytes(b"")
        self.assert_refused("error: .*train.txt holds no text\n")
        path.write_text(small_run.stories(50) + "Où?\n")
        self.assert_refused("error: the corpus holds 'ù' .* a byte-level tokenizer is ASCII only\nhint:  Choose .*byte-fallback")

    @unittest.skipIf(torch.cuda.is_available(), "there is a GPU here")
    def test_where_there_is_no_gpu(self):
        self.assert_refused("error: there is no GPU that PyTorch can use here\nhint:  .*--device cpu", "--device", "cuda")

    def test_where_memory_is_short(self):
        self.folder.write_recipe(training_batch=4096, training_window=512)

        def limit():
            with open("/proc/self/statm", encoding="ascii") as file:
                pages = int(file.read().split()[0])
            most = pages * resource.getpagesize() + (256 << 20)
            resource.setrlimit(resource.RLIMIT_AS, (most, most))

        self.assert_refused("error: there is not enough memory for this batch; .*\nhint:  .*smaller training.batch", prepare=limit)

    def test_where_the_loss_is_no_number_any_more(self):
        def spoil():
            from ternlet_trainer import train

            real = train.Trainer.step

            def step(trainer):
                real(trainer)
                if int(trainer.optimizer.steps_done) == 12:
                    trainer.optimizer.flat.fill_(math.nan)

            train.Trainer.step = step

        self.assert_refused("error: the loss is no number any more at step 12; the last good state", "--save-every", "0", prepare=spoil)
        self.assertEqual(int(read_tensors(self.folder.path / "run" / "state.safetensors")[0]["steps_done"]), 11)

    def test_where_the_folder_cannot_be_made(self):
        (self.folder.path / "run").write_text("a file")
        self.assert_refused("error: .*run cannot be made: ")

    def test_of_usage(self):
        self.assert_refused("invalid choice: 'tpu'", "--device", "tpu", code=2)
        self.assert_refused("--steps is 0; 1 or more is needed", "--steps", "0", code=2)

    def test_of_a_batch_that_cannot_be_shared(self):
        self.folder.write_recipe(training_batch=3)

        def two():
            from ternlet_trainer import distributed

            distributed.join = lambda device: distributed.Group(0, 2, torch.device("cpu"))
            distributed.Group.leave = lambda group: None

        self.assert_refused("error: training.batch is 3; 2 processes cannot share it evenly", prepare=two)


class Progresses(unittest.TestCase):
    def test_say_how_long_it_takes(self):
        now, said = [0.0], []
        stream = type("Stream", (), {"isatty": lambda _: False, "write": lambda _, text: said.append(text), "flush": lambda _: None})()
        progress = Progress(1000, 512, 100, stream, clock=lambda: now[0])
        now[0] = 20.0
        self.assertFalse(progress.is_due())
        now[0] = 30.0
        self.assertTrue(progress.is_due())
        progress.tell(400, 2.5)
        self.assertEqual(said, ["step 400/1000  loss 2.5000  5,120 tokens/s  1 min 00 s left\n"])

    def test_durations(self):
        self.assertEqual([duration(one) for one in (8.4, 754, 3900, float("inf"))], ["8 s", "12 min 34 s", "1 h 05 min", "unknown time"])


if __name__ == "__main__":
    unittest.main()
