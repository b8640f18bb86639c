"""The layering check, tried on small trees: it must find every kind of breach, and only those."""
import pathlib
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "run"))
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from layers import check as check_tree
from tap import Tap, check

CASES = [
    ("a tree in order", {
        "src/base/buf.h": "",
        "src/net/http.c": '#include "base/buf.h"\n#include "net/http.h"\n#include <llhttp.h>\n',
        "src/net/http.h": "",
        "src/sio/event.c": "#include <jansson.h>\n#include <sio/event.h>\n",
        "src/ws/frame.c": "#include <wslay/wslay.h>\n",
        "include/sio/event.h": "#include <jansson.h>\n",
    }, []),
    ("upward", {"src/base/a.c": '#include "net/b.h"\n', "src/net/b.h": ""}, ["not below base"]),
    ("sideways", {"src/serve/a.c": '#include "adapter/b.h"\n', "src/adapter/b.h": ""},
     ["not below serve"]),
    ("llhttp outside net", {"src/ws/a.c": "#include <llhttp.h>\n"}, ["belongs to net"]),
    ("wslay outside ws", {"src/eio/a.h": "  #  include <wslay/wslay.h>\n"}, ["belongs to ws"]),
    ("jansson below sio", {"src/eio/a.c": "#include <jansson.h>\n"}, ["<jansson.h> belongs"]),
    ("jansson below sio, by way of public headers", {
        "src/eio/a.c": "#include <sio.h>\n",
        "include/sio.h": "#include <sio/event.h>\n",
        "include/sio/event.h": "#include <jansson.h>\n",
    }, ["<sio.h> brings in <jansson.h>"]),
    ("hiredis outside the adapters", {"src/sio/a.c": "#include <hiredis/async.h>\n"},
     ["belongs to adapter"]),
    ("a circle", {"src/base/a.h": '#include "base/b.h"\n', "src/base/b.h": '#include "base/a.h"\n'},
     ["circle"]),
    ("an include that names no floor", {"src/base/a.c": '#include "b.h"\n', "src/base/b.h": ""},
     ["from src/ on"]),
    ("a comment is no include", {"src/base/a.c": '/*\n#include "net/b.h"\n*/\n', "src/net/b.h": ""},
     []),
    ("an unknown floor", {"src/cellar/a.c": ""}, ["is no floor"]),
    ("a public header that shows a private one",
     {"src/base/a.c": "", "include/sio.h": "#include <llhttp.h>\n"}, ["is private"]),
    ("an empty tree", {}, ["no sources"]),
]


def try_tree(files, expected):
    with tempfile.TemporaryDirectory() as name:
        root = pathlib.Path(name)
        for path, text in files.items():
            (root / path).parent.mkdir(parents=True, exist_ok=True)
            (root / path).write_text(text, encoding="utf-8")
        found = check_tree(root)
    check(len(found) == len(expected), f"found {found}")
    for breach, part in zip(found, expected):
        check(part in breach, f"found {breach}")


tap = Tap()
for title, tree, breaches in CASES:
    tap.case(title, try_tree, tree, breaches)
tap.finish()
