"""Starts servers, each on one core, and points the load generator, on another core, at them."""
from __future__ import annotations

import contextlib
import json
import os
import pathlib
import resource
import socket
import subprocess
import time
from collections.abc import Iterator

from results import Sample
from servers import Server
from works import Work

START_SECONDS = 20.0
WARMUP_SHARE = 0.3    # of the seconds that a timed run has
LEARNING_RUNS = 2.0   # how many runs' time a server that learns gets before its first of a mode


class Failure(Exception):
    """A run gave no figure, for the reason given."""


def raise_file_limit() -> int:
    """Lets this process and its children open as many files as the system allows; returns that."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    return hard


def cores() -> tuple[set[int], set[int]]:
    """The server's and the load generator's cores: one each, far apart, if there are two."""
    usable = sorted(os.sched_getaffinity(0))
    return ({usable[-1]}, {usable[0]}) if len(usable) > 1 else (set(usable), set(usable))


@contextlib.contextmanager
def on_cores(chosen: set[int]) -> Iterator[None]:
    """Children begun inside run on these cores."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, chosen)
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Running:
    """A server that has been started and accepts connections."""

    def __init__(self, server: Server, mode: str, log: pathlib.Path) -> None:
        self.port = free_port()
        self.known: set[str] = set()  # the modes that it has been in
        try:
            with open(log, "ab") as output:
                self.process = subprocess.Popen(
                    server.command_for(mode), cwd=server.folder, stdin=subprocess.DEVNULL,
                    stdout=output, stderr=output, env={**os.environ, "PORT": str(self.port)})
        except OSError as error:
            raise Failure(f"does not start: {error.strerror}") from None
        try:
            self._await_port()
        except Failure:
            self.stop()
            raise

    def _await_port(self) -> None:
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                raise Failure(f"ended at once with exit code {self.process.returncode}")
            with contextlib.suppress(OSError), \
                    socket.create_connection(("127.0.0.1", self.port), timeout=1):
                return
            time.sleep(0.01)
        raise Failure(f"does not listen after {START_SECONDS:.0f} s")

    @property
    def alive(self) -> bool:
        return self.process.poll() is None

    def stop(self) -> None:
        self.process.terminate()
        try:
            self.process.wait(timeout=0.5)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


class Runner:
    """Keeps the servers of a benchmark; ends them all when left."""

    def __init__(self, load: pathlib.Path, logs: pathlib.Path) -> None:
        self.load = load
        self.logs = logs
        self.server_cores, self.load_cores = cores()
        self.running: dict[str, Running] = {}

    def __enter__(self) -> Runner:
        return self

    def __exit__(self, *_: object) -> None:
        for name in list(self.running):
            self._stop(name)

    def _stop(self, name: str) -> None:
        running = self.running.pop(name, None)
        if running is not None:
            running.stop()

    def _ready(self, server: Server, work: Work) -> Running:
        running = self.running.get(server.name)
        if running is None or not running.alive:
            with on_cores(self.server_cores):
                running = Running(server, work.mode, self.logs / f"{server.name}.log")
            self.running[server.name] = running
        return running

    def run(self, server: Server, work: Work, seconds: float, limit: float) -> Sample:
        """One run; what the load generator reports. A Failure if it reports nothing within `limit`
        seconds."""
        anew = work.fresh or not server.learns
        if anew:
            self._stop(server.name)
        failed = True
        try:
            sample = self._load(server, work, self._ready(server, work), seconds, limit)
            failed = False
            return sample
        finally:
            if anew or failed:
                self._stop(server.name)

    def _load(self, server: Server, work: Work, running: Running, seconds: float,
              limit: float) -> Sample:
        command = [str(self.load), *work.arguments, *server.load_options,
                   "--port", str(running.port), "--pid", str(running.process.pid)]
        if work.timed:
            warmup = seconds * WARMUP_SHARE
            if server.learns and work.mode not in running.known:
                warmup += seconds * LEARNING_RUNS
            running.known.add(work.mode)
            command += ["--seconds", f"{seconds * (1 - WARMUP_SHARE):.3f}",
                        "--warmup", f"{warmup:.3f}"]
        with on_cores(self.load_cores):
            try:
                done = subprocess.run(command, capture_output=True, text=True, timeout=limit,
                                      check=False)
            except subprocess.TimeoutExpired:
                raise Failure(f"not done within {limit:.0f} s") from None
        if done.returncode != 0:
            words = done.stderr.strip().partition("\n")[0].removeprefix("bench-load: ")
            raise Failure(words or f"the load generator ended with {done.returncode}")
        sample: Sample = json.loads(done.stdout)
        return sample
