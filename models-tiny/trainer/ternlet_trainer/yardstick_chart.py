# The yardstick as numbers and as a picture: power-law fits, where two curves cross, and an SVG for light and dark paper.
import math
from dataclasses import dataclass
from html import escape

WIDTH, HEIGHT = 1000, 470
TOP, BOTTOM = 74, 400
#: Left and right edge of each panel.
PANELS = ((64, 478), (558, 972))
MARK = 5


@dataclass(frozen=True)
class Point:
    name: str
    x: float
    bits_per_byte: float


@dataclass(frozen=True)
class Series:
    """One curve of a panel; `style` is a class of the style sheet and names the mark, `fit` is None for lone points."""

    title: str
    style: str
    points: tuple[Point, ...]
    fit: "Fit | None" = None


@dataclass(frozen=True)
class Fit:
    """bits per byte = a + b * x^-c, and the root of the mean squared distance from the points."""

    a: float
    b: float
    c: float
    error: float

    def __call__(self, x):
        return self.a + self.b * x**-self.c


def fit_power(points):
    """
    Least squares in bits per byte with a >= 0. For each exponent the best a and b are a straight line's; the exponent is
    searched over a grid and then between its neighbours. None for fewer points than there are numbers to find.
    """
    if len(points) < 4:
        return None
    ys = [point.bits_per_byte for point in points]
    middle = math.exp(sum(math.log(point.x) for point in points) / len(points))

    def line(c):
        us = [(point.x / middle) ** -c for point in points]
        mean_u, mean_y = sum(us) / len(us), sum(ys) / len(ys)
        spread = sum((u - mean_u) ** 2 for u in us)
        b = sum((u - mean_u) * (y - mean_y) for u, y in zip(us, ys)) / spread
        a = mean_y - b * mean_u
        if a < 0:
            a, b = 0.0, sum(u * y for u, y in zip(us, ys)) / sum(u * u for u in us)
        error = sum((a + b * u - y) ** 2 for u, y in zip(us, ys))
        return error, a, b

    low, high = 0.02, 3.0
    for _ in range(6):
        grid = [low * (high / low) ** (k / 60) for k in range(61)]
        best = min(range(61), key=lambda k: line(grid[k])[0])
        low, high, c = grid[max(0, best - 1)], grid[min(60, best + 1)], grid[best]
    error, a, b = line(c)
    return Fit(a, b * middle**c, c, math.sqrt(error / len(points)))


def between(points, x):
    """The straight line between neighbouring points over log x; None outside of them."""
    ordered = sorted(points, key=lambda point: point.x)
    for left, right in zip(ordered, ordered[1:]):
        if left.x <= x <= right.x:
            share = math.log(x / left.x) / math.log(right.x / left.x)
            return left.bits_per_byte + share * (right.bits_per_byte - left.bits_per_byte)
    return None


def crossing(ours, theirs, low, high):
    """The smallest x from which ours(x) stays below theirs(x) up to `high`; None where it does not at `high`."""
    steps = 2000
    found = None
    for k in range(steps, -1, -1):
        x = low * (high / low) ** (k / steps)
        if ours(x) >= theirs(x):
            break
        found = x
    return found


def _px(value):
    return f"{value:.1f}".removesuffix(".0")


def short(value):
    """50,000 as 50 k, 2,000,000 as 2 M."""
    if value >= 1e6:
        return f"{value / 1e6:g} M"
    return f"{value / 1e3:g} k"


def log_ticks(low, high):
    """1, 2 and 5 times powers of ten from low to high."""
    powers = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    return [digit * 10**power for power in powers for digit in (1, 2, 5) if low <= digit * 10**power <= high]


STYLE = """
  svg { --paper: #ffffff; --ink: #1d1c1a; --soft: #6c6860; --line: #e3dfd6; --ternary: #0f6f6b; --transformer: #b4632a; --rival: #2f5fb3; }
  @media (prefers-color-scheme: dark) {
    svg { --paper: #1c1c1f; --ink: #e9e6df; --soft: #9c978c; --line: #313035; --ternary: #58c4bd; --transformer: #e39a63; --rival: #8fb2f5; }
  }
  .paper { fill: var(--paper); }
  text { font: 12px system-ui, -apple-system, "Segoe UI", Roboto, sans-serif; fill: var(--ink); }
  .tick, .note { fill: var(--soft); font-variant-numeric: tabular-nums; }
  .title { font: 500 15px ui-serif, Georgia, "Times New Roman", serif; }
  .grid { stroke: var(--line); } .axis { stroke: var(--soft); }
  .from { stroke: var(--ternary); stroke-dasharray: 2 4; }
  .curve { fill: none; stroke-width: 1.5; } .curve.official { stroke-dasharray: 5 4; }
  .ternary, .official { stroke: var(--ternary); } .transformer { stroke: var(--transformer); } .rival { stroke: var(--rival); }
  .mark.ternary { fill: var(--ternary); } .mark.official { fill: var(--paper); stroke-width: 1.5; }
  .mark.transformer { fill: var(--transformer); } .mark.rival { fill: var(--rival); }
"""


