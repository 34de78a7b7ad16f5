# Byte-pair tokenizers: what is learnt, and that encoding is what the rules say. test/device/train.test.ts holds the ids against TypeScript.
import json
import random
import re
import unittest
from collections import Counter

import small_run
from ternlet_trainer.bpe import ASCII_WORDS, CharacterError, read_tokenizer, train_bpe

STORIES = small_run.stories(200)
MIXED = "Où est le château? Größe, naïve café. 你好世界 🎉 ▁ x\n" * 20 + STORIES


def slowly_merged(words, tokens, size):
    """The definition: the most frequent pair of all words, of equals that of the last spelling, until there are enough."""
    spell = {" ": "Ġ", "\n": "Ċ"}
    tokens, merges = list(tokens), []
    bodies = {word: [spell.get(c, c) for c in word] for word in words}
    while len(tokens) < size:
        counts = {}
        for word, body in bodies.items():
            for pair in zip(body, body[1:]):
                counts[pair] = counts.get(pair, 0) + words[word]
        pair = max(counts, key=lambda one: (counts[one], one))
        merges.append(pair)
        tokens.append(pair[0] + pair[1])
        for word, body in bodies.items():
            merged = []
            for one in body:
                # Greedy from the left, as the pair lies.
                if merged and merged[-1] == pair[0] and one == pair[1]:
                    merged[-1] = pair[0] + pair[1]
                else:
                    merged.append(one)
            bodies[word] = merged
    return merges


class Training(unittest.TestCase):
    def test_learns_what_the_definition_says(self):
        text = STORIES.replace("<|endoftext|>\n", "")
        tokenizer = train_bpe(text, 80)
        words = Counter(re.findall(ASCII_WORDS, text))
        spelt = json.loads(tokenizer.to_json())["model"]
        single = [token for token in spelt["vocab"] if len(token) == 1]
        expected = slowly_merged(words, ["end", *single], 80)
        self.assertEqual([tuple(pair) for pair in spelt["merges"]], expected)

    def test_same_corpus_same_file(self):
        self.assertEqual(train_bpe(MIXED, 400, "byte-fallback").to_json(), train_bpe(MIXED, 400, "byte-fallback").to_json())

    def test_a_file_read_again_encodes_the_same(self):
        for kind, text in (("byte-level", STORIES), ("byte-fallback", MIXED)):
            tokenizer = train_bpe(text, 380, kind)
            again = read_tokenizer(tokenizer.to_json())
            self.assertEqual(again.encode(text), tokenizer.encode(text))
            self.assertEqual(again.to_json(), tokenizer.to_json())

    def test_byte_level_refuses_what_is_not_ascii(self):
        with self.assertRaisesRegex(CharacterError, "U\\+00F9"):
            train_bpe("où", 100)

    def test_characters_that_do_not_occur_have_tokens_where_wanted(self):
        self.assertRaises(CharacterError, train_bpe("hello", 20).encode, "z")
        self.assertEqual(len(train_bpe("hello", 20, characters="z").encode("z")), 1)

    def test_more_tokens_than_pairs_gives_fewer(self):
        self.assertLess(len(train_bpe("hello hello", 1000)), 20)


class Fallback(unittest.TestCase):
    tokenizer = train_bpe(MIXED, 400, "byte-fallback")

    def test_any_text_comes_back(self):
        draw = random.Random(3)
        planes = [(0, 0x7F), (0x80, 0x7FF), (0x800, 0xD7FF), (0xE000, 0xFFFF), (0x10000, 0x10FFFF)]
        for _ in range(300):
            text = "".join(chr(draw.randint(*draw.choice(planes))) for _ in range(draw.randint(0, 12)))
            wanted = text.replace("▁", " ")  # The mark of a space has no token of its own.
            self.assertEqual(self.tokenizer.decode(self.tokenizer.encode(text)).decode(), wanted)

    def test_an_unseen_character_is_its_bytes(self):
        self.assertEqual(self.tokenizer.encode("Ж"), [1 + 0xD0, 1 + 0x96])

    def test_no_merge_reaches_over_the_start_of_a_word(self):
        for left, right, result in self.tokenizer.merges:
            self.assertNotIn(" ", self.tokenizer.tokens[result][1:], (left, right))

    def test_no_room_for_the_bytes_is_told(self):
        self.assertRaisesRegex(ValueError, "at least 259", train_bpe, "hello", 257, "byte-fallback")


if __name__ == "__main__":
    unittest.main()
