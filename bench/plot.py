"""Curves as SVG, by hand: a library for it would be larger than the benchmark."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from html import escape
from itertools import chain

WIDTH, HEIGHT = 720, 360
LEFT, RIGHT, TOP, BOTTOM = 80, 170, 40, 50
COLOURS = ("#1f6feb", "#d1242f", "#1a7f37", "#9a6700", "#8250df", "#57606a")

Points = Sequence[tuple[float, float]]


@dataclass(frozen=True)
class Curve:
    """Lines over one pair of axes; the y axis begins at 0."""

    title: str
    x_name: str
    y_name: str
    lines: Mapping[str, Points] = field(default_factory=dict)


def draw(curve: Curve) -> str:
    """The curve as an SVG document."""
    points = list(chain.from_iterable(curve.lines.values()))
    x_low, x_high = min(x for x, _ in points), max(x for x, _ in points)
    levels = choose_ticks(0.0, max(max(y for _, y in points), 1e-9))
    y_high = levels[-1]
    x_span = (x_high - x_low) or 1.0

    def place(x: float, y: float) -> tuple[float, float]:
        right = LEFT + (x - x_low) / x_span * (WIDTH - LEFT - RIGHT)
        return round(right, 1), round(HEIGHT - BOTTOM - y / y_high * (HEIGHT - TOP - BOTTOM), 1)

    parts = [_text(LEFT, 22, curve.title, 'font-weight="bold"')]
    for y in levels:
        left, at = place(x_low, y)
        parts.append(f'<path d="M{left} {at}H{WIDTH - RIGHT}" stroke="#d0d7de"/>')
        parts.append(_text(left - 8, at + 4, _tick(y), 'text-anchor="end"'))
    for x in (x for x in choose_ticks(x_low, x_high) if x_low <= x <= x_high):
        parts.append(_text(place(x, 0)[0], HEIGHT - BOTTOM + 18, _tick(x), 'text-anchor="middle"'))
    parts.append(_text((LEFT + WIDTH - RIGHT) / 2, HEIGHT - 10, curve.x_name, 'text-anchor="middle"'))
    middle = (TOP + HEIGHT - BOTTOM) / 2
    parts.append(_text(16, middle, curve.y_name, f'text-anchor="middle" transform="rotate(-90 16 {middle})"'))
    for number, (name, line) in enumerate(curve.lines.items()):
        parts += _line(number, name, [place(x, y) for x, y in line])
    size = f'width="{WIDTH}" height="{HEIGHT}" viewBox="0 0 {WIDTH} {HEIGHT}"'
    style = 'font-family="sans-serif" font-size="12" fill="#24292f"'
    background = '<rect width="100%" height="100%" fill="#fff"/>'
    return f'<svg xmlns="http://www.w3.org/2000/svg" {size} {style}>\n{background}\n' + "\n".join(parts) + "\n</svg>\n"


def _line(number: int, name: str, places: Sequence[tuple[float, float]]) -> list[str]:
    colour = COLOURS[number % len(COLOURS)]
    path = " ".join(f"{x},{y}" for x, y in places)
    drawn = [f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"/>']
    if len(places) <= 20:
        drawn += [f'<circle cx="{x}" cy="{y}" r="3" fill="{colour}"/>' for x, y in places]
    return [*drawn, _text(WIDTH - RIGHT + 14, TOP + 12 + 18 * number, name, f'fill="{colour}"')]


def choose_ticks(low: float, high: float) -> list[float]:
    """Round numbers in equal steps, four to eight of them, from what is at most `low` to what is at least `high`."""
    rough = ((high - low) or 1.0) / 6
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(power * times for times in (1, 2, 5, 10) if power * times >= rough)
    return [number * step for number in range(math.floor(low / step), math.ceil(high / step) + 1)]


def _tick(value: float) -> str:
    return f"{value:,.0f}" if value >= 10 or value == round(value) else f"{value:.2g}"


def _text(x: float, y: float, text: str, more: str = "") -> str:
    return f'<text x="{x:g}" y="{y:g}" {more}>{escape(text)}</text>'
