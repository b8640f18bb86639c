"""Builds the fuzzing programs and runs them.

usage: fuzz.py [--build DIR] [--jobs N] SECONDS [TARGET...]
       fuzz.py [--build DIR] --coverage [TARGET...]
       fuzz.py [--build DIR] --test SECONDS

Builds them with clang in DIR, whatever the build around it is, and gives each SECONDS, N of them
(2) at a time. They begin with what is in corpus/ and regressions/ here and what earlier runs have found
interesting, which is kept in DIR/corpus. An input that makes one fail is kept in DIR/findings, and
said at the end; the exit code is 1 then.

--coverage builds them with gcc in DIR-coverage instead, goes through all those inputs and prints how
many lines they reach, of the files that each program says it is about. --test prints TAP.
"""
import argparse
import concurrent.futures
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
from typing import NamedTuple

here = pathlib.Path(__file__).resolve().parent
root = here.parent.parent
sys.path.insert(0, str(here.parent / "run"))
from tap import Failure, Tap, check, run

HANGS = 30  # seconds that one input may take
MEMORY = 1024  # MiB
# Halves of the time go into the statistics by which libFuzzer prefers some inputs to others. It would
# watch the memory from a thread, whose own allocations come at any time: programs count what is theirs.
FLAGS = [f"-timeout={HANGS}", "-rss_limit_mb=0", "-entropic=0", "-print_final_stats=1"]

environment = {name: value for name, value in os.environ.items()
               if name not in ("CC", "CFLAGS", "CPPFLAGS", "LDFLAGS", "LD_PRELOAD")}
# Inputs are small and many: less is kept of what was freed, and of where it was allocated.
environment["ASAN_OPTIONS"] = ("quarantine_size_mb=16:malloc_context_size=8:"
                               f"hard_rss_limit_mb={MEMORY}")
environment["UBSAN_OPTIONS"] = "print_stacktrace=1"


class Result(NamedTuple):
    code: int
    output: str
    finding: pathlib.Path  # or None


# ---- building -------------------------------------------------------------------------------------

def setup(build, compiler, *options):
    if not (build / "build.ninja").is_file():
        shutil.rmtree(build, ignore_errors=True)
        run(["meson", "setup", build, root, "-Dtests=auto", "-Dexamples=false", "-Dclient=disabled",
             "-Ddebug=true", *options], env={**environment, "CC": compiler})
    run(["meson", "compile", "-C", build, "fuzz-programs"], env=environment)


def setup_fuzzers(build):
    setup(build, "clang", "-Doptimization=1", "-Db_sanitize=address,undefined", "-Db_lundef=false",
          "-Dc_args=-fsanitize=fuzzer-no-link -fno-sanitize-recover=all", "-Dfuzz=true")


def setup_coverage(build):
    setup(build, "gcc", "-Doptimization=0", "-Db_coverage=true")


def has_libfuzzer():
    """Whether clang is there, and what it links."""
    if shutil.which("clang") is None:
        return False
    empty = "int LLVMFuzzerTestOneInput(const char *data, __SIZE_TYPE__ size) { return 0; }"
    done = subprocess.run(["clang", "-fsanitize=fuzzer,address", "-x", "c", "-", "-o", os.devnull],
                          input=empty, text=True, stdout=subprocess.DEVNULL,
                          stderr=subprocess.DEVNULL)
    return done.returncode == 0


def targets_of(build):
    return sorted(path.name.removeprefix("fuzz-") for path in (build / "test/fuzz").glob("fuzz-*")
                  if path.is_file() and os.access(path, os.X_OK))


def program_of(build, target):
    return build / "test/fuzz" / f"fuzz-{target}"


def inputs_of(build, target):
    """The folders that are there, the one that grows first."""
    folders = [build / "corpus" / target, here / "corpus" / target, here / "regressions" / target]
    return [folder for folder in folders if folder.is_dir()]


# ---- fuzzing --------------------------------------------------------------------------------------

