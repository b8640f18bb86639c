"""What tools find, and the lists of what of it is accepted.

A finding is known by its file, its function and its check, so that it stays the same when lines
move. A list has one of these a line, with how many there are where it is not one, and below, set
in, why they are no faults; lines one after the other have the same reason.
"""
import collections
import functools
import pathlib
import re
import sys
from typing import NamedTuple

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "run"))
from tap import Failure, check

# cppcheck is told to write as the compilers do.
FINDING = re.compile(r"(?P<file>[^\s:][^:]*)(:(?P<line>\d+))?(:\d+)?: "
                     r"(?P<kind>fatal error|error|warning|style|performance|portability|information): "
                     r"(?P<message>.*?)( \[(-W)?(?P<check>[^\[\]]+)\])?")
WITHIN = re.compile(r"(?:\S+: )?In function '(\w+)")
HEAD = re.compile(r"(?:#[ \t]*define[ \t]+|[A-Za-z_][\w \t*]*?)(\w+)\(")
CWE = re.compile(r" \[CWE-\d+\]$")


class Key(NamedTuple):
    file: str
    function: str
    check: str


class Finding(NamedTuple):
    key: Key
    line: int
    text: str  # all that the tool says about it


@functools.lru_cache(maxsize=None)
def lines_of(path):
    return path.read_text(encoding="utf-8").splitlines()


def function_at(path, line):
    """The function or macro that a line is in; "-" between them."""
    above = lines_of(path)[:line]
    for number, text in enumerate(reversed(above)):
        if text.startswith("}") and number > 0:
            break
        head = HEAD.match(text)
        if head:
            return head[1]
    return "-"


def parse(output, root, folder):
    """Returns what a tool found by what it printed in a folder, in files of root."""
    found, within = [], "-"
    for text in output.splitlines():
        match = FINDING.fullmatch(text)
        within = WITHIN.match(text)[1] if WITHIN.match(text) else within
        if match is None:
            if found:
                found[-1].append(text)
            continue
        found.append([(match, within), text])
    return [finding(match, within, "\n".join(text), root, folder)
            for (match, within), *text in found]


def finding(match, within, text, root, folder):
    path = (folder / match["file"]).resolve()
    ours = root in path.parents
    line = int(match["line"] or 0)
    file = str(path.relative_to(root)) if ours else match["file"]
    function = function_at(path, line) if ours and line > 0 else within
    return Finding(Key(file, function, match["check"] or match["kind"]), line, text)


def distinct(findings):
    """A header is looked at with each file that includes it."""
    return list({(item.key, item.line): item for item in findings}.values())


def read_list(path):
    """Returns a list as a dictionary: from keys to how many there are."""
    accepted, open_keys = {}, []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        where = f"{path.name}:{number}"
        if line.startswith("#") or not line.strip():
            check(not open_keys, f"{where}: no reason is given above")
        elif line.startswith(" "):
            check(accepted, f"{where}: a reason for nothing")
            open_keys = []
        else:
            words = line.split()
            check(len(words) in (3, 4), f"{where}: file, function, check and perhaps a number")
            key = Key(*words[:3])
            check(key not in accepted, f"{where}: twice")
            accepted[key] = int(words[3]) if len(words) == 4 else 1
            open_keys.append(key)
    check(not open_keys, f"{path.name}: no reason is given at the end")
    return accepted


def unlisted(findings, accepted):
    """Fails for what is not on the list."""
    counts = collections.Counter(item.key for item in findings)
    wrong = [key for key, count in counts.items() if count > accepted.get(key, 0)]
    texts = []
    for key in sorted(wrong):
        number = f" {counts[key]}" if counts[key] > 1 else ""
        was = f" (accepted: {accepted[key]})" if key in accepted else ""
        texts.append(f"{' '.join(key)}{number}{was}")
        texts += ["    " + line for item in findings if item.key == key
                  for line in item.text.splitlines()]
    if wrong:
        raise Failure("\n".join(texts))


def stale(findings, accepted, seen):
    """Fails for what is on the list and was not found, in the sources seen and in headers."""
    counts = collections.Counter(item.key for item in findings)
    gone = [f"{' '.join(key)}: accepted {number}, found {counts[key]}"
            for key, number in accepted.items()
            if counts[key] < number and (key.file.endswith(".h") or key.file in seen)]
    check(not gone, "\n".join(gone))
