# Runs that end at any moment go on to the same result, byte for byte; what cannot go on says why and loses nothing.
import os
import resource
import signal
import time
import unittest

import small_run
from small_run import Folder, run, start, wait

RESULT = ("latent.safetensors", os.path.join("small", "model.safetensors"))


def die_at(name, count):
    """Has os.`name` kill this process before it does anything, at its so-manieth call."""

    def prepare():
        real, calls = getattr(os, name), [0]

        def counted(*args):
            calls[0] += 1
            if calls[0] == count:
                os.kill(os.getpid(), signal.SIGKILL)
            return real(*args)

        setattr(os, name, counted)

    return prepare


class Resume(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = Folder(training_averaging={"kind": "ema", "decay": 0.9})
        code, said = run(cls.folder.words("whole"))
        assert code == 0, said
        cls.whole = [cls.folder.read("whole", name) for name in RESULT]

    @classmethod
    def tearDownClass(cls):
        cls.folder.close()

    def assert_resumes(self, out):
        code, said = run(self.folder.words(out, "--resume"))
        self.assertEqual(code, 0, said)
        self.assertEqual([self.folder.read(out, name) for name in RESULT], self.whole, said)
        return said

    def test_a_second_run_gives_the_same_bytes(self):
        self.assertEqual(run(self.folder.words("again", "--save-every", "0"))[0], 0)
        self.assertEqual([self.folder.read("again", name) for name in RESULT], self.whole)

    def test_killed_while_it_writes_a_state(self):
        # One fsync is that of the file, the next that of its folder, after the rename.
        for name, count in (("fsync", 7), ("replace", 5), ("fsync", 12)):
            out = f"{name}-{count}"
            code, said = run(self.folder.words(out, "--save-every", "0"), die_at(name, count))
            self.assertEqual(code, -signal.SIGKILL, said)
            self.assertIn("from step", self.assert_resumes(out))

    def test_killed_before_the_first_state(self):
        self.assertEqual(run(self.folder.words("early"), die_at("fsync", 1))[0], -signal.SIGKILL)
        self.assertIn("from the start", self.assert_resumes("early"))

    def test_killed_at_any_time_again_and_again(self):
        for wait_s in (0.02, 0.05, 0.1):
            child, read = start(self.folder.words("any", "--save-every", "0", "--resume"))
            state = self.folder.path / "any" / "state.safetensors"
            while not state.exists():
                time.sleep(0.002)
            time.sleep(wait_s)
            os.kill(child, signal.SIGKILL)
            wait(child, read)
        self.assert_resumes("any")

    def test_killed_while_it_writes_the_result(self):
        # The 2nd replace is that of the latent weights, the 3rd that of the checkpoint.
        for count in (2, 3):
            self.assertEqual(run(self.folder.words(f"end-{count}"), die_at("replace", count))[0], -signal.SIGKILL)
            self.assertIn("from step 24", self.assert_resumes(f"end-{count}"))

    def test_an_interrupt_saves_and_says_how_to_go_on(self):
        for name, wanted in (("SIGINT", 130), ("SIGTERM", 143)):
            self.folder.write_recipe(training_averaging={"kind": "ema", "decay": 0.9}, training_steps=2000)
            child, read = start(self.folder.words(name, "--save-every", "0"))
            state = self.folder.path / name / "state.safetensors"
            while not state.exists():
                time.sleep(0.002)
            os.kill(child, getattr(signal, name))
            code, said = wait(child, read)
            self.assertEqual(code, wanted, said)
            self.assertRegex(said, r"stopped at step \d+; --resume goes on from there")
        self.folder.write_recipe(training_averaging={"kind": "ema", "decay": 0.9})


class Refusals(unittest.TestCase):
    def setUp(self):
        self.folder = Folder(training_steps=6)
        self.assertEqual(run(self.folder.words("run"))[0], 0)
        self.state = self.folder.read("run", "state.safetensors")

    def tearDown(self):
        self.folder.close()

    def assert_refused(self, words, sentence, prepare=None):
        code, said = run(words, prepare)
        self.assertEqual(code, 1, said)
        self.assertIn(sentence, said)
        self.assertNotIn("Traceback", said)
        self.assertEqual(self.folder.read("run", "state.safetensors"), self.state)

    def test_a_run_is_not_begun_over_another(self):
        self.assert_refused(self.folder.words("run"), "holds a run already\nhint:  Add --resume")

    def test_another_shape_says_which(self):
        self.folder.write_recipe(training_steps=6, model_hidden=32)
        self.assert_refused(self.folder.words("run", "--resume"), "begun with model.hidden = 16, the recipe now says 32")

    def test_another_length_says_so(self):
        self.assert_refused(self.folder.words("run", "--resume", "--steps", "7"), "begun with training.steps = 6")

    def test_another_corpus_is_noticed(self):
        (self.folder.path / "train.txt").write_text(small_run.stories(60, seed=9))
        self.assert_refused(self.folder.words("run", "--resume"), "was made with another corpus")

    def test_a_damaged_state_is_told(self):
        path = self.folder.path / "run" / "state.safetensors"
        path.write_bytes(self.state[:-10])
        self.state = self.state[:-10]
        self.assert_refused(self.folder.words("run", "--resume"), "is no safetensors file, or it is damaged")

    def test_a_full_disk_keeps_the_last_state(self):
        self.folder.write_recipe(training_steps=2000)
        out = self.folder.path / "full"

        def fill():
            # Once there is a state, no file may grow to the size of another one.
            real = os.replace

            def replace(*args):
                real(*args)
                resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))

            os.replace = replace

        code, said = run(self.folder.words("full", "--save-every", "0"), fill)
        self.assertEqual(code, 1, said)
        self.assertRegex(said, r"state.safetensors cannot be written: File too large\nhint:  What was there before is as it was\.")
        self.assertNotIn("Traceback", said)
        self.assertEqual(sorted(os.listdir(out)), ["state.safetensors"])


if __name__ == "__main__":
    unittest.main()
