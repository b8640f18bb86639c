"""The lint itself: each tool must find plain faults, and nothing may be overlooked or invented when
what it finds is compared with what is accepted."""
import pathlib
import sys
import tempfile

here = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(here.parent / "run"))
sys.path.insert(0, str(here))
from cache import Cache
from findings import compare, distinct, parse, read_accepted
from tap import Failure, Skip, Tap, check
from tools import TOOLS, spoken

SOURCE = """#include <stdlib.h>

int *sio__try(const int *from, int count);

int *sio__try(const int *from, int count) {
%s}
"""

FAULTS = {
    "a leak": """    int *copy = malloc(sizeof(*copy));
    if (copy == NULL)
        return NULL;
    if (*from < count)
        return NULL;
    *copy = count;
    return copy;
""",
    "a null pointer that is used": """    int *copy = NULL;
    if (count > 0)
        copy = malloc(sizeof(*copy));
    *copy = *from;
    return copy;
""",
    "a value that nobody has set": """    int *copy = malloc(sizeof(*copy)), value;
    if (copy != NULL && *from > value)
        *copy = count;
    return copy;
""",
    "memory that was given back": """    int *copy = calloc(1, sizeof(*copy));
    if (copy == NULL)
        return NULL;
    free(copy);
    *copy = *from + count;
    return copy;
""",
}

SOUND = """    int *copy = malloc(sizeof(*copy));
    if (copy != NULL)
        *copy = *from + count;
    return copy;
"""

def found_in(tool, body):
    if tool.release() is None:
        raise Skip(f"{tool.name} is not installed")
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name).resolve()
        source = folder / "try.c"
        source.write_text(SOURCE % body, encoding="utf-8")
        output = spoken(tool.command(source, ["-std=c11"]), folder)
        return parse(tool.name, output, folder, folder)


def finds(tool, body):
    found = found_in(tool, body)
    check(found, "found nothing")
    check(all(item.key.file == "try.c" for item in found), f"elsewhere: {found}")


def finds_nothing(tool):
    found = found_in(tool, SOUND)
    check(not found, f"found {found}")


def accepted(text):
    with tempfile.TemporaryDirectory() as name:
        path = pathlib.Path(name) / "accepted.txt"
        path.write_text(text, encoding="utf-8")
        return read_accepted(path)


def fails_with(part, function, *args):
    try:
        function(*args)
    except Failure as failure:
        check(part in str(failure), f"another failure: {failure}")
    else:
        raise Failure("no failure")


def compares():
    with tempfile.TemporaryDirectory() as name:
        root = pathlib.Path(name).resolve()
        (root / "a.c").write_text("\n  one();\n  one();\n", encoding="utf-8")
        one, other = parse("gcc", "a.c:2:5: warning: it leaks [CWE-401] [-Wleak]\n  note\n"
                                  "a.c:3:5: warning: it leaks [-Wleak]\n", root, root)
    check(str(one.key) == "gcc a.c leak: one();", f"is {one.key}")
    check(one.text.endswith("\n  note"), f"is {one.text}")
    keys = accepted("gcc a.c leak: one();\n    because\n")
    compare([one], keys)
    compare([one, other], keys * 2)
    compare(distinct([one, one]), keys)
    fails_with("gcc a.c leak: one();\na.c:2:5", compare, [one], [])
    fails_with("it leaks", compare, [one, other], keys)
    fails_with("not there: gcc a.c leak", compare, [], keys)


def wants_reasons():
    fails_with("no reason", accepted, "gcc a.c leak: one();\n")
    fails_with("no reason", accepted, "gcc a.c leak: one();\n\n    because\n")
    fails_with("reason for nothing", accepted, "    because\n")
    fails_with("not of the form", accepted, "gcc a.c one();\n    because\n")


def remembers():
    asked = []

    def run(command):
        asked.append(command)
        return "said"

    with tempfile.TemporaryDirectory() as name:
        root = pathlib.Path(name)
        source, header = root / "a.c", root / "a.h"
        for path in (source, header):
            path.write_text("", encoding="utf-8")

        def ask(command, about):
            cache = Cache(root / "cache", [header])
            check(cache.get(source, command, about, run) == "said", "another answer")
            cache.clean()

        steps = [(["a"], ""), (["a"], ""), (["a"], "new"), (["b"], "new")]
        counts = []
        for step in steps:
            ask(*step)
            counts.append(len(asked))
        for path in (source, header):
            path.write_text("changed", encoding="utf-8")
            ask(*steps[-1])
            counts.append(len(asked))
        check(counts == [1, 1, 2, 3, 4, 5], f"asked {counts} times")


tap = Tap()
for tool_class in TOOLS.values():
    for title, text in FAULTS.items():
        tap.case(f"{tool_class.name} finds {title}", finds, tool_class(), text)
    tap.case(f"{tool_class.name} finds nothing where there is nothing", finds_nothing, tool_class())
tap.case("what is new fails, and what is gone", compares)
tap.case("what is accepted has a reason", wants_reasons)
tap.case("an answer is remembered until something changes", remembers)
tap.finish()
