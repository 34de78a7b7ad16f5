# The fused BitLinear: its meaning in plain torch everywhere, its kernels where there are Triton and a GPU.
import gc
import os
import subprocess
import sys
import unittest
import warnings
import weakref

import torch

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
from ternlet_trainer.fused import missing, reference  # noqa: E402
from ternlet_trainer.fused.bitlinear import fused_bitlinear, fused_bitlinears  # noqa: E402
from ternlet_trainer.fused.block import MATRICES, NAMES, fused_block  # noqa: E402
from ternlet_trainer.fused.kept import kept_by  # noqa: E402
from ternlet_trainer.fused.model import float_mean  # noqa: E402

torch.set_num_threads(1)


class Reference(unittest.TestCase):
    def setUp(self):
        torch.manual_seed(0)

    def test_two_norms_in_a_row_are_one(self):
        """MODEL.md 6.2, which the norm kernel rests on, in float64."""
        x, outer, inner = torch.randn(7, 40).double(), torch.rand(40).double() + 0.5, torch.rand(40).double() + 0.5
        twice = reference.rms_norm(reference.rms_norm(x, outer), inner)
        mean = (x * outer).square().mean(dim=1, keepdim=True) + 1e-6 * (x.square().mean(dim=1, keepdim=True) + 1e-6)
        self.assertLess(float((twice - x * outer * inner / mean.sqrt()).abs().max()), 1e-12)

    def test_norm_gradient_is_the_formula_of_the_kernel(self):
        x = torch.randn(5, 24, dtype=torch.float64, requires_grad=True)
        outer, inner = (torch.rand(24, dtype=torch.float64, requires_grad=True) for _ in range(2))
        dy = torch.randn(5, 24, dtype=torch.float64)
        reference.rms_norm(reference.rms_norm(x, outer), inner).backward(dy)
        r1 = (x.detach().square().mean(dim=1, keepdim=True) + 1e-6).rsqrt()
        u = x.detach() * r1 * outer.detach()
        r2 = (u.square().mean(dim=1, keepdim=True) + 1e-6).rsqrt()
        n, t = u * r2, dy * inner.detach()
        du = r2 * (t - n * (t * n).mean(dim=1, keepdim=True))
        t, normed = du * outer.detach(), x.detach() * r1
        dx = r1 * (t - normed * (t * normed).mean(dim=1, keepdim=True))
        for got, want in ((dx, x.grad), ((du * normed).sum(0), outer.grad), ((dy * n).sum(0), inner.grad)):
            self.assertTrue(torch.allclose(got, want, rtol=1e-10, atol=1e-12))

    def test_gradients_use_rounded_activations_and_rounded_weights(self):
        x, weight = torch.randn(6, 16, requires_grad=True), torch.randn(4, 16, requires_grad=True)
        norm, d_out = torch.ones(16, requires_grad=True), torch.randn(6, 4)
        reference.bit_linear(x, weight, norm).backward(d_out)
        q, unit = reference.quantize_rows(reference.rms_norm(x.detach(), norm.detach()))
        self.assertTrue(torch.allclose(weight.grad, d_out.t() @ (q * unit), atol=1e-5))

    def test_scan_gradients_are_those_of_the_kernel(self):
        gate, value = (torch.rand(2, 9, 3, dtype=torch.float64, requires_grad=True) for _ in range(2))
        d_h = torch.randn(2, 9, 3, dtype=torch.float64)
        h = reference.scan(gate, value)
        h.backward(d_h)
        c = torch.zeros(2, 3, dtype=torch.float64)
        for t in reversed(range(9)):
            c = d_h[:, t] + (gate.detach()[:, t + 1] * c if t < 8 else 0)
            before = h.detach()[:, t - 1] if t else torch.zeros_like(c)
            self.assertTrue(torch.allclose(value.grad[:, t], c) and torch.allclose(gate.grad[:, t], c * before))


