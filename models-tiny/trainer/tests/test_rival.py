# The rival and how it is measured: llama2.c's files, forward pass and int8 forms, and stories longer than a window.
import math
import os
import struct
import sys
import tempfile
import unittest

import torch

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
from ternlet_trainer import one_by_one, rival  # noqa: E402
from ternlet_trainer.errors import UserError  # noqa: E402

torch.set_num_threads(1)
SHAPE = rival.Shape(hidden=16, intermediate=20, layers=2, heads=4, kv_heads=2, vocab=40, window=12)
#: What run.c prints for stories260K at temperature 0. Source: test_all.py of karpathy/llama2.c.
GREEDY = "Once upon a time, there was a little girl named Lily. She loved to play outside in the park. One day, she saw a big, red ball."


def write_rival(folder, cut=0):
    """A small random model and a tokenizer of single characters and a few pieces."""
    torch.manual_seed(5)
    h, i, kv = SHAPE.hidden, SHAPE.intermediate, SHAPE.hidden // SHAPE.heads * SHAPE.kv_heads
    n = SHAPE.layers
    parts = [torch.randn(SHAPE.vocab, h), torch.rand(n, h) + 0.5]
    parts += [torch.randn(n, *size) * 0.4 for size in ((h, h), (kv, h), (kv, h), (h, h))]
    parts += [torch.rand(n, h) + 0.5, *(torch.randn(n, *size) * 0.4 for size in ((i, h), (h, i), (i, h)))]
    parts += [torch.rand(h) + 0.5, torch.zeros(2 * SHAPE.window * (h // SHAPE.heads // 2))]
    raw = struct.pack("<7i", h, i, n, SHAPE.heads, SHAPE.kv_heads, SHAPE.vocab, SHAPE.window)
    raw += b"".join(part.numpy().tobytes() for part in parts)
    with open(os.path.join(folder, rival.WEIGHTS_FILE), "wb") as file:
        file.write(raw[: len(raw) - cut])
    pieces = [b"<unk>", b"\n<s>\n", b"\n</s>\n", b"<0x0A>", *(bytes([c]) for c in b" abcdefghijklmnopqrstuvwxyz."), b" ab", b"bc", b"ab", b" a"]
    pieces += [b"?%d" % k for k in range(SHAPE.vocab - len(pieces))]
    with open(os.path.join(folder, rival.TOKENIZER_FILE), "wb") as file:
        file.write(struct.pack("<i", 7))
        for rank, piece in enumerate(pieces):
            file.write(struct.pack("<fi", -rank, len(piece)) + piece)


def run_c(shape, tensors, ids):
    """The logits after the last of the ids as run.c computes them: a token at a time, a head at a time, in double."""
    t = {name: tensor.double() for name, tensor in tensors.items()}
    width, keys, values = shape.hidden // shape.heads, [[] for _ in range(shape.layers)], [[] for _ in range(shape.layers)]

    def turned(vector, at):
        out = vector.clone()
        for k in range(0, len(vector), 2):
            angle = at / 10000 ** ((k % width) / width)
            a, b = float(vector[k]), float(vector[k + 1])
            out[k], out[k + 1] = a * math.cos(angle) - b * math.sin(angle), a * math.sin(angle) + b * math.cos(angle)
        return out

    for at, token in enumerate(ids):
        x = t["embedding"][token]
        for l in range(shape.layers):
            u = x / (x.square().mean() + 1e-5).sqrt() * t["attn_norm"][l]
            q = turned(t["q"][l] @ u, at)
            keys[l].append(turned(t["k"][l] @ u, at))
            values[l].append(t["v"][l] @ u)
            mixed = []
            for head in range(shape.heads):
                mine, shared = slice(head * width, (head + 1) * width), head // (shape.heads // shape.kv_heads)
                theirs = slice(shared * width, (shared + 1) * width)
                scores = torch.stack([q[mine] @ key[theirs] for key in keys[l]]) / math.sqrt(width)
                mixed.append(sum(p * value[theirs] for p, value in zip(torch.softmax(scores, 0), values[l])))
            x = x + t["o"][l] @ torch.cat(mixed)
            u = x / (x.square().mean() + 1e-5).sqrt() * t["mlp_norm"][l]
            gate = t["gate"][l] @ u
            x = x + t["down"][l] @ (gate * torch.sigmoid(gate) * (t["up"][l] @ u))
    return t["embedding"] @ (x / (x.square().mean() + 1e-5).sqrt() * t["final_norm"])


class Rival(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name
        write_rival(self.folder)

    def test_forward_pass_is_that_of_run_c(self):
        model, _, _ = rival.read_rival(self.folder)
        ids = [1, 7, 20, 33, 5, 5, 12]
        logits = model(torch.tensor([ids, ids[::-1]]))
        for row, one in enumerate((ids, ids[::-1])):
            wanted = run_c(SHAPE, model.tensors, one)
            self.assertLess(float((logits[row, -1] - wanted).abs().max()), 1e-4)

    def test_joins_the_best_pair_first_after_a_space(self):
        _, tokenizer, _ = rival.read_rival(self.folder)
        pieces = {i: piece for piece, i in tokenizer.ids.items()}
        self.assertEqual([pieces[i] for i in tokenizer.encode("abc ab\nb")], [b" a", b"bc", b" ab", b"<0x0A>", b"b"])
        self.assertEqual(tokenizer.encode(""), [])

    def test_int8_forms_count_their_scales_and_stay_near(self):
        model, _, _ = rival.read_rival(self.folder)
        matrices = sum(tensor.numel() for name, tensor in model.tensors.items() if not name.endswith("norm"))
        vectors = model.parameters() - matrices
        rows = sum(tensor.numel() // tensor.shape[-1] for name, tensor in model.tensors.items() if not name.endswith("norm"))
        for grouped, scales in ((False, rows), (True, matrices // rival.GROUP)):
            form, size = rival.int8_form(model, grouped)
            self.assertEqual(size, matrices + 4 * (scales + vectors))
            for name, tensor in model.tensors.items():
                most = float(tensor.abs().max()) / 254 if not name.endswith("norm") else 0.0
                self.assertLessEqual(float((form.tensors[name] - tensor).abs().max()), most + 1e-6)

    def test_refuses_files_that_are_no_such_model(self):
        write_rival(self.folder, cut=4)
        with self.assertRaisesRegex(UserError, "is no llama2.c checkpoint of version 0"):
            rival.read_rival(self.folder)
        with self.assertRaisesRegex(UserError, "cannot be read"):
            rival.read_rival(os.path.join(self.folder, "nothing"))

    def test_says_the_bytes_that_it_counted(self):
        stories = [one_by_one.Story.cut("abc ab. abcabc", None), one_by_one.Story.cut("abcabcabc ab", 5)]
        rows = rival.rival_rows(self.folder, stories)
        self.assertEqual([row["form"] for row in rows], ["float32", "int8, a scale a row", "int8, q8_0"])
        text = rival.table_text(rows, stories)
        self.assertIn("2 stories one at a time, 1 of them to their end: 20 bytes", text)

    def test_stories260K_tells_what_run_c_tells(self):
        folder = os.environ.get("TERNLET_RIVAL")
        if folder is None:
            self.skipTest("TERNLET_RIVAL names no folder with stories260K.bin")
        model, tokenizer, _ = rival.read_rival(folder)
        pieces, ids = {i: piece for piece, i in tokenizer.ids.items()}, [rival.START]
        for _ in range(60):
            ids.append(int(model(torch.tensor([ids]))[0, -1].argmax()))
        said = b"".join(pieces[i] for i in ids[1:]).decode()
        self.assertEqual(said[1 : 1 + len(GREEDY)], GREEDY[: len(said) - 1])
        self.assertEqual(ids[1 : 1 + len(tokenizer.encode(GREEDY[:100]))], tokenizer.encode(GREEDY[:100]))


class OneByOne(unittest.TestCase):
    def test_pieces_count_every_prediction_once(self):
        for count in (1, 11, 12, 13, 18, 19, 40, 100):
            counted = []
            for begin, first, end in one_by_one.pieces(count, 12):
                self.assertTrue(begin <= first < end <= begin + 12)
                self.assertTrue(first == 0 or first - begin >= 6, (count, begin, first))
                counted += range(first, end)
            self.assertEqual(counted, list(range(count)))

    def test_a_model_that_knows_nothing_needs_log2_of_the_vocabulary(self):
        stories = [one_by_one.Story("a" * n, True) for n in (3, 30, 5)]
        rows = [one_by_one.with_ends(lambda text: [2] * len(text), story, 1) for story in stories]
        found = one_by_one.measure(lambda ids: torch.zeros(*ids.shape, 32), rows, stories, 8)
        self.assertEqual(found["tokens"], 41)
        self.assertAlmostEqual(found["bits_per_byte"], 5.0, places=5)

    def test_reading_in_pieces_changes_nothing_where_only_the_last_token_matters(self):
        torch.manual_seed(1)
        table = torch.randn(16, 16)
        stories = [one_by_one.Story("x" * n, False) for n in (50, 7, 23, 90)]
        rows = [[1, *torch.randint(2, 16, (len(story.text),)).tolist()] for story in stories]
        found = [one_by_one.measure(lambda ids: table[ids], rows, stories, window)["bits_per_byte"] for window in (8, 1000)]
        self.assertAlmostEqual(*found, places=5)

    def test_a_cut_story_has_no_end(self):
        self.assertEqual(one_by_one.Story.cut("abc", 3).bytes(), 4)
        self.assertEqual(one_by_one.Story.cut("abcd", 3), one_by_one.Story("abc", False))


if __name__ == "__main__":
    unittest.main()
