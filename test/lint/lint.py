"""Static analysis of src/, examples/ and test/conformance/ by gcc, cppcheck and clang-tidy.

usage: lint.py [--build DIR] [--any-release] [TOOL...]

Prints TAP. What a tool finds fails unless accepted.txt has it; what is accepted there and not found
any more fails as well. A tool that is not here is skipped, and so is another release than the one
that accepted.txt is for, which has other opinions.
"""
import argparse
import concurrent.futures
import os
import pathlib
import sys

here = pathlib.Path(__file__).resolve().parent
root = here.parent.parent
sys.path.insert(0, str(here.parent / "run"))
import commands
from cache import Cache
from findings import compare, distinct, new_ones, parse, read_accepted
from tap import Failure, Skip, Tap, check
from tools import TOOLS, spoken

FOLDERS = ("src", "include", "examples", "test/conformance")


def find(tool, entries, cache):
    """What a tool finds in the sources of these compile commands."""
    def look(item):
        source, entry = item
        folder = pathlib.Path(entry["directory"])
        flags = [flag for flag in commands.flags(entry) if not flag.startswith("-W")]
        output = cache.get(source, tool.command(source, [*flags, "-UNDEBUG"]), tool.told,
                           lambda command: spoken(command, folder))
        return parse(tool.name, output, root, folder)

    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        found = [item for items in pool.map(look, entries.items()) for item in items]
    cache.clean()
    return distinct(found)


def try_tool(tool, entries, cache, any_release):
    release = tool.release()
    if release is None:
        raise Skip(f"{tool.name} is not installed")
    if release != tool.known and not any_release:
        raise Skip(f"{tool.name} {release} is here, what is accepted was found by {tool.known}")
    check(entries, "no sources")
    sources = {str(source.relative_to(root)) for source in entries}
    accepted = [key for key in read_accepted(here / "accepted.txt")
                if key.tool == tool.name and (key.file in sources or key.file.endswith(".h"))]
    found = find(tool, entries, cache)
    if release == tool.known:
        compare(found, accepted)
    else:
        for item in new_ones(found, accepted):
            print("\n".join(f"# {line}" for line in item.text.splitlines()))
        raise Skip(f"{tool.name} {release}: see above")
    print(f"# {tool.name}: {len(entries)} sources, {len(accepted)} findings accepted")


def main():
    parser = argparse.ArgumentParser(prog="lint", description=__doc__.split("\n", 1)[0])
    parser.add_argument("--build", metavar="DIR", type=pathlib.Path, default=root / "build-asan",
                        help="the build whose compile commands are used")
    parser.add_argument("--any-release", action="store_true",
                        help="show what other releases find than those that accepted.txt is for")
    parser.add_argument("tools", metavar="TOOL", nargs="*", help=", ".join(TOOLS))
    options = parser.parse_args()
    unknown = sorted(set(options.tools) - set(TOOLS))
    if unknown:
        parser.error(f"no such tool: {' '.join(unknown)} (there are: {' '.join(TOOLS)})")
    os.nice(5)  # tests beside it keep time
    entries = {source: entry for source, entry in commands.sources(options.build, root).items()
               if any(root / folder in source.parents for folder in FOLDERS)}
    headers = [path for folder in FOLDERS for path in (root / folder).rglob("*.h")]
    tap = Tap()
    for name in options.tools or TOOLS:
        cache = Cache(options.build.resolve() / "lint" / name, headers)
        tap.case(f"{name} finds nothing", try_tool, TOOLS[name](), entries, cache,
                 options.any_release)
    tap.finish()


if __name__ == "__main__":
    main()