class Loss(unittest.TestCase):
    def test_the_mean_of_bfloat16_values_is_summed_in_float32(self):
        x = (torch.arange(4000) % 7 - 3 + 0.25).bfloat16().requires_grad_()
        mean = float_mean(x)
        mean.backward()
        self.assertEqual(mean.dtype, torch.float32)
        self.assertAlmostEqual(float(mean), float(x.detach().double().mean()), places=6)
        self.assertEqual(x.grad.dtype, torch.bfloat16)
        self.assertTrue(torch.equal(x.grad, torch.full_like(x.grad, 1 / 4000)))


class Kept(unittest.TestCase):
    def test_what_a_straight_through_product_keeps_is_its_two_rounded_operands(self):
        x, weight = torch.randn(6, 16, requires_grad=True), torch.randn(4, 16, requires_grad=True)

        def way():
            y = reference.straight_through(x, torch.round(x * 3) / 3)
            return torch.nn.functional.linear(y, reference.straight_through(weight, weight * weight))

        want = {"float32 [6, 16]": (1, 6 * 16 * 4), "float32 [16, 4]": (1, 4 * 16 * 4)}
        self.assertEqual(kept_by(way, (x, weight)), want)

    def test_one_storage_counts_once_and_parameters_not_at_all(self):
        x, weight = torch.randn(6, 8, requires_grad=True), torch.randn(8, requires_grad=True)

        def way():
            a, b = (x * weight).sigmoid().chunk(2, dim=-1)
            return a * b

        self.assertEqual(sum(size for _, size in kept_by(way, (x, weight)).values()), 6 * 8 * 4)

    def test_counting_frees_the_graph_it_looked_at(self):
        x, seen = torch.randn(6, 8, requires_grad=True), []

        def way():
            out = x.sigmoid() * 2
            out.grad_fn.metadata["life"] = life = Life()
            seen.append(weakref.ref(life))
            return out

        kept_by(way, (x,))
        gc.collect()
        self.assertIsNone(seen[0]())


class Life:
    """An object whose end shows that of the graph that holds it."""


class Fallback(unittest.TestCase):
    def test_without_a_gpu_the_operation_is_the_reference_and_says_so(self):
        x, weight, norm, outer = torch.randn(2, 3, 10), torch.randn(7, 10), torch.rand(10), torch.rand(10)
        with warnings.catch_warnings(record=True) as said:
            warnings.simplefilter("always")
            got = fused_bitlinear(x, weight, norm, outer)
            fused_bitlinears(x, [(weight, norm)])
        want = reference.bit_linear(reference.rms_norm(x, outer), weight, norm)
        self.assertTrue(torch.equal(got, want))
        self.assertLessEqual(len(said), 1)
        for warning in said:
            self.assertIn("plain torch does the same", str(warning.message))

    def test_a_block_runs_and_every_parameter_has_a_gradient(self):
        sizes = {"gate_proj": (24, 8), "down_proj": (8, 12), "down_norm": (12,)}
        p = {n: torch.randn(sizes.get(n, (8, 8) if n in MATRICES else (8,)), requires_grad=True) for n in NAMES}
        x, bound = torch.randn(2, 5, 8, requires_grad=True), torch.rand(8, requires_grad=True)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            fused_block(x, bound, p).square().sum().backward()
        for name, leaf in (("x", x), ("bound", bound), *p.items()):
            self.assertTrue(leaf.grad is not None and float(leaf.grad.abs().sum()) > 0, name)


class Kernels(unittest.TestCase):
    def test_every_kernel_equals_plain_torch(self):
        why = missing()
        if why:
            print(f"skipped: {why}", file=sys.stderr)
            self.skipTest(why)
        home = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
        done = subprocess.run(
            [sys.executable, "-m", "ternlet_trainer.fused.check"], cwd=home, capture_output=True, text=True, timeout=300
        )
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)


if __name__ == "__main__":
    unittest.main()