def _mark(style, x, y, said=""):
    """A disc or ring for ternary models, a square for Transformers, a lozenge for the rival."""
    x, y, title = _px(x), _px(y), f"<title>{escape(said)}</title>" if said else ""
    if style == "transformer":
        size = MARK * 2 - 1
        place = f'x="{_px(float(x) - size / 2)}" y="{_px(float(y) - size / 2)}" width="{size}" height="{size}"'
        return f'<rect class="mark {style}" {place}>{title}</rect>'
    if style == "rival":
        return f'<path class="mark {style}" d="M{x} {y}m0 -6l6 6l-6 6l-6 -6z">{title}</path>'
    return f'<circle class="mark {style}" cx="{x}" cy="{y}" r="{MARK}">{title}</circle>'


class _Panel:
    """Places of one panel: x over log, y over bits per byte."""

    def __init__(self, edges, series, y_range):
        self.left, self.right = edges
        xs = [point.x for one in series for point in one.points]
        self.low, self.high = min(xs) / 1.25, max(xs) * 1.25
        self.y_low, self.y_high = y_range

    def x(self, value):
        return self.left + math.log(value / self.low) / math.log(self.high / self.low) * (self.right - self.left)

    def y(self, value):
        return BOTTOM - (value - self.y_low) / (self.y_high - self.y_low) * (BOTTOM - TOP)


def _grid(panel, label):
    parts = [f'<text class="title" x="{panel.left}" y="{TOP - 14}">{escape(label)}</text>']
    for tenth in range(math.ceil(panel.y_low * 10 - 1e-9), math.floor(panel.y_high * 10 + 1e-9) + 1):
        y = panel.y(tenth / 10)
        parts.append(f'<line class="grid" x1="{panel.left}" x2="{panel.right}" y1="{_px(y)}" y2="{_px(y)}"/>')
        if tenth % 2 == 0:
            parts.append(f'<text class="tick" text-anchor="end" x="{panel.left - 8}" y="{_px(y + 4)}">{tenth / 10:.1f}</text>')
    parts.append(f'<line class="axis" x1="{panel.left}" x2="{panel.right}" y1="{BOTTOM}" y2="{BOTTOM}"/>')
    for value in log_ticks(panel.low, panel.high):
        x = _px(panel.x(value))
        parts.append(f'<line class="axis" x1="{x}" x2="{x}" y1="{BOTTOM}" y2="{BOTTOM + 5}"/>')
        parts.append(f'<text class="tick" text-anchor="middle" x="{x}" y="{BOTTOM + 20}">{short(value)}</text>')
    return parts


def _curve(panel, one):
    """The fit over the reach of its points."""
    xs = [point.x for point in one.points]
    low, high = min(xs), max(xs)
    places = [low * (high / low) ** (k / 48) for k in range(49)]
    points = " ".join(f"{_px(panel.x(x))},{_px(panel.y(one.fit(x)))}" for x in places)
    return f'<polyline class="curve {one.style}" points="{points}"/>'


def _from_line(panel, start, low):
    """Where ternary becomes better; it is everywhere where that is the first size of which there are both."""
    if start is None:
        return []
    x = _px(panel.x(start))
    said = "ternary is better wherever there are both" if start < low * 1.001 else f"ternary is better from {start / 1000:.0f} kB on"
    return [
        f'<line class="from" x1="{x}" x2="{x}" y1="{TOP}" y2="{BOTTOM}"/>',
        f'<text class="note" x="{_px(float(x) + 7)}" y="{TOP + 12}">{said}</text>',
    ]


def _legend(series):
    parts, x = [], PANELS[0][0] + 5
    for one in series:
        parts.append(_mark(one.style, x, 24))
        parts.append(f'<text x="{x + 12}" y="28">{escape(one.title)}</text>')
        x += 34 + round(6.4 * len(one.title))
    return parts


def chart(left, right, legend, start, note):
    """The SVG: lists of Series by parameters and by bytes of flash; `start`: see _from_line, for the right."""
    values = [point.bits_per_byte for one in [*left, *right] for point in one.points]
    y_range = (math.floor(min(values) * 10 - 0.2) / 10, math.ceil(max(values) * 10 + 0.2) / 10)
    parts = [f'<rect class="paper" width="{WIDTH}" height="{HEIGHT}"/>', *_legend(legend)]
    panels = ((left, "bits per byte by parameters"), (right, "bits per byte by bytes of flash"))
    for (series, label), edges in zip(panels, PANELS):
        panel = _Panel(edges, series, y_range)
        parts += _grid(panel, label)
        if series is right:
            parts += _from_line(panel, *start)
        parts += [_curve(panel, one) for one in series if one.fit is not None]
        for one in series:
            for point in one.points:
                said = f"{point.name}: {point.bits_per_byte:.4f} bits per byte at {point.x:,.0f}"
                parts.append(_mark(one.style, panel.x(point.x), panel.y(point.bits_per_byte), said))
    parts.append(f'<text class="note" x="{PANELS[0][0]}" y="{HEIGHT - 18}">{escape(note)}</text>')
    body = "\n".join(parts)
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="Bits per byte by size">'
    return f"{head}\n<style>{STYLE}</style>\n{body}\n</svg>\n"
