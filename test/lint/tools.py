"""The tools: each is told what to look at and says what it finds."""
import concurrent.futures
import os
import pathlib
import re
import shutil
import subprocess
import sys

here = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(here.parent / "run"))
import commands
from cache import Cache
from findings import distinct, parse
from tap import Failure

ENVIRONMENT = {**os.environ, "LC_ALL": "C"}
QUOTED = re.compile(r'^(\s*#\s*include\s*)"([^"]+)"', re.MULTILINE)


def spoken(command, folder):
    """Runs a tool, whose exit code says no more than its words; returns these."""
    done = subprocess.run(command, cwd=folder, env=ENVIRONMENT, stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                          errors="replace")
    if done.returncode != 0 and "error:" not in done.stdout:
        raise Failure(f"{' '.join(command)}: exit code {done.returncode}\n{done.stdout}")
    return done.stdout


class Tool:
    """One that is a program."""
    name = program = ""
    version = re.compile(r"version (\d+)")

    def __init__(self):
        self.told = ""  # the version in full
        if shutil.which(self.program):
            self.told = spoken([self.program, "--version"], None)

    def release(self):
        """Its list's name, which says for which release it is; None: it is not here."""
        match = self.version.search(self.told)
        return f"{self.name}-{match[1]}" if match else None

    def find(self, entries, root, work):
        """Returns what is found in the sources of these compile commands."""
        raise NotImplementedError


class Compiler(Tool):
    """One that looks at a source at a time, with the flags of its compile command."""
    about = ""  # what else decides what it finds

    def command(self, source, flags):
        raise NotImplementedError

    def find(self, entries, root, work):
        cache = Cache(work / self.name)

        def look(item):
            source, entry = item
            folder = pathlib.Path(entry["directory"])
            flags = [flag for flag in commands.flags(entry) if not flag.startswith("-W")]
            output = cache.get(source, self.command(str(source), flags), folder,
                               self.told + self.about, lambda command: spoken(command, folder))
            return parse(output, root, folder)

        with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
            found = [item for items in pool.map(look, entries.items()) for item in items]
        cache.clean()
        return distinct(found)


class Gcc(Compiler):
    name = program = "gcc"
    version = re.compile(r"^gcc .* (\d+)\.\d+\.\d+", re.MULTILINE)

    def command(self, source, flags):
        # With little optimization and none between functions, these are what the source says.
        return [self.program, *flags, "-O1", "-fno-inline", "-fno-partial-inlining", "-fno-ipa-cp",
                "-fno-ipa-sra", "-fanalyzer", "-fdiagnostics-plain-output", "-S", "-o", os.devnull,
                source]


class ClangTidy(Compiler):
    """Its checks of the syntax tree; .clang-tidy says which."""
    name = program = "clang-tidy"
    checks = "-clang-analyzer-*"

    def __init__(self):
        super().__init__()
        self.about = (here.parent.parent / ".clang-tidy").read_text(encoding="utf-8")

    def command(self, source, flags):
        return [self.program, "--quiet", f"--checks={self.checks}", source, "--", *flags]


class ClangAnalyzer(ClangTidy):
    """Those that follow the paths of a function, which take long."""
    name = "clang-analyzer"
    checks = "-bugprone-*,-cert-*,-concurrency-*,-misc-*,-performance-*,-portability-*,-readability-*"


class Cppcheck(Tool):
    name = program = "cppcheck"
    version = re.compile(r"Cppcheck (\d+\.\d+)")

    def find(self, entries, root, work):
        work = work / self.name
        (work / "state").mkdir(parents=True, exist_ok=True)
        tree = self.copy(root, work / "tree")
        files = [tree / source.relative_to(root) for source in entries]
        (work / "files").write_text("".join(f"{file}\n" for file in files), encoding="utf-8")
        output = spoken([
            self.program, "--quiet", f"-j{os.cpu_count()}", "--std=c11",
            "--enable=warning,style,performance,portability", "--inconclusive",
            "--library=posix,gnu,zlib", f"--include={here / 'cppcheck.h'}",
            f"--suppressions-list={here / 'cppcheck.txt'}", f"-I{tree / 'include'}",
            "-D_GNU_SOURCE", "-D__linux__", "-D__GNUC__=12", "-D__SSE2__",
            f"--cppcheck-build-dir={work / 'state'}",
            "--template={file}:{line}:{column}: {severity}: {message} [{id}]",
            f"--file-list={work / 'files'}",
        ], work)
        return distinct(parse(output.replace(f"{tree}/", ""), root, root))

    @staticmethod
    def copy(root, tree):
        """It does not know -iquote, and src/sio is not include/sio: it gets a tree of its own, where
        quoted names are whole paths."""
        shutil.rmtree(tree, ignore_errors=True)

        def whole(match, source):
            for folder in (source.parent, root / "src", root / "examples/common"):
                if (folder / match[2]).is_file():
                    return f'{match[1]}"{tree / (folder / match[2]).relative_to(root)}"'
            return match[0]

        for folder in ("src", "include", "examples", "test/conformance"):
            for source in (root / folder).rglob("*.[ch]"):
                copy = tree / source.relative_to(root)
                copy.parent.mkdir(parents=True, exist_ok=True)
                text = source.read_text(encoding="utf-8")
                copy.write_text(QUOTED.sub(lambda match: whole(match, source), text),
                                encoding="utf-8")
        return tree


TOOLS = {tool.name: tool for tool in (Gcc, Cppcheck, ClangTidy, ClangAnalyzer)}
SLOW = {ClangAnalyzer.name}
