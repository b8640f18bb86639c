"""Measures libsio beside its peers and beside the floor: the same application, the same work.

usage: bench.py --build BUILD_DIR [--quick] [--only MODE] [--servers A,B]

Leaves bench.json, bench.md and bench.svg in BUILD_DIR/bench/.
"""
from __future__ import annotations

import argparse
import pathlib
import sys

import report
from runner import Runner, cores, raise_file_limit
from schedule import Schedule, jobs_of
from servers import Server, all_servers
from works import Plan, Work, full_plan, quick_plan

BUDGET, QUICK_BUDGET = 15 * 60.0, 60.0
REPORT_SECONDS = 3.0  # for what comes behind the last run
REPEATS, QUICK_REPEATS = 3, 1
SPARE_FILES = 200     # beside the connections


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--build", type=pathlib.Path, required=True)
    parser.add_argument("--quick", action="store_true", help="one minute instead of fifteen")
    parser.add_argument("--only", metavar="MODE", help="one mode of the load generator or one work")
    parser.add_argument("--servers", metavar="A,B", help="these servers only")
    return parser.parse_args()


def choose_servers(build: pathlib.Path, names: str | None) -> tuple[list[Server], list[Server]]:
    """Those to be measured and those that are not there."""
    every = all_servers(build)
    if names:
        wanted = names.split(",")
        unknown = set(wanted) - {server.name for server in every}
        if unknown:
            sys.exit(f"bench: no such server: {', '.join(sorted(unknown))}; "
                     f"there are {', '.join(server.name for server in every)}")
        every = tuple(server for server in every if server.name in wanted)
    return ([server for server in every if not server.missing],
            [server for server in every if server.missing])


def choose_works(plan: Plan, only: str | None, files: int) -> tuple[list[Work], list[str]]:
    """Those that can be measured, and a word for those that cannot."""
    works = [work for work in plan.works() if only in (None, work.mode, work.key)]
    if not works:
        sys.exit(f"bench: no such mode: {only}")
    possible = [work for work in works if work.connections + SPARE_FILES <= files]
    return possible, [f"{work.title}: only {files:,} files may be open"
                      for work in works if work not in possible]


def main() -> int:
    args = arguments()
    files = raise_file_limit()
    plan = quick_plan() if args.quick else full_plan()
    servers, missing = choose_servers(args.build, args.servers)
    works, impossible = choose_works(plan, args.only, files)
    for server in missing:
        print(f"skipped: {server.name}: {server.missing}", file=sys.stderr)
    for words in impossible:
        print(f"left out: {words}", file=sys.stderr)
    if not servers:
        sys.exit("bench: no server is there")
    if cores()[0] == cores()[1]:
        print("only one core: the load generator takes time from the servers", file=sys.stderr)

    output = args.build / "bench"
    output.mkdir(parents=True, exist_ok=True)
    with Runner(args.build / "test/bench/bench-load", output) as runner:
        schedule = Schedule(runner, jobs_of(works, servers),
                            (QUICK_BUDGET if args.quick else BUDGET) - REPORT_SECONDS,
                            QUICK_REPEATS if args.quick else REPEATS)
        schedule.run()
    facts = report.Facts(plan, schedule, servers, missing, impossible)
    report.write(facts, output)
    print(report.markdown(facts))
    print(f"bench: {output}/bench.md, bench.json and bench.svg are written", file=sys.stderr)
    return 1 if any(server == "libsio" for _, server in schedule.results.failures) else 0


if __name__ == "__main__":
    sys.exit(main())
