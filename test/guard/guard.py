"""Counts the instructions that the server spends on a message, and compares with what is recorded.

usage: guard.py [--build DIR] [--update | --profile] [SCENARIO...]

Builds the release build of `guard` in DIR (its own build, whatever the one around it is), runs it
under callgrind and prints TAP: a scenario fails if it takes more than figures.json says for this
compiler, C library and architecture, beyond the tolerance there. With --update it writes the
figures of this compiler (CC) instead, with --profile it prints which functions they come from.
"""
import argparse
import concurrent.futures
import json
import os
import pathlib
import platform
import re
import shutil
import subprocess
import sys
from typing import NamedTuple

here = pathlib.Path(__file__).resolve().parent
root = here.parent.parent
sys.path.insert(0, str(here.parent / "run"))
from tap import Failure, Skip, Tap, check, run

FIGURES = here / "figures.json"
TOP = 25  # functions shown by --profile

# The C library picks its string functions by what the processor can do: the least common ones, so
# that the figures are the same on every machine.
HWCAPS = ("AVX", "AVX_Usable", "AVX2", "AVX2_Usable", "AVX512F", "AVX512VL", "AVX512BW",
          "AVX_Fast_Unaligned_Load", "ERMS", "FSRM", "MOVBE", "BMI2", "LZCNT", "RTM")
# The release build as it is: nobody's flags, nor what the sanitizers around it are told.
environment = {name: value for name, value in os.environ.items()
               if name not in ("CFLAGS", "CPPFLAGS", "LDFLAGS", "LD_PRELOAD", "ASAN_OPTIONS",
                               "UBSAN_OPTIONS", "MALLOC_PERTURB_")}
environment["GLIBC_TUNABLES"] = "glibc.cpu.hwcaps=" + ",".join("-" + name for name in HWCAPS)


# Lines of callgrind's files: names of files and functions, instructions.
NAMED = {"fl": "file", "fi": "file", "fe": "file", "cfi": "file", "cfl": "file",
         "fn": "function", "cfn": "function"}
COST = re.compile(r"[-+*\d]\d* \d+$")


class Count(NamedTuple):
    figure: float  # instructions per unit
    unit: str
    own: dict      # by function: its own
    whole: dict    # and with what it calls


def compile_guard(folder):
    """Returns the program."""
    build = folder / re.sub(r"[^\w.+-]", "_", os.environ.get("CC", "cc"))
    if not (build / "build.ninja").is_file():
        shutil.rmtree(build, ignore_errors=True)
        run(["meson", "setup", build, root, "--buildtype=release", "-Dc_args=-gdwarf-4",
             "-Dtests=auto", "-Dexamples=false", "-Dclient=disabled"], env=environment)
    run(["meson", "compile", "-C", build, "guard"], env=environment)
    return build / "test/guard/guard"


def path_of(name):
    """A file of ours relative to the project."""
    path = os.path.normpath(name)
    return os.path.relpath(path, root) if path.startswith(f"{root}{os.sep}") else path


def costs(file):
    """Reads callgrind's file; returns instructions by function: their own, and with the called."""
    names, own, whole = {}, {}, {}
    place = function = None
    called = False
    text = file.read_text(encoding="utf-8")
    for line in text.splitlines():
        kind, _, rest = line.partition("=")
        if kind in NAMED:
            number, _, name = rest.partition(" ")  # the name is told once
            name = names.setdefault((NAMED[kind], number), name)
            if kind == "fl":
                place = path_of(name)
            elif kind == "fn":
                function = (place, name)
        elif kind == "calls":
            called = True  # the next line is what these took
        elif COST.match(line):
            instructions = int(line.split()[1])
            if not called:
                own[function] = own.get(function, 0) + instructions
            whole[function] = whole.get(function, 0) + instructions
            called = False
    total = re.search(r"^totals: (\d+)$", text, re.MULTILINE)
    check(total is not None and sum(own.values()) == int(total[1]), f"{file} is not understood")
    return own, whole


