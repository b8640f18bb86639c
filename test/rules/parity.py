"""Checks that every behaviour of the list has a test that proves it, and that those tests are there.

usage: parity.py PARITY_JSON SOURCE_ROOT

The list says for each ID which tests prove it, as "file: name": a function of a unit test, or the title of an
end-to-end test as its file has it. IDs under "later" are of parts of the library that are still to come, with the
reason; they count as gaps if a test is named for them as well.
"""
import json
import pathlib
import re
import sys

listing, root = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])
tests_of = {}


def tests_in(path):
    """The names of the tests that a file runs."""
    if path not in tests_of:
        text = (root / path).read_text(encoding="utf-8")
        if path.endswith(".c"):
            defined = set(re.findall(r"^static void (\w+)\(void \*\*state\)", text, re.M))
            listed = text[text.rindex("struct CMUnitTest"):]
            tests_of[path] = {name for name in defined if re.search(rf"\b{name}\b", listed)}
        else:
            # The title of an it(), or the key of a script; with its template's placeholders, if any.
            found = re.findall(r'\bit\((["`])((?:(?!\1).)+)\1', text)
            found += re.findall(r'^  (")((?:(?!").)+)": async', text, re.M)
            tests_of[path] = {title for _, title in found}
    return tests_of[path]


def is_run(path):
    """Whether the list of tests beside or above the file names it."""
    lists = "test/e2e/meson.build" if path.endswith(".mjs") else "test/unit/meson.build"
    name = pathlib.Path(path).name.removesuffix(".test.mjs").removesuffix(".c")
    return f"'{name}'" in (root / lists).read_text(encoding="utf-8")


def problems_of(identifier, tests):
    if not tests:
        yield f"{identifier} has no test"
    for test in tests:
        path, _, name = test.partition(": ")
        if not (root / path).is_file():
            yield f"{identifier}: there is no {path}"
        elif not is_run(path):
            yield f"{identifier}: no meson.build has {path}"
        elif name not in tests_in(path):
            yield f"{identifier}: {path} has no test \"{name}\""


def expand(spans):
    """["S1-S18", "A1"] as single IDs."""
    for span in spans:
        first, _, last = span.partition("-")
        letter, start = first[0], int(first[1:])
        for number in range(start, int(last[1:] if last else start) + 1):
            yield f"{letter}{number}"


data = json.loads(listing.read_text(encoding="utf-8"))
wanted, later = set(expand(data["ids"])), data["later"]
problems = [problem for identifier, tests in data["tests"].items()
            for problem in problems_of(identifier, tests)]
problems += [f"{identifier} has no test" for identifier in sorted(wanted - set(data["tests"]) - set(later))]
problems += [f"{identifier} is for later, and has a test" for identifier in sorted(set(later) & set(data["tests"]))]
print("\n".join(problems) or
      f"{len(wanted - set(later))} behaviours, {sum(map(len, data['tests'].values()))} tests")
for identifier, reason in later.items():
    print(f"later: {identifier}, {reason}")
sys.exit(1 if problems else 0)
