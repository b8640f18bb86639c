"""Installs the library and uses it as a stranger would: pkg-config, a compiler, nothing else.

usage: install.py MESON SOURCE_ROOT WORK_DIR

It builds the library anew in WORK_DIR, plain and without the sanitizers of the build around it (a
sanitized library links only into sanitized programs), and with warnings as errors.
"""
import contextlib
import ctypes
import fcntl
import os
import pathlib
import re
import shlex
import shutil
import signal
import socket
import struct
import subprocess
import sys
import threading

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "run"))
from tap import Skip, Tap, check, run

meson = sys.argv[1]
root, work = pathlib.Path(sys.argv[2]), pathlib.Path(sys.argv[3])
build, prefix, programs = work / "build", work / "prefix", work / "programs"
port = 3000  # the program's, word for word

C_FLAGS = ["-Wall", "-Wextra", "-Wpedantic", "-Werror"]
COMPILERS = [("gcc", "c11", "c"), ("clang", "c11", "c"), ("g++", "c++11", "cpp"),
             ("clang++", "c++11", "cpp")]
# The library is not sanitized, so only the program's own instrumentation may speak up.
environment = {name: value for name, value in os.environ.items()
               if name not in ("CFLAGS", "LDFLAGS", "CPPFLAGS", "ASAN_OPTIONS", "UBSAN_OPTIONS",
                               "DESTDIR", "LD_PRELOAD")}


def own_network():
    """Moves this process to a network of its own, where port 3000 is free; returns success."""
    new_user, new_net = 0x10000000, 0x40000000
    libc = ctypes.CDLL(None, use_errno=True)
    uid, gid = os.getuid(), os.getgid()
    try:
        if libc.unshare(new_net) != 0:
            if libc.unshare(new_user | new_net) != 0:
                return False
            pathlib.Path("/proc/self/setgroups").write_text("deny", encoding="ascii")
            pathlib.Path("/proc/self/uid_map").write_text(f"{uid} {uid} 1", encoding="ascii")
            pathlib.Path("/proc/self/gid_map").write_text(f"{gid} {gid} 1", encoding="ascii")
        with socket.socket() as any_socket:  # loopback is down at first: SIOCSIFFLAGS, IFF_UP
            fcntl.ioctl(any_socket, 0x8914, struct.pack("16sh14x", b"lo", 0x1))
        return True
    except (OSError, AttributeError):
        return False


def flags(*options):
    return shlex.split(run(["pkg-config", *options, "sio"], env=environment))


def install():
    run([meson, "setup", build, root, f"--prefix={prefix}", "--libdir=lib", "--werror",
         "-Dbuildtype=debugoptimized", "-Dtests=disabled", "-Dexamples=false"], env=environment)
    run([meson, "install", "-C", build], env=environment)
    found = flags("--variable=libdir")
    check(found == [str(prefix / "lib")], f"pkg-config found {found}")


def check_files():
    headers = sorted(file.relative_to(root / "include") for file in (root / "include").rglob("*.h"))
    installed = sorted(file.relative_to(prefix / "include")
                       for file in (prefix / "include").rglob("*") if file.is_file())
    check(installed == headers, f"installed headers: {installed}")
    check((prefix / "lib/libsio.a").is_file(), "no libsio.a")
    version = run(["pkg-config", "--modversion", "sio"], env=environment).strip()
    text = (prefix / "include/sio/version.h").read_text(encoding="utf-8")
    check(f'"{version}"' in text, f"sio.pc says {version}, <sio/version.h> does not")


def check_soname():
    if not sys.platform.startswith("linux"):
        raise Skip("ELF only")
    dynamic = run(["readelf", "-d", prefix / "lib/libsio.so"])
    check("[libsio.so.0]" in dynamic, dynamic)


