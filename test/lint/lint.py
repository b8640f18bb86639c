"""Static analysis of src/, examples/ and test/conformance/ by gcc, cppcheck and clang-tidy.

usage: lint.py [--build DIR] [--all] [TOOL...]

Prints TAP. Whatever a tool finds fails, unless it is on the tool's list of accepted findings beside
this file; what is on the list and not found any more fails as well. A list is for one release of its
tool: with another one the findings are shown, and the test is skipped.
"""
import argparse
import os
import pathlib
import sys

here = pathlib.Path(__file__).resolve().parent
root = here.parent.parent
sys.path.insert(0, str(here.parent / "run"))
import commands
from findings import read_list, stale, unlisted
from tap import Failure, Skip, Tap
from tools import SLOW, TOOLS

FOLDERS = ("src", "examples", "test/conformance")


def looked_at(build):
    return {source: entry for source, entry in commands.sources(build, root).items()
            if any(root / folder in source.parents for folder in FOLDERS)}


def lists():
    return {path.stem: path for path in here.glob("*-[0-9]*.txt")}


def look(tap, name, entries, work):
    """Two cases for a tool."""
    tool, accepted, found = TOOLS[name](), {}, []

    def nothing_new():
        if tool.release() is None:
            raise Skip(f"{tool.program} is not installed")
        found.extend(tool.find(entries, root, work))
        if tool.release() not in lists():
            unlisted_here(found)
        accepted.update(read_list(lists()[tool.release()]))
        unlisted(found, accepted)
        print(f"# {name}: {len(entries)} sources, {len(found)} findings, all accepted")

    def unlisted_here(items):
        for item in items:
            print("\n".join(f"# {line}" for line in (" ".join(item.key), *item.text.splitlines())))
        raise Skip(f"{tool.release()} has no list (there are: {', '.join(sorted(lists()))})")

    def nothing_gone():
        if not accepted:
            raise Skip("no list")
        stale(found, accepted, {str(source.relative_to(root)) for source in entries})

    tap.case(f"{name} finds nothing", nothing_new)
    tap.case(f"{name} finds what is accepted", nothing_gone)


def main():
    parser = argparse.ArgumentParser(prog="lint", description=__doc__.split("\n", 1)[0])
    parser.add_argument("--build", metavar="DIR", type=pathlib.Path, default=root / "build-asan",
                        help="the build whose compile commands are used")
    parser.add_argument("--all", action="store_true", help="with what takes minutes")
    parser.add_argument("tools", metavar="TOOL", nargs="*", help=", ".join(TOOLS))
    options = parser.parse_args()
    unknown = sorted(set(options.tools) - set(TOOLS))
    if unknown:
        parser.error(f"no such tool: {' '.join(unknown)} (there are: {' '.join(TOOLS)})")
    os.nice(5)  # tests beside it keep time
    entries = looked_at(options.build)
    tap = Tap()
    for name in options.tools or [name for name in TOOLS if options.all or name not in SLOW]:
        look(tap, name, entries, options.build.resolve() / "lint")
    tap.finish()


if __name__ == "__main__":
    try:
        main()
    except Failure as failure:
        print(f"not ok 1 - lint\n1..1\n# {failure}")
        sys.exit(1)
