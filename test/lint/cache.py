"""Remembers what a tool said about a source."""
import hashlib


class Cache:
    """In a folder, as long as nothing changes that the answer was made of: the command, the source,
    our headers and whatever else `about` tells. The system's headers count for nothing."""

    def __init__(self, folder, headers):
        self.folder = folder
        self.used = set()
        self.headers = hashlib.sha256(b"\0".join(path.read_bytes() for path in sorted(headers)))
        folder.mkdir(parents=True, exist_ok=True)

    def get(self, source, command, about, run):
        """Returns run(command), or what it was before."""
        key = self.headers.copy()
        key.update("\0".join([about, *map(str, command)]).encode())
        key.update(source.read_bytes())
        path = self.folder / key.hexdigest()
        self.used.add(path)
        if not path.is_file():
            fresh = path.with_suffix(".new")
            fresh.write_text(run(command), encoding="utf-8")
            fresh.replace(path)
        return path.read_text(encoding="utf-8")

    def clean(self):
        """Forgets what nobody has asked for."""
        for path in self.folder.iterdir():
            if path not in self.used:
                path.unlink()
