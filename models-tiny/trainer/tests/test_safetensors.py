# Files of tensors: what is written is read, the eight-bit format is what it says, and a file is never half there.
import os
import tempfile
import unittest
from pathlib import Path
from unittest import mock

import small_run  # noqa: F401, puts the package on the path.
import torch
from ternlet_trainer.errors import UserError
from ternlet_trainer.safetensors import decode_f8, encode_f8, read_tensors, write_tensors


class Files(unittest.TestCase):
    def setUp(self):
        self.home = tempfile.TemporaryDirectory()
        self.path = str(Path(self.home.name) / "x.safetensors")

    def tearDown(self):
        self.home.cleanup()

    def test_come_back_as_they_were(self):
        tensors = {
            "a": (torch.tensor([[1.5, -2.0, 0.25]]), "F32"),
            "b": (torch.tensor([1.0, -0.5]), "F16"),
            "c": (torch.tensor([3.0]), "BF16"),
            "d": (torch.tensor([[13.0], [-448.0]]), "F8_E4M3"),
            "e": (torch.tensor(7), "I64"),
        }
        write_tensors(self.path, tensors, {"who": "a test"})
        found, metadata = read_tensors(self.path)
        self.assertEqual(metadata, {"who": "a test"})
        self.assertEqual(set(found), set(tensors))
        for name, (tensor, _) in tensors.items():
            self.assertTrue(torch.equal(found[name].to(tensor.dtype), tensor), name)

    def test_that_are_cut_or_wrong_are_refused(self):
        write_tensors(self.path, {"a": (torch.zeros(8), "F32")})
        whole = Path(self.path).read_bytes()
        for raw in (whole[:-1], whole[:20], b"", b"\xff" * 40, whole[:8] + b"[" + whole[9:]):
            Path(self.path).write_bytes(raw)
            with self.assertRaisesRegex(UserError, "is no safetensors file, or it is damaged"):
                read_tensors(self.path)

    def test_a_failed_write_leaves_the_old_file(self):
        write_tensors(self.path, {"a": (torch.zeros(8), "F32")})
        before = Path(self.path).read_bytes()
        with mock.patch("os.fsync", side_effect=OSError(28, "No space left on device")):
            with self.assertRaisesRegex(UserError, "cannot be written: No space left on device"):
                write_tensors(self.path, {"a": (torch.ones(8), "F32")})
        self.assertEqual(Path(self.path).read_bytes(), before)
        self.assertEqual(os.listdir(self.home.name), ["x.safetensors"])


class EightBits(unittest.TestCase):
    def test_every_code_comes_back(self):
        codes = torch.tensor([code for code in range(256) if code & 127 != 127 and code != 128], dtype=torch.uint8)
        self.assertTrue(torch.equal(encode_f8(decode_f8(codes)), codes))

    def test_known_values(self):
        known = {0x00: 0.0, 0x01: 2.0**-9, 0x07: 7 * 2.0**-9, 0x08: 2.0**-6, 0x38: 1.0, 0xB8: -1.0, 0x7E: 448.0}
        for code, value in known.items():
            self.assertEqual(float(decode_f8(torch.tensor([code], dtype=torch.uint8))), value)
        self.assertTrue(bool(torch.isnan(decode_f8(torch.tensor([0x7F], dtype=torch.uint8)))))

    def test_rounds_to_the_nearest_ties_to_even(self):
        rounded = decode_f8(encode_f8(torch.tensor([1.06, 1.0625, 1.1875, 17.0, 500.0, -0.0009, 0.9999])))
        self.assertEqual(rounded.tolist(), [1.0, 1.0, 1.25, 16.0, 448.0, 0.0, 1.0])


if __name__ == "__main__":
    unittest.main()
