"""A few lines of TAP for tests in Python."""
import subprocess
import sys
import traceback


class Failure(Exception):
    """A case failed, for the reason given."""


class Skip(Exception):
    """A case does not apply here, for the reason given."""


def check(condition, reason):
    if not condition:
        raise Failure(reason)


def run(command, **options):
    """Runs a command that must succeed; returns what it printed."""
    done = subprocess.run([str(part) for part in command], stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, errors="replace", **options)
    if done.returncode != 0:
        raise Failure(f"{' '.join(map(str, command))}: exit code {done.returncode}\n{done.stdout}")
    return done.stdout


class Tap:
    def __init__(self):
        self.count = self.failed = 0

    def case(self, name, function, *args):
        """Runs function(*args) as one case; returns whether it passed."""
        self.count += 1
        try:
            function(*args)
        except Skip as skip:
            print(f"ok {self.count} - {name} # SKIP {skip}", flush=True)
            return False
        except Exception as error:  # whatever a case throws is its failure
            self.failed += 1
            print(f"not ok {self.count} - {name}")
            text = str(error) if isinstance(error, Failure) else traceback.format_exc()
            print("\n".join(f"# {line}" for line in text.splitlines()), flush=True)
            return False
        print(f"ok {self.count} - {name}", flush=True)
        return True

    def finish(self):
        """Prints the plan and ends the program."""
        print(f"1..{self.count}", flush=True)
        sys.exit(1 if self.failed else 0)
