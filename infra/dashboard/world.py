"""Makes the map's shapes of Natural Earth's countries at 1:110m, as the npm package world-atlas has them.

`python -m infra.dashboard.world countries-110m.json codes.json > functions/stats/page/files/world.js`, where codes.json
says which numeric code of ISO 3166 is which of two letters: {"276": "DE", …}.
"""

import json
import math
import sys
from collections.abc import Iterator, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

WIDTH = 400
_NORTH, _SOUTH = 84, -56
_A = (1.340264, -0.081106, 0.000893, 0.003796)
"""The Equal Earth projection's constants (Šavrič, Patterson and Jenny, 2018)."""
_WITHOUT_CODE = {"Kosovo": "XK", "N. Cyprus": "CY", "Somaliland": "SO"}
_LEFT_OUT = ("Antarctica",)

Point = tuple[float, float]


def project(longitude: float, latitude: float) -> Point:
    """Where a place lies in the Equal Earth projection, in its own units."""
    angle = math.asin(math.sqrt(3) / 2 * math.sin(math.radians(latitude)))
    square = angle * angle
    sixth = square**3
    steep = 9 * _A[3] * sixth * square + 7 * _A[2] * sixth + 3 * _A[1] * square + _A[0]
    x = 2 * math.sqrt(3) * math.radians(longitude) * math.cos(angle) / (3 * steep)
    return x, angle * (_A[0] + _A[1] * square + sixth * (_A[2] + _A[3] * square))


_SCALE = WIDTH / (2 * project(180, 0)[0])
_TOP = project(0, _NORTH)[1]


def place(point: Point) -> tuple[int, int]:
    """Where it is drawn."""
    x, y = project(*point)
    return round(x * _SCALE + WIDTH / 2), round((_TOP - y) * _SCALE)


def read_arcs(topology: Any) -> list[list[Point]]:
    """The arcs in degrees."""
    (scale_x, scale_y), (shift_x, shift_y) = topology["transform"]["scale"], topology["transform"]["translate"]
    arcs = []
    for steps in topology["arcs"]:
        x = y = 0
        arc = []
        for step_x, step_y in steps:
            x, y = x + step_x, y + step_y
            arc.append((x * scale_x + shift_x, y * scale_y + shift_y))
        arcs.append(arc)
    return arcs


def draw_ring(ring: Sequence[int], arcs: Sequence[Sequence[Point]]) -> str:
    """A ring of arcs as a path; empty if it is too small to be seen."""
    points: list[Point] = []
    for number in ring:
        arc = arcs[number] if number >= 0 else arcs[~number][::-1]
        points += arc[1:] if points else arc
    if max(x for x, _ in points) - min(x for x, _ in points) > 180:  # it crosses the date line
        points = [(x + 360 if x < 0 else x, y) for x, y in points]
    placed = [point for point, before in _pairs([place(point) for point in points]) if point != before]
    if len(placed) < 4:
        return ""
    numbers = [number for step in _merge(_list_steps(placed[:-1])) for number in step]
    text = "".join(f"{number}" if number < 0 or not at else f" {number}" for at, number in enumerate(numbers))
    return f"M{placed[0][0]} {placed[0][1]}l{text}z"


def _pairs(points: Sequence[tuple[int, int]]) -> Iterator[tuple[tuple[int, int], tuple[int, int] | None]]:
    return zip(points, [None, *points[:-1]], strict=True)


def _list_steps(points: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    return [(x - before[0], y - before[1]) for before, (x, y) in pairwise(points)]


def _merge(steps: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """Steps in one direction as one."""
    merged: list[tuple[int, int]] = []
    for x, y in steps:
        last = merged[-1] if merged else (0, 0)
        if merged and last[0] * y == last[1] * x and last[0] * x + last[1] * y > 0:
            merged[-1] = (last[0] + x, last[1] + y)
        else:
            merged.append((x, y))
    return merged


def draw_countries(topology: Any, codes: dict[str, str]) -> dict[str, str]:
    """A path for each country, by its code of two letters."""
    arcs = read_arcs(topology)
    drawn: dict[str, str] = {}
    for country in topology["objects"]["countries"]["geometries"]:
        name = country["properties"]["name"]
        if name in _LEFT_OUT:
            continue
        code = codes.get(country.get("id", "")) or _WITHOUT_CODE[name]
        polygons = [country["arcs"]] if country["type"] == "Polygon" else country["arcs"]
        drawn[code] = drawn.get(code, "") + "".join(draw_ring(ring, arcs) for polygon in polygons for ring in polygon)
    return drawn


def write_module(drawn: dict[str, str]) -> str:
    """The module that the page loads."""
    height = round((_TOP - project(0, _SOUTH)[1]) * _SCALE)
    lines = [
        "// The countries of the world as SVG paths, by ISO 3166 code: Natural Earth 1:110m (public domain) in the",
        "// Equal Earth projection, in whole units. Countries too small for that scale are in the table alone.",
        f'export const VIEW_BOX = "0 0 {WIDTH} {height}";',
        "",
        "export const COUNTRIES = {",
        *(f'  {code}: "{drawn[code]}",' for code in sorted(drawn)),
        "};",
    ]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    shapes, names = (json.loads(Path(path).read_text()) for path in sys.argv[1:3])
    sys.stdout.write(write_module(draw_countries(shapes, names)))
