"""Checks that no npm lock file names a host, and that the bundles' version is pinned exactly.

usage: locks.py SOURCE_ROOT
"""
import json
import pathlib
import re
import sys

root = pathlib.Path(sys.argv[1])
problems = []
peers = [f"test/bench/peers/{name}" for name in ("node", "eiows", "bun")]
for folder in ["client", "test/e2e", *peers]:
    lock = (root / folder / "package-lock.json").read_text(encoding="utf-8")
    if '"resolved"' in lock or re.search(r"https?://", lock):
        problems.append(f"{folder}/package-lock.json names a host")
    if "omit-lockfile-registry-resolved=true" not in (root / folder / ".npmrc").read_text():
        problems.append(f"{folder}/.npmrc lacks omit-lockfile-registry-resolved=true")
    package = json.loads((root / folder / "package.json").read_text(encoding="utf-8"))
    for name, version in package["dependencies"].items():
        locked = json.loads(lock)["packages"][f"node_modules/{name}"]["version"]
        if version.rpartition("@")[2] != locked:  # an alias is "npm:NAME@VERSION"
            problems.append(f"{folder}: {name} is {version}, but locked at {locked}")
print("\n".join(problems) or "the lock files are in order")
sys.exit(1 if problems else 0)
