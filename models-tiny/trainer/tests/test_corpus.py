# Corpora: what is read and refused, and that every token is seen as often as its weight says.
import gzip
import tempfile
import unittest
from pathlib import Path

import small_run
import torch
from ternlet_trainer.corpus import make_stream, make_tokenizer, read_corpus, read_text, split_documents, window_offsets
from ternlet_trainer.errors import UserError


class Texts(unittest.TestCase):
    def setUp(self):
        self.home = tempfile.TemporaryDirectory()
        self.path = Path(self.home.name) / "text"

    def tearDown(self):
        self.home.cleanup()

    def assert_refused(self, raw, sentence):
        self.path.write_bytes(raw)
        with self.assertRaisesRegex(UserError, sentence):
            read_text(self.path)

    def test_are_read_plain_and_packed(self):
        for raw in ("naïve".encode(), gzip.compress("naïve".encode())):
            self.path.write_bytes(raw)
            self.assertEqual(read_text(self.path), "naïve")

    def test_with_broken_utf8_are_refused_by_file_and_byte(self):
        self.assert_refused(b"Once\xff", r"text is not valid UTF-8: byte 0xff at offset 4$")
        self.assert_refused(gzip.compress(b"ab\xc3("), r"text is not valid UTF-8: byte 0xc3 at offset 2$")

    def test_cut_off_gzip_is_refused(self):
        self.assert_refused(gzip.compress(b"Once upon a time")[:-9], "text cannot be unpacked")

    def test_that_are_missing_or_empty_are_refused(self):
        recipe = small_run.recipe()
        (self.path.parent / "valid.txt").write_text("One.")
        with self.assertRaisesRegex(UserError, "train.txt cannot be read: No such file"):
            read_corpus(recipe.data, self.path.parent)
        for text in ("", "\n<|endoftext|>\n<|endoftext|>\n"[1:]):
            (self.path.parent / "train.txt").write_text(text)
            with self.assertRaisesRegex(UserError, "train.txt holds no text"):
                read_corpus(recipe.data, self.path.parent)

    def test_shorter_than_a_window_are_refused(self):
        recipe = small_run.recipe(tokenizer_vocab=14, training_window=100)
        for name in ("train.txt", "valid.txt"):
            (self.path.parent / name).write_text("abcdefghijkl")
        corpus = read_corpus(recipe.data, self.path.parent)
        tokenizer = make_tokenizer(small_run.recipe(tokenizer_vocab=13), corpus, ".")
        with self.assertRaisesRegex(UserError, "train.txt has 14 tokens; a window of 100 needs one more than its own"):
            make_stream(recipe, corpus, tokenizer)

    def test_too_many_tokens_are_refused_with_the_number_there_is(self):
        (self.path.parent / "train.txt").write_text("abab abab")
        (self.path.parent / "valid.txt").write_text("abab")
        corpus = read_corpus(small_run.recipe().data, self.path.parent)
        with self.assertRaisesRegex(UserError, r"tokenizer.vocab is 96, but the corpus gives \d+ tokens"):
            make_tokenizer(small_run.recipe(), corpus, ".")

    def test_are_cut_into_documents(self):
        text = "One.\nTwo.\n<|endoftext|>\n<|endoftext|>\nThree."
        self.assertEqual(split_documents(text, "stories"), ["One.\nTwo.", "Three."])
        self.assertEqual(split_documents("a\n\nb\n", "lines"), ["a", "b"])


class Windows(unittest.TestCase):
    def setUp(self):
        self.folder = small_run.Folder()
        (self.folder.path / "more.txt").write_text(small_run.stories(40, seed=5))

    def tearDown(self):
        self.folder.close()

    def offsets(self, weight, **changes):
        train = [{"file": "train.txt"}, {"file": "more.txt", "weight": weight}]
        recipe = small_run.recipe(data_train=train, **changes)
        corpus = read_corpus(recipe.data, self.folder.path)
        stream = make_stream(recipe, corpus, make_tokenizer(recipe, corpus, "."))
        return stream, window_offsets(stream, recipe.training)

    def seen(self, stream, offsets, window):
        seen = torch.zeros(len(stream.ids))
        for begin in offsets.flatten().tolist():
            seen[begin : begin + window] += 1
        first, second = ((at, at + count) for at, count, _ in stream.parts)
        return seen[slice(*first)], seen[slice(*second)]

    def test_show_every_token_equally_often(self):
        stream, offsets = self.offsets(1.0, training_steps=400)
        first, second = self.seen(stream, offsets, 16)
        self.assertAlmostEqual(float(first.mean() / second.mean()), 1, delta=0.05)
        inside = first[32:-32]
        self.assertLessEqual(float(inside.max() - inside.min()), 3)

    def test_weigh_files(self):
        for weight in (0.25, 2.5):
            stream, offsets = self.offsets(weight, training_steps=800)
            first, second = self.seen(stream, offsets, 16)
            self.assertAlmostEqual(float(second.mean() / first.mean()) / weight, 1, delta=0.1)

    def test_never_reach_over_the_end_of_a_file(self):
        stream, offsets = self.offsets(1.0, training_steps=400)
        at, count, _ = stream.parts[0]
        inside = (offsets + 16 < at + count) | (offsets >= at + count)
        self.assertTrue(bool(inside.all()) and int(offsets.max()) + 17 <= len(stream.ids))

    def test_depend_on_the_seed_alone(self):
        one, same, other = self.offsets(1.0)[1], self.offsets(1.0)[1], self.offsets(1.0, training_seed=2)[1]
        self.assertTrue(torch.equal(one, same))
        self.assertFalse(torch.equal(one, other))


if __name__ == "__main__":
    unittest.main()
