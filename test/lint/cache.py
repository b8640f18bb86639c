"""Remembers what a tool said about a source, as long as nothing has changed that it was made of."""
import glob
import hashlib
import os
import pathlib
import re

INCLUDE = re.compile(rb'^[ \t]*#[ \t]*include[ \t]*["<]([^">\n]+)[">]', re.MULTILINE)
SYSTEM = ["/usr/local/include", "/usr/include", *glob.glob("/usr/include/*-linux-*")]


class Texts:
    """The texts of sources with all that they may include: whatever an #if says, and wherever a
    name is found."""

    def __init__(self):
        self.known = {}
        self.found = {}

    def text(self, path):
        """Returns a digest and the names that are included."""
        if path not in self.known:
            data = pathlib.Path(path).read_bytes()
            names = {name.decode("utf-8", "replace") for name in INCLUDE.findall(data)}
            self.known[path] = hashlib.sha256(data).hexdigest(), names
        return self.known[path]

    def included(self, path, folders):
        """The files that one includes."""
        if (path, folders) not in self.found:
            places = [os.path.join(folder, name) for name in self.text(path)[1]
                      for folder in (os.path.dirname(path), *folders)]
            self.found[path, folders] = {os.path.realpath(place) for place in places
                                         if os.path.isfile(place)}
        return self.found[path, folders]

    def digest(self, source, folders):
        seen, todo = set(), {os.path.realpath(source)}
        while todo:
            path = todo.pop()
            seen.add(path)
            todo |= self.included(path, folders) - seen
        return "\n".join(f"{path} {self.text(path)[0]}" for path in sorted(seen))


def include_folders(flags, folder):
    """Where these flags of a compiler, run in a folder, have it look for headers."""
    folders, takes = [], False
    for flag in flags:
        name = re.sub(r"^(-I|-iquote|-isystem)", "", flag)
        if takes or name != flag:
            folders.append(os.path.join(folder, name))
        takes = name == ""
    return tuple(path for path in folders if os.path.isdir(path)) + tuple(SYSTEM)


class Cache:
    """In a folder; what nobody asked for is forgotten by clean()."""

    def __init__(self, folder):
        self.folder = folder
        self.texts = Texts()
        self.used = set()
        folder.mkdir(parents=True, exist_ok=True)

    def get(self, source, command, directory, about, run):
        """Returns the result of run(command), or what it was for the same command, sources and
        whatever else `about` tells."""
        texts = self.texts.digest(source, include_folders(command, directory))
        key = "\n".join([about, *command, texts])
        path = self.folder / hashlib.sha256(key.encode()).hexdigest()
        self.used.add(path)
        if not path.is_file():
            fresh = path.with_suffix(".new")
            fresh.write_text(run(command), encoding="utf-8")
            fresh.replace(path)
        return path.read_text(encoding="utf-8")

    def clean(self):
        for path in self.folder.iterdir():
            if path not in self.used:
                path.unlink()