def check_hardening():
    """That the option of that name is on, and did what it says."""
    if not sys.platform.startswith("linux"):
        raise Skip("ELF only")
    library = prefix / "lib/libsio.so"
    symbols = run(["readelf", "--dyn-syms", "-W", library])
    check("__stack_chk_fail" in symbols, "no function has a stack protector")
    check("_chk@" in symbols.replace("__stack_chk_fail", ""), "no call is fortified")
    segments = run(["readelf", "-l", "-W", library])
    check("GNU_RELRO" in segments, f"no RELRO:\n{segments}")
    check(re.search(r"GNU_STACK.* RW +0x", segments), f"the stack is executable:\n{segments}")
    check("BIND_NOW" in run(["readelf", "-d", library]), "symbols are bound lazily")


def check_pkg_config():
    public = run(["pkg-config", "--print-requires", "sio"], env=environment).split("\n")
    check({line.split()[0] for line in public if line} == {"libuv", "jansson"}, str(public))
    private = run(["pkg-config", "--static", "--libs", "sio"], env=environment)
    check("-lwslay" in private and "-lz" in private, private)
    check(str(root) not in (prefix / "lib/pkgconfig/sio.pc").read_text(encoding="utf-8")
          .replace(str(prefix), ""), "sio.pc names the source tree")


def check_readme():
    program = (root / "examples/minimal/minimal.c").read_text(encoding="utf-8")
    check(program in (root / "README.md").read_text(encoding="utf-8"),
          "README.md does not show examples/minimal/minimal.c word for word")


def need(compiler):
    if shutil.which(compiler) is None:
        raise Skip(f"no {compiler}")


def check_header(header, compiler, standard, suffix):
    need(compiler)
    source = programs / f"{header.replace('/', '_')}.{suffix}"
    source.write_text(f"#include <{header}>\n#include <{header}>\nint main(void) {{ return 0; }}\n",
                      encoding="utf-8")
    run([compiler, f"-std={standard}", *C_FLAGS, "-fsyntax-only", *flags("--cflags"), source])


def compile_program(compiler, standard, suffix, *options):
    """The program of the README; its handlers leave a parameter unused, as handlers do."""
    need(compiler)
    source = programs / f"minimal.{suffix}"
    source.write_bytes((root / "examples/minimal/minimal.c").read_bytes())
    program = programs / "-".join(["minimal", compiler, *options]).replace("=", "-")
    run([compiler, f"-std={standard}", *C_FLAGS, "-Wno-unused-parameter", *options, source,
         "-o", program, *flags("--cflags", "--libs")])
    return program


def compile_verbs(compiler, standard, suffix):
    """Each verb with each of its targets."""
    need(compiler)
    source = programs / f"verbs.{suffix}"
    source.write_bytes((root / "test/install/verbs.c").read_bytes())
    run([compiler, f"-std={standard}", *C_FLAGS, "-fsyntax-only", *flags("--cflags"), source])


def compile_adapter(compiler):
    """examples/cluster: an adapter as a third party writes it, with the installed headers alone."""
    need(compiler)
    sources = sorted((root / "examples/cluster").glob("*.c"))
    run([compiler, "-std=c11", *C_FLAGS, "-D_GNU_SOURCE", *sources, "-o",
         programs / f"cluster-{compiler}", *flags("--cflags", "--libs")])


def check_static():
    """The same program, all of libsio in it."""
    need("gcc")
    source = programs / "minimal.c"
    libs = [str(prefix / "lib/libsio.a") if flag == "-lsio" else flag
            for flag in flags("--static", "--libs")]
    program = programs / "minimal-static"
    run(["gcc", "-std=c11", "-DSIO_STATIC", source, "-o", program, *flags("--cflags"), *libs])
    check_program(program)


def wait_until_listening(process):
    """Polls the port: the program says nothing when it is ready."""
    for _ in range(600):
        check(process.poll() is None, "the program ended at once")
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(0.05)
    check(False, "the program does not listen")


