"""The goals: ratios to the floor within one run; and whether the floor is one."""
from __future__ import annotations

import dataclasses

from results import Results, connection_bytes
from works import SLOW, Series

GROWTH_LIMIT = 1.2   # the growth from the first point to the last, against the floor's
ROOMS_LIMIT = 1.5    # the same where there is no floor: 100,000 rooms do not fit the caches
CYCLES_LIMIT = 1.1   # resident size after the last cycle against that after the first
SLOW_LIMIT = 1.1     # a delivery with slow readers beside against one without
IDLE_BYTES = 640


@dataclasses.dataclass(frozen=True)
class Goal:
    title: str
    work: str
    limit: float
    against: str = ""  # the floor's work, if it is another one

    def ratio(self, results: Results) -> float | None:
        return results.ratio(self.work, "libsio", self.against or self.work, "floor")


GOALS = (
    Goal("echo 64 B, one in flight", "echo-64-1", 1.1),
    Goal("echo 64 B, 16 in flight", "echo-64-16", 1.4),
    Goal("echo 1 KiB, 16 in flight", "echo-1024-16", 1.6),
    Goal("ack, one in flight", "ack-64-1", 1.1),
    Goal("binary echo, one in flight", "binary-64-1", 1.15),
    Goal("delivery of a broadcast to 1,000", "broadcast-1000-1", 1.05),
    Goal("the same in bursts of 16, against the floor's single ones", "broadcast-1000-16",
         1.05 / 8, "broadcast-1000-1"),
    Goal("poll + post echo", "polling-64-1", 1.3),
    Goal("polling echo, 16 packets a POST", "polling-64-16", 2.0),
    Goal("connect, echo, leave", "churn", 1.25),
    Goal("opening an idle connection", "open", 1.25),
)

# What the peers cost, in floors, as it was measured when the goals were set (works.floor_checks
# says how). A floor that is off by more than a fifth is not the floor.
FLOOR_RATIOS = {
    "echo-64-1": {"node-ws": 34 / 7.4},
    "echo-64-16": {"bun": 4.3 / 0.49, "node-ws": 20.6 / 0.49},
    "echo-1024-16": {"bun": 7.9 / 0.83, "node-ws": 25.3 / 0.83},
    "ack-64-1": {"bun": 13.9 / 9.4, "node-ws": 34 / 9.4},
    "binary-64-1": {"bun": 19.2 / 9.1, "node-ws": 48 / 9.1},
    "broadcast-1000-1": {"node-ws": 17.3 / 8.8},
    "polling-64-1": {"bun": 71 / 20, "node-ws": 167 / 20},
    "polling-64-16": {"bun": 9.3 / 1.1, "node-ws": 18.4 / 1.1},
    "churn": {"node-ws": 846 / 53},
    "open": {"node-ws": 444 / 38},
}
FLOOR_TOLERANCE = 0.2


@dataclasses.dataclass(frozen=True)
class Verdict:
    """A goal and what became of it; `value` None: not measured."""
    title: str
    unit: str
    value: float | None
    limit: float

    @property
    def passed(self) -> bool:
        return self.value is not None and self.value <= self.limit


def handshake_bytes(results: Results) -> float:
    samples = results.all("idle", "libsio")
    return float(samples[0].get("handshake_bytes", 0)) if samples else 0.0


def judge_idle(results: Results) -> Verdict:
    measured = results.median("idle", "libsio", connection_bytes)
    value = None if measured is None else measured - handshake_bytes(results)
    return Verdict("resident bytes of an idle connection, handshake block not counted", " B", value,
                 IDLE_BYTES)


def judge_growth(results: Results, series: Series) -> Verdict:
    """How much libsio's cost grows from the first point to the last: against the floor's growth, or
    by itself where there is no floor."""
    (low, first), (high, last) = series.points[0], series.points[-1]
    ours, *floor = series.servers
    value = results.ratio(last.key, ours, first.key, ours)
    title = f"{series.title}: growth from {low:,} to {high:,} {series.x_title}"
    if not floor:
        return Verdict(title, "×", value, ROOMS_LIMIT)
    base = results.ratio(last.key, floor[0], first.key, floor[0])
    return Verdict(f"{title}, against the floor's", "×", value / base if value and base else None,
                   GROWTH_LIMIT)


def judge_cycles(results: Results) -> Verdict:
    value = None
    for sample in results.all("cycles", "libsio"):
        sizes = sample["rss_cycles"]
        value = sizes[-1] / sizes[0]
    return Verdict("resident size after ten bursts of clients, against after one", "×", value,
                 CYCLES_LIMIT)


def judge_slow(results: Results) -> Verdict:
    fast, slow = SLOW
    value = results.ratio(slow.key, "libsio", fast.key, "libsio")
    return Verdict("delivery with 100 slow readers beside, against without", "×", value, SLOW_LIMIT)


def verdicts(results: Results, series: tuple[Series, ...]) -> list[Verdict]:
    """On all goals that were measured."""
    every = [*(Verdict(goal.title, "×", goal.ratio(results), goal.limit) for goal in GOALS),
             judge_idle(results), *(judge_growth(results, one) for one in series),
             judge_cycles(results), judge_slow(results)]
    return [verdict for verdict in every if verdict.value is not None]


@dataclasses.dataclass(frozen=True)
class FloorCheck:
    work: str
    server: str
    expected: float
    measured: float

    @property
    def passed(self) -> bool:
        return abs(self.measured / self.expected - 1) <= FLOOR_TOLERANCE


def floor_checks(results: Results) -> list[FloorCheck]:
    checks = []
    for work, peers in FLOOR_RATIOS.items():
        for server, expected in peers.items():
            measured = results.ratio(f"check-{work}", server, f"check-{work}", "floor")
            if measured is not None:
                checks.append(FloorCheck(work, server, expected, measured))
    return checks
