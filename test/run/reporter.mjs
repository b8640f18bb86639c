// A node:test reporter: flat TAP, one line per test however deep it stands, so that one line is
// one case for whoever counts (node's own TAP nests, and older readers of TAP do not).
export default async function* reporter(source) {
  const path = [];
  const hasChild = [];
  let count = 0;

  const clean = (text) => String(text).replace(/[\s#]+/g, " ").trim();
  const comment = (text) => String(text).split("\n").map((line) => `# ${line}\n`).join("");

  for await (const { type, data } of source) {
    switch (type) {
      case "test:start":
        path.length = data.nesting;
        path.push(clean(data.name));
        break;
      case "test:diagnostic":
        if (data.nesting > 0)
          yield comment(data.message);
        break;
      case "test:stdout":
      case "test:stderr":
        yield comment(data.message.trimEnd());
        break;
      case "test:pass":
      case "test:fail": {
        const ok = type === "test:pass";
        const error = data.details?.error;
        const isSuite = data.details?.type === "suite";
        const isParent = hasChild[data.nesting] === true;
        const skipped = data.skip !== undefined && data.skip !== false;
        hasChild.length = data.nesting;
        if (data.nesting > 0)
          hasChild[data.nesting - 1] = true;
        // What only holds others is no case, unless it fails by itself (a hook, a throw).
        if (ok ? isParent || (isSuite && !skipped) : error?.failureType === "subtestsFailed")
          break;
        const name = [...path.slice(0, data.nesting), clean(data.name)].join(" > ");
        const directive = skipped ? ` # SKIP ${clean(data.skip)}` : "";
        count += 1;
        yield `${ok ? "ok" : "not ok"} ${count} - ${name}${directive}\n`;
        if (!ok)
          yield comment(error?.cause?.stack ?? error?.cause ?? error?.stack ?? error);
        break;
      }
    }
  }
  yield `1..${count}\n`;
}
