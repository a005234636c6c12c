"""Small charts as SVG text: the same figures give the same bytes, so a picture changes only when what it shows has changed."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from xml.sax.saxutils import escape

INK = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#7f7f7f", "#000000", "#8c564b", "#6a3d9a")
"""Told apart by people who see fewer colours, too (Okabe and Ito), and two more."""
WIDTH, HEIGHT, KEY_WIDTH = 620, 400, 250
LEFT, RIGHT, TOP, BOTTOM = 62, 14, 34, 52
MARKS = ("circle", "square", "diamond", "triangle")


@dataclass(frozen=True, slots=True)
class Axis:
    """What an axis says, from where to where, and the numbers written beside it. Logarithmic if `is_log`."""

    label: str
    low: float
    high: float
    ticks: tuple[float, ...]
    is_log: bool = False

    def place(self, value: float) -> float:
        """0 at the low end, 1 at the high end."""
        if self.is_log:
            return math.log(value / self.low) / math.log(self.high / self.low)
        return (value - self.low) / (self.high - self.low)


@dataclass(slots=True)
class Chart:
    """Lines and points over two axes, with a key at the right."""

    title: str
    x: Axis
    y: Axis
    _drawn: list[str] = field(default_factory=list)
    _key: list[str] = field(default_factory=list)
    _inks: int = 0

    def line(
        self, name: str, points: Sequence[tuple[float, float]], *, ink: str | None = None, is_dashed: bool = False, mark: str = ""
    ) -> str:
        """The points joined in their order; returns the ink. A dashed line of the same ink belongs to one that has it."""
        ink = ink or self._next_ink()
        dash = ' stroke-dasharray="5 4"' if is_dashed else ""
        path = " ".join(f"{px:.1f},{py:.1f}" for px, py in (self._at(x, y) for x, y in points))
        self._drawn.append(f'<polyline points="{path}" fill="none" stroke="{ink}" stroke-width="2"{dash}/>')
        self._drawn += [_mark(mark, *self._at(x, y), ink) for x, y in points if mark]
        y = self._next_line()
        key = f'<line x1="{WIDTH + 6}" x2="{WIDTH + 28}" y1="{y}" y2="{y}" stroke="{ink}" stroke-width="2"{dash}/>'
        self._key.append(key + _mark(mark, WIDTH + 17, y, ink) + _text(name, WIDTH + 36, y + 4))
        return ink

    def point(self, name: str, x: float, y: float, *, mark: str = "square", x_bar: float = 0.0, y_bar: float = 0.0) -> None:
        """One point, with bars that long to each side."""
        ink = self._next_ink()
        for x0, y0, x1, y1 in ((x - x_bar, y, x + x_bar, y), (x, y - y_bar, x, y + y_bar)):
            (ax, ay), (bx, by) = self._at(x0, y0), self._at(x1, y1)
            if (ax, ay) != (bx, by):
                self._drawn.append(f'<line x1="{ax:.1f}" y1="{ay:.1f}" x2="{bx:.1f}" y2="{by:.1f}" stroke="{ink}"/>')
        self._drawn.append(_mark(mark, *self._at(x, y), ink))
        line = self._next_line()
        self._key.append(_mark(mark, WIDTH + 17, line, ink) + _text(name, WIDTH + 36, line + 4))

    def note(self, text: str, x: float, y: float) -> None:
        """A word beside a point."""
        px, py = self._at(x, y)
        self._drawn.append(_text(text, px + 6, py - 6, size=11))

    def svg(self) -> str:
        """The whole picture."""
        return "\n".join(
            [
                f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH + KEY_WIDTH} {HEIGHT}" '
                f'width="{WIDTH + KEY_WIDTH}" height="{HEIGHT}" font-family="sans-serif" role="img">',
                f"<title>{escape(self.title)}</title>",
                f'<rect width="{WIDTH + KEY_WIDTH}" height="{HEIGHT}" fill="#ffffff"/>',
                _text(self.title, LEFT, 20, size=14),
                *self._grid(),
                *self._drawn,
                *self._key,
                "</svg>\n",
            ]
        )

    def _grid(self) -> list[str]:
        left, right, top, bottom = LEFT, WIDTH - RIGHT, TOP, HEIGHT - BOTTOM
        grid = []
        for tick in self.x.ticks:
            px, _ = self._at(tick, self.y.low)
            grid.append(f'<line x1="{px:.1f}" x2="{px:.1f}" y1="{top}" y2="{bottom}" stroke="#dddddd"/>')
            grid.append(_text(f"{tick:g}", px, bottom + 16, anchor="middle"))
        for tick in self.y.ticks:
            _, py = self._at(self.x.low, tick)
            grid.append(f'<line x1="{left}" x2="{right}" y1="{py:.1f}" y2="{py:.1f}" stroke="#dddddd"/>')
            grid.append(_text(f"{tick:g}", left - 6, py + 4, anchor="end"))
        grid.append(f'<rect x="{left}" y="{top}" width="{right - left}" height="{bottom - top}" fill="none" stroke="#444444"/>')
        grid.append(_text(self.x.label, (left + right) / 2, HEIGHT - 14, anchor="middle"))
        middle = (top + bottom) / 2
        grid.append(f'<g transform="rotate(-90 16 {middle})">{_text(self.y.label, 16, middle, anchor="middle")}</g>')
        return grid

    def _at(self, x: float, y: float) -> tuple[float, float]:
        right = LEFT + self.x.place(x) * (WIDTH - RIGHT - LEFT)
        return right, HEIGHT - BOTTOM - self.y.place(y) * (HEIGHT - BOTTOM - TOP)

    def _next_ink(self) -> str:
        self._inks += 1
        return INK[(self._inks - 1) % len(INK)]

    def _next_line(self) -> int:
        return TOP + 10 + 20 * len(self._key)


def _text(text: str, x: float, y: float, *, anchor: str = "start", size: int = 12) -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" font-size="{size}" fill="#222222">{escape(text)}</text>'


def _mark(mark: str, x: float, y: float, ink: str) -> str:
    if mark == "circle":
        return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="4" fill="{ink}"/>'
    corners = {
        "square": ((-4, -4), (4, -4), (4, 4), (-4, 4)),
        "diamond": ((0, -5), (5, 0), (0, 5), (-5, 0)),
        "triangle": ((0, -5), (5, 4), (-5, 4)),
    }.get(mark)
    if corners is None:
        return ""
    points = " ".join(f"{x + dx:.1f},{y + dy:.1f}" for dx, dy in corners)
    return f'<polygon points="{points}" fill="{ink}"/>'
