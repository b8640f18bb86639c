"""Writes a header that gives every function of llhttp the prefix sio__.

usage: names.py SOURCES_DIR HEADER_DIR OUTPUT
"""
import pathlib
import re
import sys

sources, header, output = map(pathlib.Path, sys.argv[1:])
files = [sources / "api.c", sources / "http.c", sources / "llhttp.c", header / "llhttp.h"]
text = "\n".join(file.read_text(encoding="utf-8") for file in files)

# Callbacks are passed by name, too, so what counts is that it is called or defined somewhere.
names = set(re.findall(r"\b(llhttp_\w+)\s*\(", text))
names -= set(re.findall(r"#\s*define\s+(llhttp_\w+)", text))
lines = ["#ifndef SIO__LLHTTP_NAMES_H", "#define SIO__LLHTTP_NAMES_H"]
lines += [f"#define {name} sio__{name}" for name in sorted(names)]
lines += ["#endif", ""]
output.write_text("\n".join(lines), encoding="utf-8")
