"""The tables, in Markdown that is aligned so that it reads well on a terminal, too."""
from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from goals import FloorCheck, Verdict
from results import Results, connection_bytes, cpu_us, p99_us, throughput
from servers import Server
from works import CURVES, Series, Work

NONE = "–"
OURS = ("libsio", "libsio-json", "floor")


def number(value: float | None) -> str:
    """Three digits that count."""
    if value is None:
        return NONE
    if value >= 99.95:
        return f"{value:,.0f}"
    return f"{value:.1f}" if value >= 9.995 else f"{value:.2f}"


def ratio(value: float | None) -> str:
    return NONE if value is None else f"{value:.2f}×"


def markdown(head: Sequence[str], rows: Iterable[Sequence[str]], left: int = 1) -> str:
    """The first `left` columns to the left, the others to the right."""
    table = [list(head), *(list(row) for row in rows)]
    widths = [max(len(row[column]) for row in table) for column in range(len(head))]

    def line(row: Sequence[str]) -> str:
        cells = [cell.ljust(width) if column < left else cell.rjust(width)
                 for column, (cell, width) in enumerate(zip(row, widths))]
        return "| " + " | ".join(cells) + " |"

    rule = "|" + "|".join("-" * (width + 2) if column < left else "-" * (width + 1) + ":"
                          for column, width in enumerate(widths)) + "|"
    return "\n".join([line(table[0]), rule, *map(line, table[1:])])


def servers_table(present: Sequence[Server], missing: Sequence[Server]) -> str:
    rows = [[server.title, server.version] for server in present]
    rows += [[server.title, f"skipped: {server.missing}"] for server in missing]
    return markdown(["server", "what it is"], rows, left=2)


def cell(results: Results, work: str, server: str, figure: Callable[..., float]) -> str:
    if (work, server) in results.failures:
        return "fails"
    return number(results.median(work, server, figure))


def cpu_table(results: Results, works: Sequence[Work], servers: Sequence[Server]) -> str:
    present = {server.name: server for server in servers}
    ours = [name for name in OURS if name in present]
    peers = [name for name in present if name not in OURS]
    head = ["µs of server CPU for each", *(present[name].title for name in ours), "ratio",
            *(present[name].title for name in peers)]
    rows = [[work.title, *(cell(results, work.key, name, cpu_us) for name in ours),
             ratio(results.ratio(work.key, "libsio", work.key, "floor")),
             *(cell(results, work.key, name, cpu_us) for name in peers)] for work in works]
    return markdown(head, rows)


def wall_cell(results: Results, work: Work, server: str) -> str:
    rate = results.median(work.key, server, throughput)
    if rate is None:
        return NONE
    rate_text = f"{rate / 1e6:.2f} M/s" if rate >= 1e6 else f"{rate / 1000:.3g} k/s"
    if not work.timed:
        return rate_text
    return f"{rate_text}, {number((results.median(work.key, server, p99_us) or 0) / 1000)} ms"


def wall_table(results: Results, works: Sequence[Work], servers: Sequence[Server]) -> str:
    head = ["per second, p99 of a batch", *(server.title for server in servers)]
    return markdown(head, [[work.title, *(wall_cell(results, work, server.name)
                                          for server in servers)] for work in works])


def memory_table(results: Results, work: Work, servers: Sequence[Server]) -> str:
    rows = []
    for server in servers:
        if server.serves(work.mode):
            rows.append([server.title, cell(results, work.key, server.name, connection_bytes)])
    return markdown([f"resident bytes for each of {work.title}", ""], rows)


def growth_table(results: Results, series: Series) -> str:
    """With the ratio to the floor where the series has one."""
    head = [f"{series.title}: {series.x_title}",
            *(f"{server.partition('-')[0]}, {series.y_title}" for server in series.servers)]
    compared = len(series.servers) > 1
    rows = []
    for count, work in series.points:
        row = [results.median(work.key, server, cpu_us) for server in series.servers]
        if any(row):
            against = results.ratio(work.key, series.servers[0], work.key, series.servers[-1])
            rows.append([f"{count:,}", *map(number, row), *([ratio(against)] if compared else [])])
    return markdown([*head, "ratio"] if compared else head, rows)


def cycles_table(results: Results, key: str) -> str:
    runs = {server: results.all(key, server) for server in CURVES if results.all(key, server)}
    sizes = {server: samples[-1]["rss_cycles"] for server, samples in runs.items()}
    rows = [[str(cycle + 1), *(number(values[cycle] / 2**20) for values in sizes.values())]
            for cycle in range(min(map(len, sizes.values()), default=0))]
    return markdown(["resident MiB after burst", *sizes], rows)


def goals_table(verdicts: Sequence[Verdict]) -> str:
    def show(value: float, unit: str) -> str:
        return f"{value:.3f}{unit}" if unit == "×" else f"{value:,.0f}{unit}"

    return markdown(["goal", "measured", "at most", "verdict"],
                    [[one.title, show(one.value or 0, one.unit), show(one.limit, one.unit),
                      "pass" if one.passed else "FAIL"] for one in verdicts])


def floor_table(checks: Sequence[FloorCheck], titles: dict[str, str]) -> str:
    return markdown(["the floor against", "work", "expected", "measured", "within a fifth"],
                    [[check.server, titles[check.work], ratio(check.expected),
                      ratio(check.measured), "yes" if check.passed else "no"]
                     for check in checks], left=2)