def fuzz(build, target, seconds, *more):
    grown, findings = build / "corpus" / target, build / "findings"
    grown.mkdir(parents=True, exist_ok=True)
    findings.mkdir(exist_ok=True)
    dictionary = here / f"{target}.dict"
    flags = FLAGS + ([f"-dict={dictionary}"] if dictionary.is_file() else [])
    done = subprocess.run(
        [program_of(build, target), *flags, *more, f"-max_total_time={seconds}",
         f"-artifact_prefix={findings}/{target}-", *inputs_of(build, target)],
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace",
        env=environment, cwd=build)
    (findings / f"{target}.log").write_text(done.stdout, encoding="utf-8")
    unit = re.search(r"Test unit written to (\S+)", done.stdout)
    return Result(done.returncode, done.stdout, pathlib.Path(unit[1]) if unit else None)


def explain(build, target, result):
    """What went wrong: the report without the progress before it."""
    lines = [line for line in result.output.splitlines()
             if not re.match(r"#\d+\s+[A-Za-z]|\s*NEW_FUNC|INFO: |stat::|\"|NOTE: |\s+Combine ", line)
             and " in fuzzer::" not in line]
    text = "\n".join(lines[:60])
    if result.finding is not None:
        text += (f"\nto see it again: {program_of(build, target)} {result.finding}"
                 f"\nonce it is mended, keep it in test/fuzz/regressions/{target}/")
    return text


def number(pattern, text):
    found = re.findall(pattern, text, re.MULTILINE)
    return int(found[-1]) if found else 0


def row_of(target, result):
    executions = number(r"^stat::number_of_executed_units:\s*(\d+)", result.output)
    speed = number(r"^stat::average_exec_per_sec:\s*(\d+)", result.output)
    edges = number(r"\bcov: (\d+)", result.output)
    inputs = number(r"\bcorp: (\d+)", result.output)
    return [target, f"{executions:,}", f"{speed:,}", f"{edges:,}", f"{inputs:,}",
            "" if result.code == 0 else "FINDING"]


def print_table(head, rows):
    widths = [max(len(row[i]) for row in [head, *rows]) for i in range(len(head))]
    for row in [head, *rows]:
        cells = [cell.rjust(width) for cell, width in zip(row, widths)]
        print("  ".join([row[0].ljust(widths[0]), *cells[1:]]).rstrip())


def fuzz_all(build, targets, seconds, jobs):
    """Returns the exit code."""
    with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
        results = dict(zip(targets, pool.map(lambda target: fuzz(build, target, seconds), targets)))
    print_table(["target", "executions", "per second", "edges", "inputs", ""],
                [row_of(target, result) for target, result in results.items()])
    code = 0
    for target, result in results.items():
        if result.code != 0:
            print(f"\n---- {target}\n{explain(build, target, result)}")
            code = 1
    return code


# ---- the test -------------------------------------------------------------------------------------

def fuzz_case(build, target, seconds):
    shutil.rmtree(build / "corpus" / target, ignore_errors=True)
    result = fuzz(build, target, seconds, "-seed=1")  # the same inputs each time, as far as it gets
    check(result.code == 0, explain(build, target, result))
    print("# {}: {} executions, {} edges".format(*(row_of(target, result)[i] for i in (0, 1, 3))))


def test(build, seconds):
    if not has_libfuzzer():
        print("1..0 # SKIP no clang with libFuzzer")
        return
    setup_fuzzers(build)
    tap = Tap()
    for target in targets_of(build):
        tap.case(target, fuzz_case, build, target, seconds)
    tap.finish()


# ---- coverage -------------------------------------------------------------------------------------

def sources_of(target):
    """The files that the program is about, in the order of its first comment."""
    text = (here / f"{target}.c").read_text(encoding="utf-8")
    comment = text[:text.index("*/")]
    names = re.findall(r"\bsrc/[\w./]+", comment[comment.index("Covers:"):])
    files = []
    for name in names:
        path = root / name.rstrip(".")
        check(path.exists(), f"{target}.c is about {name}, which is not there")
        files += sorted(path.rglob("*.[ch]")) if path.is_dir() else [path]
    return files


