"""Lets clang look at every C file of the build with our warnings, as errors.

usage: clang_warnings.py CLANG BUILD_ROOT SOURCE_ROOT
"""
import concurrent.futures
import os
import pathlib
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "run"))
import commands

clang, build, root = sys.argv[1], pathlib.Path(sys.argv[2]), pathlib.Path(sys.argv[3])


def look(entry):
    command = [clang, *commands.flags(entry), "-Wno-unknown-warning-option", "-Werror",
               "-fsyntax-only", entry["file"]]
    done = subprocess.run(command, cwd=entry["directory"], stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True)
    return done.stdout if done.returncode else ""


entries = commands.sources(build, root)
with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
    found = "".join(pool.map(look, entries.values()))
print(found or f"{len(entries)} files without a warning")
sys.exit(1 if found or not entries else 0)
