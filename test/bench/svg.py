"""Just enough SVG: a page, marks, text, and axes."""
from __future__ import annotations

import dataclasses
import math
from collections.abc import Sequence
from html import escape

INK, FAINT, RULE = "#222", "#666", "#e3e3e3"


class Page:
    """Collects elements; str() is the document."""

    def __init__(self, width: int) -> None:
        self.width = width
        self.height = 0.0
        self.parts: list[str] = []

    def _add(self, element: str, bottom: float) -> None:
        self.parts.append(element)
        self.height = max(self.height, bottom)

    def text(self, x: float, y: float, words: str, size: int = 12, anchor: str = "start",
             colour: str = INK, weight: str = "normal") -> None:
        self._add(f'<text x="{x:.1f}" y="{y:.1f}" font-size="{size}" text-anchor="{anchor}" '
                  f'fill="{colour}" font-weight="{weight}">{escape(words)}</text>', y + size)

    def turned_text(self, x: float, y: float, words: str) -> None:
        """Small and from bottom to top, its middle at the point."""
        self._add(f'<text transform="translate({x:.1f} {y:.1f}) rotate(-90)" font-size="11" '
                  f'text-anchor="middle" fill="{FAINT}">{escape(words)}</text>', y)

    def line(self, points: Sequence[tuple[float, float]], colour: str, width: float = 1.0) -> None:
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
        self._add(f'<polyline points="{path}" fill="none" stroke="{colour}" '
                  f'stroke-width="{width}"/>', max(y for _, y in points))

    def mark(self, shape: str, x: float, y: float, colour: str) -> None:
        if shape == "bar":
            element = f'<path d="M{x:.1f} {y - 10:.1f}v20" stroke="{colour}" stroke-width="3"/>'
        elif shape in ("diamond", "hollow"):
            fill = "#fff" if shape == "hollow" else colour
            element = (f'<path d="M{x:.1f} {y - 7:.1f}l7 7l-7 7l-7 -7z" fill="{fill}" '
                       f'stroke="{colour if shape == "hollow" else "#fff"}" stroke-width="1.5"/>')
        else:
            element = (f'<circle cx="{x:.1f}" cy="{y:.1f}" r="5" fill="{colour}" stroke="#fff" '
                       f'stroke-width="1"/>')
        self._add(element, y + 8)

    def __str__(self) -> str:
        height = math.ceil(self.height + 12)
        return (f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {self.width} {height}" '
                f'width="{self.width}" height="{height}" '
                f'font-family="system-ui, -apple-system, Segoe UI, Helvetica, Arial, sans-serif">\n'
                f'<rect width="{self.width}" height="{height}" fill="#fff"/>\n'
                + "\n".join(self.parts) + "\n</svg>\n")


@dataclasses.dataclass(frozen=True)
class Scale:
    """From values to places on the page; logarithmic or linear."""
    low: float
    high: float
    start: float
    end: float
    logarithmic: bool = True

    def __call__(self, value: float) -> float:
        if self.logarithmic:
            part = math.log(value / self.low) / math.log(self.high / self.low)
        else:
            part = (value - self.low) / (self.high - self.low)
        return self.start + part * (self.end - self.start)

    def ticks(self) -> list[float]:
        if not self.logarithmic:
            return linear_ticks(self.low, self.high)
        first, last = round(math.log10(self.low)), round(math.log10(self.high))
        decades = [10.0 ** power for power in range(first, last + 1)]
        if len(decades) > 2:
            return decades
        return [tick * part for tick in decades for part in (1, 2, 5) if tick * part <= self.high]


def linear_ticks(low: float, high: float) -> list[float]:
    """About four round numbers."""
    rough = (high - low) / 4
    unit = 10.0 ** math.floor(math.log10(rough))
    step = next(unit * part for part in (1, 2, 5, 10) if unit * part >= rough)
    return [step * index for index in range(math.ceil(low / step), math.floor(high / step) + 1)]


def log_scale(values: Sequence[float], start: float, end: float) -> Scale:
    """Whole decades around the values."""
    low = 10.0 ** math.floor(math.log10(min(values)))
    high = 10.0 ** math.ceil(math.log10(max(values)))
    return Scale(low, high if high > low else low * 10, start, end)


def tick_text(value: float) -> str:
    return f"{value:,.0f}" if value == round(value) else f"{value:g}"
