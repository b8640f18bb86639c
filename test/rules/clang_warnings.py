"""Lets clang look at every C file of the build with our warnings, as errors.

usage: clang_warnings.py CLANG BUILD_ROOT SOURCE_ROOT
"""
import concurrent.futures
import json
import os
import pathlib
import shlex
import subprocess
import sys

clang, build, root = sys.argv[1], pathlib.Path(sys.argv[2]), pathlib.Path(sys.argv[3])


def command_of(entry):
    words = shlex.split(entry["command"])
    if pathlib.Path(words[0]).name == "ccache":
        del words[0]
    keep, skip = [], False
    for word in words[1:]:
        if skip:
            skip = False
        elif word in ("-o", "-MF", "-MQ", "-c"):
            skip = word != "-c"
        elif not word.startswith(("-fsanitize", "-M", "-O", "-g")) and word != entry["file"]:
            keep.append(word)
    return [clang, *keep, "-Wno-unknown-warning-option", "-Werror", "-fsyntax-only", entry["file"]]


def look(entry):
    done = subprocess.run(command_of(entry), cwd=entry["directory"], stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True)
    return done.stdout if done.returncode else ""


entries = {}
for item in json.loads((build / "compile_commands.json").read_text(encoding="utf-8")):
    source = (pathlib.Path(item["directory"]) / item["file"]).resolve()
    ours = root.resolve() in source.parents and build.resolve() not in source.parents
    if ours and source.suffix == ".c":
        entries.setdefault(source, item)
with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
    found = "".join(pool.map(look, entries.values()))
print(found or f"{len(entries)} files without a warning")
sys.exit(1 if found or not entries else 0)