def count(program, scenario):
    """Runs a scenario; returns a Count."""
    file = program.parent / f"{scenario}.callgrind"
    told = run(["valgrind", "--tool=callgrind", "--instr-atstart=no", "--collect-atstart=no",
                f"--callgrind-out-file={file}", program, scenario], env=environment)
    units = re.search(rf"^{scenario}: (\d+) x (\w+)$", told, re.MULTILINE)
    check(units is not None, f"no units:\n{told}")
    own, whole = costs(file)
    # What is counted of the network and the clients is a little when control passes.
    check(any(path == "test/memory/network.c" for path, _ in own),
          "nothing was counted: was <valgrind/callgrind.h> there at the build?")
    own = {function: instructions / int(units[1]) for function, instructions in own.items()
           if not function[0].startswith("test/")}
    whole = {function: whole[function] / int(units[1]) for function in own}
    return Count(sum(own.values()), units[2], own, whole)


def count_all(program, scenarios):
    """Returns for each scenario a future of its Count."""
    pool = concurrent.futures.ThreadPoolExecutor(os.cpu_count())
    return {scenario: pool.submit(count, program, scenario) for scenario in scenarios}


def compare(scenario, future, recorded, tolerance):
    figure, unit, _, _ = future.result()
    check(scenario in recorded, "no figure is recorded: ./dev guard --update")
    was = recorded[scenario]
    told = f"{figure:.1f} instructions per {unit}, recorded: {was}"
    check(figure <= was * (1 + tolerance), told)
    better = figure < was * (1 - tolerance)
    print(f"# {scenario}: {told}" + ("; better: ./dev guard --update" if better else ""))


def test(program, key, scenarios, every):
    known = json.loads(FIGURES.read_text(encoding="utf-8"))
    recorded = known["figures"].get(key)
    tap = Tap()
    if recorded is None:
        print(f"1..0 # SKIP no figures for {key} (there are: {'; '.join(known['figures'])})")
        return
    futures = count_all(program, scenarios)
    for scenario, future in futures.items():
        tap.case(scenario, compare, scenario, future, recorded, known["tolerance"])
    if every:
        gone = sorted(set(recorded) - set(scenarios))
        tap.case("every figure has its scenario", check, not gone, f"there is no {gone}")
    tap.finish()


def update(program, key, scenarios, every):
    known = json.loads(FIGURES.read_text(encoding="utf-8"))
    before = known["figures"].get(key, {})
    after = {} if every else dict(before)
    for scenario, future in count_all(program, scenarios).items():
        figure, unit, _, _ = future.result()
        was = f", was {before[scenario]}" if scenario in before else ""
        print(f"{scenario}: {figure:.1f} instructions per {unit}{was}")
        after[scenario] = round(figure, 1)
    known["figures"][key] = after
    FIGURES.write_text(json.dumps(known, indent=2) + "\n", encoding="utf-8")
    print(f"written for {key}")


def profile(program, scenarios):
    for scenario, future in count_all(program, scenarios).items():
        figure, unit, own, whole = future.result()
        for kind, cost in ("own", own), ("with what they call", whole):
            print(f"\n{scenario}: {figure:.1f} instructions per {unit}; the functions' {kind}:")
            for (file, name), part in sorted(cost.items(), key=lambda item: -item[1])[:TOP]:
                print(f"{part:10.1f} {part / figure:6.1%}  {name}  {file}")


def main():
    parser = argparse.ArgumentParser(prog="guard", description=__doc__.split("\n", 1)[0])
    parser.add_argument("--build", metavar="DIR", type=pathlib.Path,
                        default=root / "build-asan/guard", help="where the release build is made")
    what = parser.add_mutually_exclusive_group()
    what.add_argument("--update", action="store_true",
                      help="write the figures of this compiler (CC) to figures.json")
    what.add_argument("--profile", action="store_true", help="print what the functions take")
    parser.add_argument("scenarios", metavar="SCENARIO", nargs="*", help="all, unless named")
    options = parser.parse_args()
    if shutil.which("valgrind") is None:
        print("1..0 # SKIP valgrind is not installed")
        return
    program = compile_guard(options.build.resolve())
    known = run([program, "--list"], env=environment).split()
    scenarios = options.scenarios or known
    unknown = sorted(set(scenarios) - set(known))
    if unknown:
        parser.error(f"no such scenario: {' '.join(unknown)} (there are: {' '.join(known)})")
    if options.profile:
        profile(program, scenarios)
        return
    compiler = run([program, "--compiler"], env=environment).strip()
    key = f"{compiler}, {platform.machine()}"
    (update if options.update else test)(program, key, scenarios, not options.scenarios)


if __name__ == "__main__":
    try:
        main()
    except Failure as failure:
        print(f"not ok 1 - build and run\n1..1\n# {failure}")
        sys.exit(1)