def clear_counts(build):
    for file in build.rglob("*.gcda"):
        file.unlink()


def lines_of(build, files):
    """Runs gcov: by file, its lines with whether they were reached."""
    lines = {}
    for count in sorted((build / "src").rglob("*.gcda")):
        told = subprocess.run(["gcov", "--json-format", "--stdout", count.name], cwd=count.parent,
                              stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=True)
        for report in told.stdout.splitlines():
            told_of = json.loads(report)
            for file in told_of["files"]:
                path = (build / file["file"]).resolve()
                if path in files:
                    known = lines.setdefault(path, {})
                    for line in file["lines"]:
                        at = line["line_number"]
                        known[at] = known.get(at, False) or line["count"] > 0
    return lines


def coverage_of(build, coverage, target):
    files = set(sources_of(target))
    clear_counts(coverage)
    run([program_of(coverage, target), *inputs_of(build, target)], env=environment)
    return lines_of(coverage, files)


def share(reached, lines):
    return f"{100 * reached / lines:.1f} %" if lines else "none"


def cover_all(build, targets):
    coverage = build.with_name(build.name + "-coverage")
    setup_coverage(coverage)
    rows, details = [], []
    for target in targets or targets_of(coverage):
        lines = coverage_of(build, coverage, target)
        reached = sum(sum(known.values()) for known in lines.values())
        count = sum(map(len, lines.values()))
        rows.append([target, f"{reached:,}", f"{count:,}", share(reached, count)])
        for path, known in sorted(lines.items()):
            missed = [at for at, there in sorted(known.items()) if not there]
            details.append(f"{target} {path.relative_to(root)} "
                           f"{share(len(known) - len(missed), len(known))}: "
                           f"not {', '.join(map(str, missed)) or 'one is missing'}")
    (coverage / "lines.txt").write_text("\n".join(details) + "\n", encoding="utf-8")
    print_table(["target", "lines reached", "of", ""], rows)
    print(f"by file, with the lines that were not: {coverage / 'lines.txt'}")


# ---- the command ----------------------------------------------------------------------------------

def main():
    parser = argparse.ArgumentParser(prog="fuzz", description=__doc__.split("\n", 1)[0])
    parser.add_argument("--build", metavar="DIR", type=pathlib.Path, default=root / "build/fuzz",
                        help="where they are built; what they find interesting is kept there")
    parser.add_argument("--jobs", metavar="N", type=int, default=2, help="so many at a time (2)")
    parser.add_argument("--test", metavar="SECONDS", type=int, help=argparse.SUPPRESS)
    parser.add_argument("--coverage", action="store_true",
                        help="tell how much of the sources the inputs found so far reach")
    parser.add_argument("words", metavar="SECONDS [TARGET...]", nargs="*",
                        help="how long each of them runs, and which; all, unless named")
    options = parser.parse_args()
    build = options.build.resolve()
    if options.test is not None:
        test(build, options.test)
        return 0
    if options.coverage:
        cover_all(build, options.words)
        return 0
    if not options.words or not options.words[0].isdigit():
        parser.error("for how many seconds?")
    if not has_libfuzzer():
        raise Failure("clang with libFuzzer is needed")
    setup_fuzzers(build)
    known = targets_of(build)
    targets = options.words[1:] or known
    unknown = sorted(set(targets) - set(known))
    if unknown:
        parser.error(f"no such target: {' '.join(unknown)} (there are: {' '.join(known)})")
    return fuzz_all(build, targets, int(options.words[0]), options.jobs)


if __name__ == "__main__":
    try:
        sys.exit(main())
    except Failure as failure:
        print(f"not ok 1 - build and run\n1..1\n# {failure}")
        sys.exit(1)