def talk(process):
    """Two official clients chat through the program one stays until it ends."""
    node = shutil.which("node") or shutil.which("nodejs")
    modules = root / "test/e2e/node_modules/socket.io-client"
    if node is None or not modules.is_dir():
        process.send_signal(signal.SIGTERM)
        return "without a client: run npm ci in test/e2e/"
    run([node, root / "test/install/client.mjs", str(port), str(process.pid)], timeout=60)
    return None


def check_program(program, *wrapper):
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("0.0.0.0", port))
        except OSError as error:
            check(False, f"port {port} is taken, and the program listens on no other ({error})")
    env = {**environment, "LD_LIBRARY_PATH": str(prefix / "lib"), "ASAN_OPTIONS": "detect_leaks=1"}
    process = subprocess.Popen([*map(str, wrapper), str(program)], env=env, stdout=subprocess.PIPE,
                               stderr=subprocess.STDOUT, text=True, errors="replace")
    output = []
    reader = threading.Thread(target=lambda: output.append(process.stdout.read()))
    reader.start()
    try:
        wait_until_listening(process)
        left_out = talk(process)
        code = process.wait(30)
    finally:
        if process.poll() is None:
            process.kill()
        process.wait()
        reader.join()
        process.stdout.close()
        printed = "".join(output)
        if process.returncode != 0:
            print("".join(f"# {line}\n" for line in printed.splitlines()), end="")
    check(code == 0, f"exit code {code}\n{printed}")
    if wrapper == ():
        check(printed == "", f"the library printed: {printed}")
    if left_out:
        raise Skip(left_out)


def compile_and_run(compiler, standard, suffix):
    check_program(compile_program(compiler, standard, suffix))


def compile_and_check_leaks(compiler, standard, suffix):
    check_program(compile_program(compiler, standard, suffix, "-fsanitize=address"))


def run_in_valgrind():
    need("valgrind")
    program = compile_program("gcc", "c11", "c")
    check_program(program, "valgrind", "-q", "--leak-check=full", "--show-leak-kinds=all",
                  "--errors-for-leak-kinds=definite,indirect,possible", "--error-exitcode=99",
                  "--num-callers=30")


def main():
    shutil.rmtree(work, ignore_errors=True)
    programs.mkdir(parents=True)
    environment["PKG_CONFIG_PATH"] = os.pathsep.join(
        [str(prefix / "lib/pkgconfig"), *filter(None, [os.environ.get("PKG_CONFIG_PATH")])])
    tap = Tap()
    if not tap.case("builds without a warning and installs", install):
        tap.finish()
    tap.case("installs the headers and both libraries", check_files)
    tap.case("has a soname", check_soname)
    tap.case("is hardened", check_hardening)
    tap.case("has libuv and jansson as public requirements only", check_pkg_config)
    tap.case("README shows examples/minimal", check_readme)
    headers = sorted(str(file.relative_to(root / "include"))
                     for file in (root / "include").rglob("*.h"))
    for language in COMPILERS:
        for header in headers:
            tap.case(f"<{header}> stands alone, {language[0]} {language[1]}", check_header, header,
                     *language)
    for language in COMPILERS:
        tap.case(f"every verb takes its targets, {language[0]} {language[1]}", compile_verbs,
                 *language)
    for compiler in ("gcc", "clang"):
        tap.case(f"examples/cluster builds, {compiler}", compile_adapter, compiler)
    if not own_network():
        print(f"# no network namespace here: port {port} must be free")
    for language in COMPILERS:
        tap.case(f"the program runs, {language[0]} {language[1]}", compile_and_run, *language)
    tap.case("the program runs, static library", check_static)
    tap.case("the program leaks nothing, AddressSanitizer", compile_and_check_leaks, *COMPILERS[0])
    tap.case("the program leaks nothing, valgrind", run_in_valgrind)
    if tap.failed == 0:
        shutil.rmtree(work)
    tap.finish()


if __name__ == "__main__":
    main()
