"""The samples of all runs, and the figures made of them."""
from __future__ import annotations

import collections
import statistics
from collections.abc import Callable
from typing import Any

Sample = dict[str, Any]  # what the load generator prints


def cpu_us(sample: Sample) -> float:
    """Server CPU time per message."""
    return float(sample["cpu_ns"] / sample["messages"] / 1000)


def throughput(sample: Sample) -> float:
    """Messages per second."""
    return float(sample["messages"] / sample["wall_ns"] * 1e9)


def p99_us(sample: Sample) -> float:
    return float(sample["p99_ns"] / 1000)


def connection_bytes(sample: Sample) -> float:
    """Resident bytes of an idle connection."""
    return float((sample["rss_after"] - sample["rss_before"]) / sample["connections"])


class Results:
    """For each work and server the samples by number of repeat."""

    def __init__(self) -> None:
        self.samples: dict[tuple[str, str], dict[int, Sample]] = collections.defaultdict(dict)
        self.failures: dict[tuple[str, str], str] = {}

    def add(self, work: str, server: str, repeat: int, sample: Sample) -> None:
        self.samples[work, server][repeat] = sample
        self.failures.pop((work, server), None)

    def fail(self, work: str, server: str, why: str) -> None:
        """Once there is a sample, a failure is not kept."""
        if not self.all(work, server):
            self.failures[work, server] = why

    def all(self, work: str, server: str) -> list[Sample]:
        return list(self.samples.get((work, server), {}).values())

    def median(self, work: str, server: str, figure: Callable[[Sample], float]) -> float | None:
        values = [figure(sample) for sample in self.all(work, server)]
        return statistics.median(values) if values else None

    def ratio(self, work: str, server: str, base_work: str, base_server: str,
              figure: Callable[[Sample], float] = cpu_us) -> float | None:
        """The median of the ratios within each repeat: noise that lasts moves both sides alike."""
        above = self.samples.get((work, server), {})
        below = self.samples.get((base_work, base_server), {})
        ratios = [figure(above[repeat]) / figure(below[repeat])
                  for repeat in sorted(above.keys() & below.keys()) if figure(below[repeat]) > 0]
        return statistics.median(ratios) if ratios else None

    def servers(self) -> set[str]:
        return {server for _, server in self.samples}
