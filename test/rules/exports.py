"""Compares the exported symbols of the shared library with a list.

usage: exports.py LIST SHARED_LIBRARY [STATIC_LIBRARY] [--update]

Each must start with sio_ or eio_ (and not with sio__), and none may be a name of sndio or libeio,
which a program may want to link as well. In the static library every external symbol must bear one
of our prefixes. With --update the list is written anew.
"""
import pathlib
import re
import subprocess
import sys

SNDIO = ("open close start stop read write setpar getpar getcap initpar nfds pollfd revents eof "
         "setvol onvol onmove flush")
LIBEIO = ("init poll set_max_poll_time set_max_poll_reqs set_min_parallel set_max_parallel "
          "set_max_idle set_idle_timeout nreqs nready npending nthreads nop busy sync fsync "
          "fdatasync syncfs msync mtouch mlock mlockall sync_file_range fallocate close "
          "readahead seek read write fstat fstatvfs futime ftruncate fchmod fchown dup2 sendfile "
          "open utime truncate chown chmod mkdir readdir rmdir unlink readlink stat lstat statvfs "
          "mknod link symlink rename custom grp grp_feed grp_limit grp_add grp_cancel cancel "
          "submit wd_open wd_close sendfile_sync")
TAKEN = {f"sio_{name}" for name in SNDIO.split()}
TAKEN |= {f"eio_{name}" for name in LIBEIO.split()}

# What linkers and sanitizers add to any library.
FOREIGN = ("_init", "_fini", "_edata", "_end", "__bss_start", "__odr_asan", "__asan_", "__ubsan_",
           "__sancov", "__gcov", "__profc", "__start_", "__stop_", "DW.ref.", "__x86.get_pc_thunk")


def symbols(library, *options):
    command = ["nm", "--defined-only", *options, str(library)]
    output = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout
    fields = [line.split() for line in output.splitlines()]
    names = {field[2].split("@")[0] for field in fields if len(field) == 3}
    return {name for name in names if not name.startswith(FOREIGN)}


def declared():
    """The functions that the public headers promise."""
    headers = pathlib.Path(__file__).resolve().parents[2] / "include" / "sio"
    text = " ".join(path.read_text(encoding="utf-8") for path in headers.glob("*.h"))
    return {re.search(r"\b((?:sio|eio)_\w+) ?\(", item).group(1)
            for item in re.findall(r"\bSIO_API ([^;{]*\([^;{]*);", text)}


def main(arguments):
    update = "--update" in arguments
    path, *libraries = [pathlib.Path(item) for item in arguments if item != "--update"]
    exported = symbols(libraries[0], "-D")
    problems = [f"{name}: taken by another library" for name in sorted(exported & TAKEN)]
    problems += [f"{name}: not a public name" for name in sorted(exported)
                 if not name.startswith(("sio_", "eio_")) or name.startswith(("sio__", "eio__"))]
    if len(libraries) > 1:
        problems += [f"{name}: external in the static library without our prefix"
                     for name in sorted(symbols(libraries[1], "-g"))
                     if not name.startswith(("sio_", "eio_"))]
    if update:
        path.write_text("".join(f"{name}\n" for name in sorted(exported)), encoding="utf-8")
    listed = path.read_text(encoding="utf-8").split()
    if listed != sorted(set(listed)):
        problems.append(f"{path.name} is not sorted")
    problems += [f"{name}: exported, but not in {path.name}"
                 for name in sorted(exported - {*listed})]
    problems += [f"{name}: in {path.name}, but not exported"
                 for name in sorted({*listed} - exported)]
    problems += [f"{name}: declared, but not exported" for name in sorted(declared() - exported)]
    if not exported:
        problems.append("nothing is exported")
    print("\n".join(problems) or f"{len(exported)} symbols, all as listed")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
