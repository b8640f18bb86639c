"""Makes the reference of the public headers, and checks that it is whole.

usage: reference.py DOXYGEN DOXYFILE TAGFILE EXPORTS

Doxygen warns of whatever is public and not documented, and of comments that name what is not there; every
function that the library exports must be in what it makes.
"""
import pathlib
import subprocess
import sys
import xml.etree.ElementTree as xml

doxygen, doxyfile, tagfile, exports = sys.argv[1:]
done = subprocess.run([doxygen, doxyfile], stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                      text=True, errors="replace")
print(done.stdout, end="")
if done.returncode != 0:
    sys.exit("the reference has gaps")
documented = {member.findtext("name") for member in xml.parse(tagfile).iter("member")
              if member.get("kind") == "function"}
exported = set(pathlib.Path(exports).read_text(encoding="ascii").split())
missing = sorted(exported - documented)
if missing:
    sys.exit(f"exported, but not in the reference: {' '.join(missing)}")
print(f"{len(exported)} functions, all of them in the reference")
