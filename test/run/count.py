"""Counts the single test cases of the last `meson test` in a build directory.

usage: count.py BUILD_DIR

Prints what failed, then "N passed, N failed" (and ", N skipped" where some were) as the last line.
A program that prints TAP counts by its cases; whatever else is wrong with it (a crash, a leak, an
exit code, cases that never ran, no output at all) counts as one more failed case.
"""
import json
import pathlib
import re
import sys

CASE = re.compile(r"(not )?ok\b\s*\d*\s*([^#]*)(#\s*skip\b)?", re.IGNORECASE)
PLAN = re.compile(r"1\.\.(\d+)\s*(#\s*skip\b)?", re.IGNORECASE)


def count_tap(output):
    """Returns passed, failed (as names), skipped, and whether the plan was kept."""
    passed, failed, skipped, planned = 0, [], 0, None
    for line in output.splitlines():
        plan = PLAN.match(line)
        case = CASE.match(line)
        if plan:
            planned = int(plan[1])
            if planned == 0 and plan[2]:
                return 0, [], 1, True
        elif case and case[1]:
            failed.append(case[2].strip(" -") or "a case without a name")
        elif case and case[3]:
            skipped += 1
        elif case:
            passed += 1
    return passed, failed, skipped, planned == passed + len(failed) + skipped and planned > 0


def count_test(test, protocol):
    result = test["result"]
    if protocol != "tap":
        good, skip = result in ("OK", "EXPECTEDFAIL"), result == "SKIP"
        return int(good), [] if good or skip else [result], int(skip)
    passed, failed, skipped, complete = count_tap(test.get("stdout") or "")
    if not complete:
        failed.append(f"{result}, exit code {test.get('returncode')}, not all cases ran")
    elif not failed and result not in ("OK", "SKIP"):
        failed.append(f"{result}, exit code {test.get('returncode')}")
    return passed, failed, skipped


def main(build):
    protocols = {}
    for test in json.loads((build / "meson-info/intro-tests.json").read_text(encoding="utf-8")):
        protocols[test["name"]] = test.get("protocol", "exitcode")

    passed = failed = skipped = 0
    failures = []
    log = build / "meson-logs/testlog.json"
    lines = log.read_text(encoding="utf-8").splitlines() if log.exists() else []
    for line in lines:
        test = json.loads(line)
        name = test["name"].rsplit(" / ", 1)[-1]
        good, bad, skip = count_test(test, protocols.get(name, "exitcode"))
        passed += good
        failed += len(bad)
        skipped += skip
        if bad and protocols.get(name) == "tap":  # meson has shown the output of the others
            print(f"---- {name}", *(test.get("stdout") or "").splitlines()[-200:], sep="\n")
        failures += [f"failed: {name}: {case}" for case in bad]
    print(*failures, sep="\n", end="\n" if failures else "")
    if passed + failed == 0:
        print("failed: no test ran")
        failed = 1
    print(f"{passed} passed, {failed} failed" + (f", {skipped} skipped" if skipped else ""))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(pathlib.Path(sys.argv[1])))
