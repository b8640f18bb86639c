"""The plot: cost per message of every server, memory, and how the cost grows."""
from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import machine
from results import connection_bytes, cpu_us
from svg import FAINT, RULE, Page, Scale, log_scale, tick_text
from works import CURVES

if TYPE_CHECKING:
    from report import Facts

WIDTH, LABELS, MARGIN = 980, 264, 24
ROW = 26
PANEL_WIDTH, PANEL_HEIGHT, PANEL_GAP = 244, 170, 76

# Shape and colour of each server.
MARKS = {
    "libsio": ("diamond", "#d4271d"),
    "libsio-rooms": ("diamond", "#d4271d"),
    "libsio-json": ("hollow", "#d4271d"),
    "floor": ("bar", "#222"),
    "raw": ("bar", "#9a9a9a"),
    "node-ws": ("dot", "#2c8a3d"),
    "node-eiows": ("dot", "#9bc53d"),
    "bun": ("dot", "#f0a202"),
    "python": ("dot", "#3b6fb6"),
    "socketioxide": ("dot", "#7a4b2a"),
    "go": ("dot", "#22b8cf"),
}

Row = tuple[str, Mapping[str, float]]  # a label, and a value for each server


def draw_legend(page: Page, y: float, titles: Mapping[str, str]) -> float:
    x = float(MARGIN)
    for name, title in titles.items():
        width = 30 + 6.6 * len(title)
        if x + width > WIDTH - MARGIN:
            x, y = float(MARGIN), y + 22
        page.mark(MARKS[name][0], x + 7, y - 4, MARKS[name][1])
        page.text(x + 18, y, title)
        x += width + 10
    return y + 18


def draw_rows(page: Page, top: float, title: str, rows: Sequence[Row]) -> float:
    """A row for each label, a mark for each server, one logarithmic axis."""
    values = [value for _, row in rows for value in row.values() if value > 0]
    scale = log_scale(values, LABELS, WIDTH - MARGIN - 12)
    page.text(MARGIN, top, title, 13, weight="bold")
    first = top + 26
    last = first + ROW * len(rows)
    for tick in scale.ticks():
        page.line([(scale(tick), first - 8), (scale(tick), last - 8)], RULE)
        page.text(scale(tick), last + 8, tick_text(tick), 11, "middle", FAINT)
    for index, (label, row) in enumerate(rows):
        draw_row(page, first + ROW * index + 8, label, row, scale)
    return last + 40


def draw_row(page: Page, y: float, label: str, row: Mapping[str, float], scale: Scale) -> None:
    page.text(LABELS - 14, y + 4, label, anchor="end")
    places = {name: scale(value) for name, value in row.items() if value > 0}
    page.line([(min(places.values()), y), (max(places.values()), y)], "#cfcfcf")
    for name in reversed(MARKS):  # libsio on top
        if name in places:
            page.mark(MARKS[name][0], places[name], y, MARKS[name][1])


def draw_curves(page: Page, left: float, top: float, titles: tuple[str, str, str],
                curves: Mapping[str, Sequence[tuple[float, float]]], logarithmic: bool) -> None:
    """One small panel: a line for each server; `logarithmic` says how x grows."""
    title, x_title, y_title = titles
    right, bottom = left + PANEL_WIDTH, top + PANEL_HEIGHT
    xs = [x for points in curves.values() for x, _ in points]
    ys = [y for points in curves.values() for _, y in points]
    across = log_scale(xs, left, right) if logarithmic \
        else Scale(min(xs), max(xs), left, right, False)
    up = Scale(0, max(ys) * 1.15, bottom, top, False)
    page.text(left, top - 14, title, 13, weight="bold")
    for tick in up.ticks():
        page.line([(left, up(tick)), (right, up(tick))], RULE)
        page.text(left - 8, up(tick) + 4, tick_text(tick), 11, "end", FAINT)
    for tick in across.ticks():
        page.text(across(tick), bottom + 16, tick_text(tick), 11, "middle", FAINT)
    page.text((left + right) / 2, bottom + 34, x_title, 11, "middle", FAINT)
    page.turned_text(left - 42, (top + bottom) / 2, y_title)
    for name, points in curves.items():
        shape, colour = MARKS[name]
        placed = [(across(x), up(y)) for x, y in points]
        page.line(placed, colour, 2)
        for x, y in placed:
            page.mark("diamond" if shape == "diamond" else "dot", x, y, colour)


def rows_of(facts: Facts) -> list[Row]:
    results = facts.schedule.results
    rows: list[Row] = []
    for work in facts.measured(facts.plan.table):
        found = {server.name: results.median(work.key, server.name, cpu_us)
                 for server in facts.servers}
        rows.append((work.title, {name: value for name, value in found.items() if value}))
    return rows


def memory_rows(facts: Facts) -> list[Row]:
    """The floor keeps almost nothing for a connection: it would stretch the axis to no use."""
    memory, results = facts.plan.memory, facts.schedule.results
    found = {server.name: results.median(memory.key, server.name, connection_bytes)
             for server in facts.servers}
    row = {name: value for name, value in found.items() if value and name != "floor"}
    return [(memory.title, row)] if any(value > 0 for value in row.values()) else []


def draw_growth(page: Page, top: float, facts: Facts) -> None:
    results = facts.schedule.results
    panels = []
    for series in facts.plan.growth:
        curves = {}
        for server in series.servers:
            points = [(float(count), results.median(work.key, server, cpu_us))
                      for count, work in series.points]
            curves[server] = [(x, y) for x, y in points if y]
        panels.append(((series.title, series.x_title, series.y_title), curves, True))
    for work in facts.plan.cycles:
        curves = {server: [(float(index + 1), size / 2**20)
                           for sample in results.all(work.key, server)[-1:]
                           for index, size in enumerate(sample["rss_cycles"])] for server in CURVES}
        panels.append((("10,000 clients come and go", "bursts", "resident MiB"), curves, False))
    left = MARGIN + 48.0
    for titles, curves, logarithmic in panels:
        drawn = {name: points for name, points in curves.items() if len(points) > 1}
        if not drawn:
            continue
        if left + PANEL_WIDTH > WIDTH:
            left, top = MARGIN + 48.0, top + PANEL_HEIGHT + 80
        draw_curves(page, left, top, titles, drawn, logarithmic)
        left += PANEL_WIDTH + PANEL_GAP


def draw(facts: Facts) -> str:
    here = machine.describe()
    page = Page(WIDTH)
    page.text(MARGIN, 34, "libsio, its peers, and the floor", 18, weight="bold")
    page.text(MARGIN, 54, f"The same application, the same payloads, one core, no compression. "
              f"{here['date']}, {here['cpu']}, {here['kernel']}.", 12, colour=FAINT)
    top = draw_legend(page, 84, {server.name: server.title
                                       for server in facts.columns()})
    rows = rows_of(facts)
    if rows:
        top = draw_rows(page, top + 16, "Server CPU time for each message, µs (less is better)",
                        rows)
    memory = memory_rows(facts)
    if memory:
        top = draw_rows(page, top + 10, "Resident memory of an idle connection, bytes", memory)
    draw_growth(page, top + 30, facts)
    return str(page)
