"""Checks who includes whom: a file of src/ includes its own floor and those below, never above.

usage: layers.py SOURCE_ROOT
"""
import pathlib
import re
import sys

FLOORS = ["base", "net", "ws", "eio", "sio", "adapter", "serve", "server"]
RANK = {"base": 0, "net": 1, "ws": 2, "eio": 3, "sio": 4, "adapter": 5, "serve": 5, "server": 6}

# Headers of libraries, and the floors that may see them.
OWNERS = {
    "llhttp.h": {"net"},
    "wslay/wslay.h": {"ws"},
    "wslay.h": {"ws"},
    "openssl/": {"net"},
    "hiredis/": {"adapter"},
    "msgpack.h": {"sio"},
    "jansson.h": {"sio", "adapter", "serve", "server"},
}

INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*([<"])([^>"]+)[>"]', re.MULTILINE)
COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)


def includes_of(file):
    """The includes of a file, as (quoted, name)."""
    text = COMMENT.sub("", file.read_text(encoding="utf-8"))
    return [(mark == '"', name) for mark, name in INCLUDE.findall(text)]


def library_breach(floor, name):
    for header, floors in OWNERS.items():
        owned = name.startswith(header) if header.endswith("/") else name == header
        if owned and floor not in floors:
            return f"<{name}> belongs to {' and '.join(sorted(floors))}"
    return None


def public_breach(floor, name, src):
    """A public header brings in, by way of others, no library that this floor may not see."""
    include = src.parent / "include"
    seen, todo = set(), [name]
    while todo:
        header = todo.pop()
        if header in seen or not (include / header).is_file():
            continue
        seen.add(header)
        for _, inner in includes_of(include / header):
            if library_breach(floor, inner):
                return f"<{name}> brings in <{inner}> (by <{header}>)"
            todo.append(inner)
    return None


def check_file(file, src, edges):
    """Returns the breaches of one file; adds its includes of other files of ours to edges."""
    floor = file.relative_to(src).parts[0]
    if floor not in RANK:
        return [f"{floor}/ is no floor (known: {', '.join(FLOORS)})"]
    breaches = []
    for quoted, name in includes_of(file):
        breach = library_breach(floor, name)
        if breach:
            breaches.append(breach)
        if not quoted:
            breach = public_breach(floor, name, src)
            if breach:
                breaches.append(breach)
            continue
        target = src / name
        if not target.is_file():
            if (file.parent / name).is_file():
                breaches.append(f'"{name}" must be written from src/ on')
            continue
        above = target.relative_to(src).parts[0]
        if above != floor and RANK[above] >= RANK[floor]:
            breaches.append(f'"{name}" is on floor {above}, which is not below {floor}')
        edges.setdefault(file, []).append(target)
    return breaches


def find_cycles(edges):
    """Returns each circle of includes once, as a list of files."""
    cycles, done = [], set()

    def visit(file, trail):
        if file in trail:
            cycles.append(trail[trail.index(file):] + [file])
            return
        if file in done:
            return
        for target in edges.get(file, []):
            visit(target, trail + [file])
        done.add(file)

    for file in sorted(edges):
        visit(file, [])
    return cycles


def check_public(root):
    """Public headers include public headers only, and none of the libraries that are private."""
    breaches = []
    include = root / "include"
    private = [header for header in OWNERS if header != "jansson.h"] + ["zlib.h", "uthash.h"]
    for file in sorted(include.rglob("*.h")):
        for quoted, name in includes_of(file):
            if quoted:
                breaches.append(f'{file.relative_to(root)}: "{name}" should be <{name}>')
            elif name.startswith("sio") and not (include / name).is_file():
                breaches.append(f"{file.relative_to(root)}: <{name}> does not exist")
            elif any(name.startswith(header) for header in private):
                breaches.append(f"{file.relative_to(root)}: <{name}> is private")
    return breaches


def check(root):
    src, edges = root / "src", {}
    files = sorted([*src.rglob("*.c"), *src.rglob("*.h")])
    breaches = [f"{file.relative_to(root)}: {breach}"
                for file in files for breach in check_file(file, src, edges)]
    for cycle in find_cycles(edges):
        breaches.append("circle: " + " -> ".join(str(file.relative_to(src)) for file in cycle))
    if not files:
        breaches.append("src/ holds no sources")
    return breaches + check_public(root)


if __name__ == "__main__":
    found = check(pathlib.Path(sys.argv[1]))
    print("\n".join(found) or "every include is in order")
    sys.exit(1 if found else 0)
