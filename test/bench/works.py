"""What is measured: the rows of the table, memory, and how the cost grows."""
from __future__ import annotations

import dataclasses
from collections.abc import Iterator

CHECKED = ("echo-64-1", "echo-64-16", "echo-1024-16", "ack-64-1", "binary-64-1",
           "broadcast-1000-1", "polling-64-1", "polling-64-16", "churn", "open")
CURVES = ("libsio", "floor")  # whose growth is measured
ROOMS = ("libsio-rooms",)     # without a floor: it has no rooms


@dataclasses.dataclass(frozen=True)
class Work:
    """One run of the load generator, on each of the servers that can do it."""
    key: str
    title: str
    mode: str
    options: tuple[str, ...] = ()
    connections: int = 0                 # 0: what the mode has by itself
    timed: bool = True                   # runs for the seconds given; else until the work is done
    fresh: bool = False                  # wants a server that has done nothing before
    quick: bool = False                  # one of the main ones: belongs to --quick, too
    repeats: int = 100                   # at most so many
    servers: tuple[str, ...] | None = None  # None: all
    seconds: float = 0.0                 # how long it takes at a guess, beside the measuring itself

    @property
    def arguments(self) -> tuple[str, ...]:
        count = ("--connections", str(self.connections)) if self.connections else ()
        return (self.mode, *count, *self.options)


@dataclasses.dataclass(frozen=True)
class Series:
    """A curve for each of the servers: cost against x."""
    key: str
    title: str
    x_title: str
    y_title: str
    points: tuple[tuple[int, Work], ...]
    servers: tuple[str, ...] = CURVES


def size_title(size: int) -> str:
    return f"{size // 1024} KiB" if size >= 1024 else f"{size} B"


def exchange(mode: str, title: str, size: int, depth: int, quick: bool) -> Work:
    # As many clients as it takes that what is in flight does not fit the processor's cache.
    connections = 1000 if size * depth == 16384 else 0
    return Work(f"{mode}-{size}-{depth}", f"{title} {size_title(size)}, {depth} in flight", mode,
                ("--size", str(size), "--depth", str(depth)), connections=connections, quick=quick)


def broadcast(receivers: int, depth: int, quick: bool) -> Work:
    burst = f", bursts of {depth}" if depth > 1 else ""
    return Work(f"broadcast-{receivers}-{depth}", f"delivery to {receivers:,}{burst}", "broadcast",
                ("--depth", str(depth)), connections=receivers, quick=quick)


def table() -> Iterator[Work]:
    for size in (16, 64, 1024, 16384):
        for depth in (1, 16):
            yield exchange("echo", "echo", size, depth, size == 64 or (size, depth) == (1024, 16))
    for depth in (1, 16):
        yield exchange("ack", "ack", 64, depth, depth == 1)
    for depth in (1, 16):
        yield exchange("binary", "binary echo", 64, depth, depth == 1)
    for receivers in (1000, 10000):
        for depth in (1, 16):
            yield broadcast(receivers, depth, receivers == 1000)
    yield exchange("polling", "poll + post echo", 64, 1, True)
    yield Work("polling-64-16", "polling echo 64 B, 16 packets a POST", "polling",
               ("--depth", "16"), quick=True)
    yield Work("churn", "connect, echo, leave", "churn", quick=True)
    yield Work("open", "opening an idle connection", "open", timed=False, quick=True, seconds=2)


def memory(connections: int) -> Work:
    return Work("idle", f"{connections:,} idle connections", "idle", connections=connections,
                timed=False, fresh=True, quick=True, repeats=2, seconds=2)


def growth() -> Iterator[Series]:
    sizes = (10, 100, 1000, 10000)
    yield Series("connections", "Echo 64 B, one in flight", "connections", "µs per message", tuple(
        (count, Work(f"connections-{count}", f"echo on {count:,} connections", "echo",
                     connections=count, quick=count in (10, 1000), servers=CURVES))
        for count in sizes))
    yield Series("receivers", "Broadcast", "receivers", "µs per delivery", tuple(
        (count, Work(f"receivers-{count}", f"delivery to {count:,} receivers", "broadcast",
                     connections=count, quick=count in (10, 1000), servers=CURVES))
        for count in sizes))
    for mode, title in (("rooms", "Leave and join a room"), ("room-emit", "Emit to a room of one")):
        yield Series(mode, title, "rooms", "µs per message", tuple(
            (count, Work(f"{mode}-{count}", f"{title.lower()} of {count:,}", mode,
                         ("--rooms", str(count), "--depth", "16"), servers=ROOMS))
            for count in (1000, 10000, 100000)), ROOMS)


def floor_checks() -> Iterator[Work]:
    """The works of the goals once more, as they were measured when the goals were set: on
    processes just started and for half a second, when Node's and Bun's compilers know little."""
    for work in table():
        if work.key in CHECKED:
            times = ("--seconds", "0.5", "--warmup", "0.1") if work.timed else ()
            yield dataclasses.replace(work, key=f"check-{work.key}", fresh=True, timed=False,
                                      repeats=2, options=(*work.options, *times), seconds=1,
                                      title=f"floor check: {work.title}",
                                      servers=("floor", "bun", "node-ws"))


SLOW = (
    Work("slow-0", "delivery to 1,000 that read", "broadcast", connections=1000,
         servers=("libsio",)),
    Work("slow-100", "the same with 100 more that do not", "broadcast", ("--slow", "100"),
         connections=1100, servers=("libsio",)),
)
CYCLES = Work("cycles", "10,000 clients come and go, ten times", "idle", ("--cycles", "10"),
              connections=10000, timed=False, fresh=True, repeats=1, servers=CURVES, seconds=15)


@dataclasses.dataclass(frozen=True)
class Plan:
    """All that one run of the benchmark measures."""
    table: tuple[Work, ...]
    memory: Work
    growth: tuple[Series, ...]
    slow: tuple[Work, ...]
    cycles: tuple[Work, ...]
    checks: tuple[Work, ...]

    def works(self) -> list[Work]:
        curves = [work for series in self.growth for _, work in series.points]
        return [*self.table, self.memory, *curves, *self.slow, *self.cycles, *self.checks]


def full_plan() -> Plan:
    return Plan(tuple(table()), memory(10000), tuple(growth()), SLOW, (CYCLES,),
                tuple(floor_checks()))


def quick_plan() -> Plan:
    counts = {"open": 2000, "broadcast": 1000}  # the other modes' own numbers are small
    rows = tuple(dataclasses.replace(work, connections=counts.get(work.mode, 0))
                 for work in table() if work.quick)
    curves = (dataclasses.replace(series, points=tuple(
        point for point in series.points if point[1].quick)) for series in growth())
    return Plan(rows, memory(1000), tuple(series for series in curves if series.points), (), (), ())
