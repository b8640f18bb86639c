"""Fits the runs into the time that is given: pass after pass over all works and servers."""
from __future__ import annotations

import sys
import time
from collections.abc import Iterable, Sequence

from results import Results
from runner import LEARNING_RUNS, Failure, Runner
from servers import Server
from works import CURVES, ROOMS, Work

Job = tuple[Work, Server]

LEAST_SECONDS, MOST_SECONDS = 0.15, 1.5  # of a timed run, in CPU time of the server
WALL, MOST_WALL = 1.3, 2.0  # times that on the clock, on average and at most
MOST_REPEATS = 9           # beyond those that were planned, if time is left
RUN_OVERHEAD = 0.06        # of starting the load generator and the like
CONNECT_SECONDS = 0.0004   # for each connection, with the slower servers in mind
CONNECTIONS = 100          # where a work leaves them to its mode


class Progress:
    """One line on a terminal that is written over and over; else a line for each work."""

    def __init__(self, budget: float) -> None:
        self.began = time.monotonic()
        self.budget = budget
        self.terminal = sys.stderr.isatty()
        self.work = ""

    @property
    def elapsed(self) -> float:
        return time.monotonic() - self.began

    @property
    def left(self) -> float:
        return self.budget - self.elapsed

    def show(self, repeat: int, work: Work, server: Server) -> None:
        clock = f"[{minutes(self.elapsed)} of {minutes(self.budget)}] repeat {repeat + 1}"
        if self.terminal:
            print(f"\r\033[K{clock}: {work.title}: {server.name}", end="", file=sys.stderr,
                  flush=True)
        elif self.work != work.key:
            print(f"{clock}: {work.title}", file=sys.stderr, flush=True)
        self.work = work.key

    def note(self, text: str) -> None:
        print(("\r\033[K" if self.terminal else "") + text, file=sys.stderr, flush=True)


def minutes(seconds: float) -> str:
    return f"{int(seconds) // 60}:{int(seconds) % 60:02}"


def jobs_of(works: Iterable[Work], servers: Sequence[Server]) -> list[Job]:
    return [(work, server) for work in works for server in servers
            if server.serves(work.mode) and (work.servers is None or server.name in work.servers)]


def needs_peers(job: Job) -> bool:
    """Whether a job is of a peer, or of the floor but worth nothing without a peer's."""
    work, server = job
    ours = {*CURVES, *ROOMS}
    return not ours.issuperset({server.name, *(work.servers or ())})


def guess(job: Job) -> float:
    """What a job takes beside the seconds of measuring."""
    work, _ = job
    return RUN_OVERHEAD + (work.connections or CONNECTIONS) * CONNECT_SECONDS + work.seconds


def rotated(jobs: list[Job], repeat: int) -> list[Job]:
    """The jobs in the order of their works; each repeat begins with another server, lest one of
    them always follows the same other."""
    ordered: list[Job] = []
    works = list(dict.fromkeys(work for work, _ in jobs))
    for work in works:
        same = [job for job in jobs if job[0] == work]
        turn = repeat % len(same)
        ordered += same[turn:] + same[:turn]
    return ordered


class Schedule:
    """Runs jobs in passes: `repeats` are planned, more made if time is left."""

    def __init__(self, runner: Runner, jobs: list[Job], budget: float, repeats: int) -> None:
        self.runner = runner
        self.jobs = jobs
        self.repeats = repeats
        self.progress = Progress(budget)
        self.results = Results()
        self.took: dict[tuple[str, str], float] = {}
        self.left_out: dict[str, list[str]] = {}  # what, and on which servers
        fixed = sum(guess(job) * min(repeats, job[0].repeats) for job in jobs)
        timed = sum(min(repeats, job[0].repeats) for job in jobs if job[0].timed)
        share = (budget - fixed) / max(timed, 1) / WALL
        self.seconds = min(MOST_SECONDS, max(LEAST_SECONDS, share))
        # No single run may eat up the time of the others.
        self.patience = max(3.0, budget / 60) + self.seconds * (1 + LEARNING_RUNS) * MOST_WALL

    def run(self) -> Results:
        for repeat in range(MOST_REPEATS):
            jobs = self._fitting(repeat)
            if not jobs:
                break
            for job in rotated(jobs, repeat) if repeat else jobs:
                self._run_one(repeat, *job)
        for what, servers in self.left_out.items():
            self.progress.note(f"left out to stay in time: {what} on {', '.join(servers)}")
        self.progress.note(f"done in {minutes(self.progress.elapsed)}")
        return self.results

    def _due(self, repeat: int) -> list[Job]:
        """What fails on a peer is not tried again."""
        return [(work, server) for work, server in self.jobs if repeat < work.repeats
                and (server.name in CURVES or (work.key, server.name) not in self.results.failures)]

    def _fitting(self, repeat: int) -> list[Job]:
        """Of the jobs due, those that fit into what is left: the slowest are left out first, but
        libsio and the floor last."""
        jobs = self._due(repeat)
        if repeat == 0:  # nothing is known yet; peers that are slow must not cost us the others
            return sorted(jobs, key=needs_peers)
        dropped: list[Job] = []
        by_cost = sorted(jobs, key=lambda job: (job[1].name in CURVES, -self._cost(job)))
        total = sum(map(self._cost, jobs))
        for job in by_cost:
            if total <= self.progress.left:
                break
            total -= self._cost(job)
            dropped.append(job)
        kept = [job for job in jobs if job not in dropped]
        for work, server in dropped:
            self._leave_out(repeat, work, server)
        return kept

    def _cost(self, job: Job) -> float:
        return self.took.get((job[0].key, job[1].name), guess(job) + self.seconds * WALL)

    def _leave_out(self, repeat: int, work: Work, server: Server) -> None:
        if repeat < self.repeats:
            what = f"repeat {repeat + 1} of {work.title}"
            self.left_out.setdefault(what, []).append(server.name)

    def _run_one(self, repeat: int, work: Work, server: Server) -> None:
        patience = self.patience + 2 * work.seconds
        limit = min(patience, self.progress.left)
        if self._cost((work, server)) > self.progress.left:
            self._leave_out(repeat, work, server)
            return
        self.progress.show(repeat, work, server)
        began = time.monotonic()
        try:
            sample = self.runner.run(server, work, self.seconds, limit)
            self.results.add(work.key, server.name, repeat, sample)
        except Failure as failure:
            if limit < patience:  # it may have been our hurry
                self._leave_out(repeat, work, server)
            else:
                self.progress.note(f"{server.name}: {work.title}: {failure}")
                self.results.fail(work.key, server.name, str(failure))
        self.took[work.key, server.name] = time.monotonic() - began
