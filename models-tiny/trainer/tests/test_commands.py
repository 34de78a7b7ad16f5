# Spoken commands: the texts that are learnt, the variants of them, and which tokens are an answer's.
import sys
import unittest
from pathlib import Path

import small_run  # noqa: F401  Puts the package on the path.
import torch
from ternlet_trainer.commands import PAIRS, SEPARATOR, command_texts, is_answer, read_commands, varied_texts
from ternlet_trainer.errors import UserError

FIXTURES = Path(__file__).resolve().parents[3] / "test" / "fixtures" / "commands"


class Commands(unittest.TestCase):
    def setUp(self):
        self.lines = (FIXTURES / "lines.tsv").read_text()

    def test_are_the_texts_that_the_host_reads_too(self):
        self.assertEqual("".join(f"{text}\n" for text in command_texts(self.lines)), (FIXTURES / "texts.txt").read_text())

    def test_have_a_pair_of_their_own_for_each_intent(self):
        self.assertEqual(len(set(PAIRS.values())), len(PAIRS))

    def test_are_refused_by_file_and_line(self):
        for line, found in (
            ("go on", "1 fields; 3 are needed"),
            (" \tgeneral_joke\t", "the sentence is empty"),
            ("a => b\tgeneral_joke\t", "the sentence holds =>"),
            ("a\tjoke\t", "the intent joke is not in intents.json"),
            ("a\tgeneral_joke\tdate", "date is no slot=value"),
            ("at two today\talarm_set\tdate=today; time=two", "the value two is not in the sentence, or not after"),
        ):
            with self.assertRaisesRegex(UserError, f"^a.tsv, line 2: {found}"):
                read_commands(f"go on\tgeneral_joke\t\n{line}", "a.tsv")

    def test_vary_alike_each_time_and_keep_pair_and_values_true(self):
        texts = varied_texts(self.lines, 20)
        self.assertEqual(texts, varied_texts(self.lines, 20))
        first = command_texts(self.lines)
        self.assertEqual(texts[: len(first)], first)
        self.assertEqual(len(texts), 20 * len(first))
        self.assertGreater(len(set(texts)), len(first))
        for text in texts:
            sentence, answer = text.split(f"{SEPARATOR} ")
            pair, _, values = answer.partition(": ")
            self.assertIn(pair, PAIRS.values())
            at = 0
            for value in values.split(", ") if values else []:
                at = sentence.index(value, at) + len(value)

    def test_count_as_answers_from_the_separator_to_the_end(self):
        ids = torch.tensor([[5, 9, 7, 8, 0, 5, 6, 9, 7, 0], [7, 7, 0, 5, 5, 9, 7, 0, 0, 3]])
        wanted = [[0, 1, 1, 1, 0, 0, 0, 1, 1, 0], [0, 0, 0, 0, 0, 1, 1, 0, 0, 0]]
        self.assertEqual(is_answer(ids, 9).tolist(), wanted)


if __name__ == "__main__":
    sys.exit(unittest.main())
