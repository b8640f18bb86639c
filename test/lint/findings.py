"""What the tools find, and what of it is accepted.

A finding is known by its tool, its file, its check and the text of its line, so that it stays the
same when lines move. In accepted.txt that is a line, and below, set in, is why it is no fault;
lines one after the other have the same reason.
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
                     r"(?P<kind>fatal error|error|warning|style|performance|portability): "
                     r"(?P<message>.*?)( \[CWE-\d+\])?( \[(-W)?(?P<check>[^\[\]]+)\])?")
ACCEPTED = re.compile(r"(\S+) (\S+) (\S+): (\S.*)")


class Key(NamedTuple):
    tool: str
    file: str
    check: str
    code: str  # the line

    def __str__(self):
        return f"{self.tool} {self.file} {self.check}: {self.code}"


class Finding(NamedTuple):
    key: Key
    line: int
    text: str  # all that the tool says about it


@functools.lru_cache(maxsize=None)
def lines_of(path):
    return path.read_text(encoding="utf-8").splitlines() if path.is_file() else []


def parse(tool, output, root, folder):
    """Returns what a tool found by what it printed when it ran in a folder."""
    found = []
    for text in output.splitlines():
        match = FINDING.fullmatch(text)
        if match:
            found.append([match, text])
        elif found and ": In function '" not in text:
            found[-1].append(text)
    return [finding(tool, match, "\n".join(texts), root, folder) for match, *texts in found]


def finding(tool, match, text, root, folder):
    path = (folder / match["file"]).resolve()
    line = int(match["line"] or 0)
    file = str(path.relative_to(root)) if root in path.parents else str(path)
    code = lines_of(path)[line - 1].strip() if 0 < line <= len(lines_of(path)) else match["message"]
    return Finding(Key(tool, file, match["check"] or match["kind"], code), line, text)


def distinct(findings):
    """A header is looked at with each file that includes it."""
    return list({(item.key, item.line): item for item in findings}.values())


def read_accepted(path):
    """Returns the keys; one that is there twice stands for two findings."""
    keys, reasoned = [], True
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        where = f"{path.name}:{number}"
        if line.startswith(" "):
            check(keys, f"{where}: a reason for nothing")
            reasoned = True
        elif line.startswith("#") or not line:
            check(reasoned, f"{where}: no reason is given above")
        else:
            match = ACCEPTED.fullmatch(line)
            check(match, f"{where}: not of the form TOOL FILE CHECK: LINE OF CODE")
            keys.append(Key(*match.groups()))
            reasoned = False
    check(reasoned, f"{path.name}: no reason is given at the end")
    return keys


def new_ones(findings, accepted):
    """The findings that are not accepted; all of the same key where one is too many."""
    counts = collections.Counter(item.key for item in findings)
    counts.subtract(collections.Counter(accepted))
    return [item for item in findings if counts[item.key] > 0]


def compare(findings, accepted):
    """Fails for what is found and not accepted, and for what is accepted and not found."""
    new = new_ones(findings, accepted)
    gone = collections.Counter(accepted) - collections.Counter(item.key for item in findings)
    if new or gone:
        raise Failure("\n".join([*(f"{item.key}\n{item.text}" for item in new),
                                 *(f"accepted, and not there: {key}" for key in gone)]))
