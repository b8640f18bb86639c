"""Writes what was measured: bench.json with everything, bench.md to read, bench.svg to see."""
from __future__ import annotations

import dataclasses
import json
import pathlib

import goals
import machine
import plot
import tables
from results import connection_bytes, cpu_us, p99_us, throughput
from schedule import Schedule
from servers import Server
from works import Plan, Work

WHAT = """\
Every server runs the same small application: the same events, the same payloads, no compression,
no recovery, default heartbeats, one process. Each may gather its answers into as few writes as it
likes. A server has one core and the load generator another; what counts is the server's CPU time
(user and system, all its threads) for each message. Figures are medians of the repeats, which take
turns over the servers; a ratio is libsio to the floor within one repeat. The floor is the least C
program that moves the same bytes: bare epoll, one recv and one send for each readable socket,
canned answers."""


@dataclasses.dataclass(frozen=True)
class Facts:
    """Everything that a report is made of."""
    plan: Plan
    schedule: Schedule
    servers: list[Server]
    missing: list[Server]
    impossible: list[str]

    def columns(self) -> list[Server]:
        """The servers that have something to do in the table."""
        return [server for server in self.servers
                if any(server.serves(work.mode) for work in self.plan.table)]

    def measured(self, works: tuple[Work, ...]) -> list[Work]:
        """Of these the ones with a sample."""
        return [work for work in works
                if any(self.schedule.results.all(work.key, server.name) for server in self.servers)]


def left_out(facts: Facts) -> list[str]:
    late = (f"{what}, for want of time, on {', '.join(servers)}"
            for what, servers in facts.schedule.left_out.items())
    return [*facts.impossible, *late]


def caption(facts: Facts) -> str:
    here = machine.describe()
    repeats = max((len(samples) for samples in facts.schedule.results.samples.values()), default=0)
    lines = [f"{here['date']}, {here['cpu']}, {here['memory']}, {here['kernel']}; "
             f"{facts.schedule.seconds:.2f} s of CPU time a run, up to {repeats} repeats."]
    lines += [f"Left out: {words}." for words in left_out(facts)]
    titles = {work.key: work.title for work in facts.plan.works()}
    lines += [f"Fails: {server}: {titles[work]}: {why}."
              for (work, server), why in facts.schedule.results.failures.items()]
    return "\n".join(lines)


def markdown(facts: Facts) -> str:
    plan, results = facts.plan, facts.schedule.results
    rows = facts.measured(plan.table)
    parts = [WHAT, caption(facts), tables.servers_table(facts.servers, facts.missing)]
    if rows:
        parts += [tables.cpu_table(results, rows, facts.columns()),
                  tables.wall_table(results, [work for work in rows if work.quick],
                                    facts.columns())]
    if facts.measured((plan.memory,)):
        parts.append(tables.memory_table(results, plan.memory, facts.servers))
    parts += [tables.growth_table(results, series) for series in plan.growth
              if facts.measured(tuple(work for _, work in series.points))]
    parts += [tables.cycles_table(results, work.key) for work in facts.measured(plan.cycles)]
    verdicts = goals.verdicts(results, plan.growth)
    if verdicts:
        parts.append(tables.goals_table(verdicts))
    checks = goals.floor_checks(results)
    if checks:
        parts.append(tables.floor_table(checks, {work.key: work.title for work in plan.table}))
    return "\n\n".join(parts) + "\n"


def figures(facts: Facts) -> dict[str, dict[str, object]]:
    """For each work and server: the medians, and all the samples."""
    results = facts.schedule.results
    found: dict[str, dict[str, object]] = {}
    for (work, server), samples in results.samples.items():
        first = next(iter(samples.values()))
        entry: dict[str, object] = {"samples": list(samples.values())}
        if "cpu_ns" in first:
            entry["cpu_us"] = results.median(work, server, cpu_us)
            entry["per_second"] = results.median(work, server, throughput)
        if "p99_ns" in first:
            entry["p99_us"] = results.median(work, server, p99_us)
        if "rss_after" in first:
            entry["connection_bytes"] = results.median(work, server, connection_bytes)
        if server != "floor" and "cpu_ns" in first:
            entry["floors"] = results.ratio(work, server, work, "floor")
        found.setdefault(work, {})[server] = entry
    return found


def as_json(facts: Facts) -> dict[str, object]:
    plan, results = facts.plan, facts.schedule.results
    return {
        "machine": machine.describe(),
        "seconds_a_run": facts.schedule.seconds,
        "servers": {server.name: {"title": server.title, "version": server.version}
                    for server in facts.servers},
        "missing": {server.name: server.missing for server in facts.missing},
        "left_out": left_out(facts),
        "works": {work.key: {"title": work.title, "arguments": work.arguments}
                  for work in plan.works()},
        "figures": figures(facts),
        "failures": [{"work": work, "server": server, "why": why}
                     for (work, server), why in results.failures.items()],
        "goals": [{**dataclasses.asdict(one), "passed": one.passed}
                  for one in goals.verdicts(results, plan.growth)],
        "floor": [{**dataclasses.asdict(check), "passed": check.passed}
                  for check in goals.floor_checks(results)],
    }


def write(facts: Facts, folder: pathlib.Path) -> None:
    (folder / "bench.json").write_text(json.dumps(as_json(facts), indent=1) + "\n",
                                       encoding="utf-8")
    (folder / "bench.md").write_text(markdown(facts), encoding="utf-8")
    (folder / "bench.svg").write_text(plot.draw(facts), encoding="utf-8")
