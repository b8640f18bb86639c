"""Doxygen's view of a header: what stands together is said once, and holds for each line.

In the headers a comment is about all declarations below it, up to a blank line or the next comment:

    /** Leaves a room; not being in it is fine. */
    SIO_API int sio_leave(…);
    SIO_API int sio_socket_leave(…);

Doxygen gives it to the first one alone, so it is repeated here for the others. The number of lines stays
the same, for the warnings to name the right ones: comments go in front of a declaration on its own line.

usage: filter.py HEADER
"""
import re
import sys


def comment_of(lines, at):
    """The lines of the comment that begins at a line, if one does."""
    if not lines[at].lstrip().startswith("/*"):
        return 0
    end = at
    while "*/" not in lines[end]:
        end += 1
    return end - at + 1 if lines[end].rstrip().endswith("*/") else 0


def text_of(comment):
    """What a comment says, on one line."""
    text = " ".join(line.strip().removeprefix("*").strip() for line in comment)
    return re.sub(r"^/\*\*?\s*|\s*\*/$", "", text).strip()


def end_of(lines, at):
    """The last line of the declaration or directive that begins at a line."""
    if lines[at].startswith("#"):
        while lines[at].rstrip().endswith("\\"):
            at += 1
        return at
    depth = 0
    while True:
        code = re.sub(r"/\*.*?(\*/|$)", "", lines[at])
        depth += code.count("(") - code.count(")")
        if depth <= 0 and re.search(r"[;{},]\s*$", code):
            return at
        if at + 1 == len(lines):
            return at
        at += 1


def is_declaration(line):
    """Something with a name that may want a comment: no directive but #define, no brace alone."""
    if line.startswith("#"):
        return re.match(r"#define [a-zA-Z]", line) is not None
    return re.match(r"\s*[A-Za-z_]", line) is not None and "_DECLS" not in line


def filtered(lines):
    out = list(lines)
    family, at = None, 0
    while at < len(lines):
        count = comment_of(lines, at)
        if count > 0:
            comment = lines[at:at + count]
            heading = "---" in comment[0] or "@file" in "".join(comment)
            family = None if heading else text_of(comment)
            if family and not comment[0].lstrip().startswith("/**"):
                out[at] = out[at].replace("/*", "/**", 1)
            documented = not heading
            at += count
            continue
        if not is_declaration(lines[at]):
            family = None
            at += 1
            continue
        last = end_of(lines, at)
        trailing = re.search(r"/\*\*<\s*(.*)", lines[last])
        if trailing:
            family = trailing.group(1).replace("*/", "").strip()
        elif family and not documented:
            indent = re.match(r"\s*", lines[at]).group()
            out[at] = f"{indent}/** {family} */ {lines[at].lstrip()}"
        documented = False
        if lines[last].rstrip().endswith("{"):
            family = None
        # A comment behind the line may go on below it.
        if trailing and "*/" not in lines[last]:
            while "*/" not in lines[last]:
                last += 1
                family += " " + lines[last].strip().removeprefix("*").replace("*/", "").strip()
        at = last + 1
    return out


if __name__ == "__main__":
    with open(sys.argv[1], encoding="utf-8") as header:
        sys.stdout.write("\n".join(filtered(header.read().split("\n"))))
