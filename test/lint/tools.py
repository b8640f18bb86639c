"""The tools: what each is told to look for in a source."""
import os
import pathlib
import re
import shutil
import subprocess
import sys

here = pathlib.Path(__file__).resolve().parent
root = here.parent.parent
sys.path.insert(0, str(here.parent / "run"))
from tap import Failure

ENVIRONMENT = {**os.environ, "LC_ALL": "C"}


def spoken(command, folder=None):
    """Runs a tool, whose exit code says no more than its words; returns these."""
    done = subprocess.run(command, cwd=folder, env=ENVIRONMENT, stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                          errors="replace")
    if done.returncode != 0 and "error:" not in done.stdout:
        raise Failure(f"{' '.join(map(str, command))}: exit code {done.returncode}\n{done.stdout}")
    return done.stdout


class Tool:
    """A program that looks at a source at a time."""
    name = ""
    known = ""  # the release that accepted.txt is for
    version = re.compile(r"version (\d+)")
    settings = ()  # files that decide what it finds

    def __init__(self):
        self.told = spoken([self.name, "--version"]) if shutil.which(self.name) else ""
        self.told += "".join(path.read_text(encoding="utf-8") for path in self.settings)

    def release(self):
        """None: it is not here."""
        match = self.version.search(self.told)
        return match[1] if match else None

    def command(self, source, flags):
        """How it is run for a source that is compiled with these flags."""
        raise NotImplementedError


class Gcc(Tool):
    """Its analyzer. It does not know counts of references: following calls, it takes any that is
    given back for the last one. So does clang's, and both are told not to (what is inlined gcc sees
    all the same). For a trial 160 faults were put in: all tools together found 101 of them, and 103
    following calls, in five times the time and with fifty false findings."""
    name = "gcc"
    known = "12"
    version = re.compile(r"^gcc .* (\d+)\.\d+\.\d+", re.MULTILINE)

    def command(self, source, flags):
        return [self.name, *flags, "-O2", "-fanalyzer", "--param=analyzer-max-recursion-depth=0",
                "-fdiagnostics-plain-output", "-S", "-o", os.devnull, source]


class Cppcheck(Tool):
    name = "cppcheck"
    known = "2.10"
    version = re.compile(r"Cppcheck (\d+\.\d+)")
    settings = (here / "cppcheck.h", here / "cppcheck.txt")

    def command(self, source, flags):
        # It has no -iquote: our own folders come first.
        folders = [flag.replace("-iquote", "-I") for flag in flags if flag.startswith("-iquote")]
        return [self.name, "--quiet", "--std=c11", "--inconclusive",
                "--enable=warning,style,performance,portability", "--library=posix,gnu,zlib",
                f"--include={here / 'cppcheck.h'}", f"--suppressions-list={here / 'cppcheck.txt'}",
                "--template={file}:{line}:{column}: {severity}: {message} [{id}]",
                "-D__linux__", "-D__GNUC__=12", "-D__SSE2__", *folders,
                *(flag for flag in flags if flag.startswith(("-I", "-D", "-U"))), source]


class ClangTidy(Tool):
    """With clang's analyzer."""
    name = "clang-tidy"
    known = "14"
    settings = (root / ".clang-tidy",)

    def command(self, source, flags):
        return [self.name, "--quiet", f"--config-file={root / '.clang-tidy'}", source, "--", *flags,
                "-Xclang", "-analyzer-config", "-Xclang", "ipa=none"]


TOOLS = {tool.name: tool for tool in (Gcc, Cppcheck, ClangTidy)}
