# The yardstick: fits, crossings, tables and picture on invented runs, and what the repository holds against results.json.
import json
import os
import sys
import unittest
import xml.etree.ElementTree as ElementTree
from pathlib import Path

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
from ternlet_trainer import yardstick, yardstick_chart  # noqa: E402
from ternlet_trainer.errors import UserError  # noqa: E402
from ternlet_trainer.yardstick_chart import Point, between, crossing, fit_power, log_ticks  # noqa: E402

SIZES = {"60k": 6e4, "300k": 3e5, "1m": 1e6, "2m": 2e6, "4m": 4e6}


def invented_runs():
    """Ternary 0.6 + 40 / sqrt(N) in a quarter of a byte a parameter, Transformers 0.6 + 30 / sqrt(N) in a whole one."""
    runs = []
    for size, n in SIZES.items():
        ternary, float_ = 0.6 + 40 / n**0.5, 0.6 + 30 / n**0.5
        facts = {"steps": 10, "tokens": 1000, "train_nats_per_token": 1.0, "vocabulary": 64, "parameters": int(n)}
        figures = {"float": ternary, "int8": None, "integer": ternary}
        one = {**facts, "windows": {"float": ternary}, "bits_per_byte": figures, "tokenizer_bytes": 1000, "flash_bytes": int(n / 4)}
        runs.append({"name": f"stories-{size}", "kind": "ternary", **one})
        runs.append({"name": f"stories-{size}-official", "kind": "official", **one})
        figures = {"float": float_, "int8": float_, "integer": None}
        other = {**facts, "windows": {"float": float_}, "bits_per_byte": figures, "int8_bytes": int(n), "flash_bytes": None}
        runs.append({"name": f"yardstick-{size}", "kind": "transformer", **other})
    return yardstick.with_tokenizers(runs)


class Fits(unittest.TestCase):
    def test_finds_a_power_law(self):
        points = [Point("", x, 0.6 + 12 * x**-0.3) for x in (3e4, 1e5, 4e5, 1e6, 4e6)]
        fit = fit_power(points)
        self.assertAlmostEqual(fit.a, 0.6, places=3)
        self.assertAlmostEqual(fit.c, 0.3, places=3)
        self.assertLess(fit.error, 1e-4)
        self.assertLess(max(abs(fit(point.x) - point.bits_per_byte) for point in points), 1e-3)

    def test_has_no_negative_floor(self):
        fit = fit_power([Point("", x, 5 * x**-0.1 - 0.5) for x in (1e4, 1e5, 1e6, 1e7)])
        self.assertEqual(fit.a, 0.0)

    def test_needs_four_points(self):
        self.assertIsNone(fit_power([Point("", x, 1 / x) for x in (1, 2, 3)]))

    def test_draws_straight_lines_over_the_logarithm(self):
        points = [Point("", 100, 1.0), Point("", 10000, 3.0)]
        self.assertAlmostEqual(between(points, 1000), 2.0)
        self.assertIsNone(between(points, 99))

    def test_finds_from_where_on_a_curve_is_lower(self):
        self.assertAlmostEqual(crossing(lambda x: 2.0, lambda x: 3 - x / 1000, 1, 900), 1, places=2)
        found = crossing(lambda x: 1000 / x, lambda x: 2.0, 10, 1e5)
        self.assertTrue(495 < found < 505, found)
        self.assertIsNone(crossing(lambda x: 2.0, lambda x: 1.0, 10, 1e5))


class Yardstick(unittest.TestCase):
    def test_counts_the_tokenizer_of_a_transformer_as_that_of_its_ternary_twin(self):
        flash = {run["name"]: run["flash_bytes"] for run in invented_runs()}
        self.assertEqual(flash["yardstick-1m"], 1_001_000)
        alone = [run for run in invented_runs() if run["kind"] == "transformer"]
        with self.assertRaisesRegex(UserError, "no ternary model has the 64 tokens"):
            yardstick.with_tokenizers(alone)

    def test_pairs_the_models_of_a_size_smallest_first(self):
        found = [[run["name"] for run in pair] for pair in yardstick.pairs(invented_runs())]
        self.assertEqual(found[0], ["stories-60k", "stories-60k-official", "yardstick-60k"])
        self.assertEqual([names[0] for names in found], [f"stories-{size}" for size in SIZES])

    def test_says_from_how_many_bytes_on_ternary_is_better(self):
        runs = invented_runs()
        right = yardstick.curves(runs, "flash_bytes")
        # 40 / sqrt(4 x) < 30 / sqrt(x) everywhere.
        self.assertIn("Between 61 and 1,000 kB of flash, where there are both, ternary is below the int8 Transformer++ everywhere by the fits", yardstick.crossing_text(right))
        for run in runs:
            if run["kind"] == "ternary":
                run["bits_per_byte"]["integer"] += 0.1
        self.assertIn("nowhere by the fits, nowhere by straight lines", yardstick.crossing_text(yardstick.curves(runs, "flash_bytes")))

    def test_tells_the_gap_at_each_size(self):
        table = yardstick.gap_table(invented_runs())
        self.assertIn("| 1m | 1,000,000 / 1,000,000 | 0.6400 | 0.6300 | 0.0100 | 0.0100 |", table)

    def test_draws_every_run_once_a_panel(self):
        svg = yardstick.picture({"measured_on": "<text>", "runs": invented_runs()})
        tree = ElementTree.fromstring(svg)
        titles = [element.text for element in tree.iter("{http://www.w3.org/2000/svg}title")]
        self.assertEqual(len(titles), 2 * 3 * len(SIZES))
        self.assertIn("&lt;text&gt;", svg)

    def test_marks_an_axis_at_one_two_and_five(self):
        self.assertEqual(log_ticks(4e4, 1.2e6), [50_000, 100_000, 200_000, 500_000, 1_000_000])
        self.assertEqual([yardstick_chart.short(x) for x in (50_000, 2_000_000)], ["50 k", "2 M"])


@unittest.skipUnless(yardstick.RESULTS.exists(), "there is no results.json yet")
class Committed(unittest.TestCase):
    def setUp(self):
        self.results = json.loads(yardstick.RESULTS.read_text(encoding="utf-8"))

    def test_picture_is_that_of_the_results(self):
        self.assertEqual(yardstick.PICTURE.read_text(encoding="utf-8"), yardstick.picture(self.results))

    def test_page_holds_the_tables_of_the_results(self):
        page = Path(yardstick.PICTURE).with_name("models.md").read_text(encoding="utf-8")

        def words(text):
            return [" ".join(line.replace("|", " | ").split()) for line in text.splitlines() if line and "---" not in line]

        missing = [line for line in words(yardstick.report(self.results["runs"])) if line not in words(page)]
        self.assertEqual(missing, [], "python3 -m ternlet_trainer.yardstick draw prints them")


if __name__ == "__main__":
    unittest.main()
