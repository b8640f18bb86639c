"""The compile commands of a build, for tools that look at the sources."""
import json
import pathlib
import shlex


def sources(build, root):
    """Our C files with the command that compiles each: those that the build makes are left out."""
    build, root = build.resolve(), root.resolve()
    entries = {}
    for entry in json.loads((build / "compile_commands.json").read_text(encoding="utf-8")):
        source = (pathlib.Path(entry["directory"]) / entry["file"]).resolve()
        if source.suffix == ".c" and root in source.parents and build not in source.parents:
            entries.setdefault(source, entry)
    return entries


def flags(entry):
    """What says how to read the source: neither compiler nor files, nor what code is made of it."""
    words = shlex.split(entry["command"])
    if pathlib.Path(words[0]).name == "ccache":
        del words[0]
    kept, skip = [], False
    for word in words[1:]:
        if skip:
            skip = False
        elif word in ("-o", "-MF", "-MQ", "-c"):
            skip = word != "-c"
        elif not word.startswith(("-fsanitize", "-M", "-O", "-g")) and word != entry["file"]:
            kept.append(word)
    return kept
