// Pages as they were written for 0.9, 2.x and 4.x, with nothing changed for this server, which is only told what socket.io.js is to be.
import assert from "node:assert/strict";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { canto, kept, stage } from "./lib/dante.mjs";
import { forward } from "./lib/nginx.mjs";
import { tempDir } from "./lib/temp.mjs";

const { dante, nginx, open } = stage();
const quick = ["--interval", "5"];

/** What the pages have in common; `connect` makes the socket. */
const page = (script, connect) => `<!DOCTYPE html>
<html>
<head>
<meta charset="utf-8">
<title>Inferno</title>
<script src="${script}"></script>
</head>
<body>
<script>
var times = 0;
var socket = ${connect};
socket.on('connect', function () {
  times++;
});
socket.on('divinecomedy', function (verses) {
  var p = document.createElement('p');
  p.appendChild(document.createTextNode(verses));
  document.body.appendChild(p);
});
</script>
</body>
</html>
`;

/** By the client that they are for: `host` is "" or "http://host:port", `folder` "" or "dante/". */
const pages = {
  "0.9": (host, folder, transports) => page(`${host}/${folder}socket.io/socket.io.js`,
    `io.connect('${host || "http://' + location.host + '"}/', { resource: '${folder}socket.io'${transports ? `, transports: ['${transports}']` : ""} })`),
  2: (host, folder, transports) => page(`${host}/${folder}socket.io/socket.io.js`,
    `io('${host || "http://' + location.host + '"}', { path: '/${folder}socket.io'${transports ? `, transports: ['${transports}']` : ""} })`),
  4: (host, folder, transports) => page(`${host}/${folder}socket.io/socket.io.js`,
    `io(${host ? `'${host}', ` : ""}{ path: '/${folder}socket.io/'${transports ? `, transports: ['${transports}']` : ""} })`),
};
const ways = { "0.9": ["", "websocket", "xhr-polling", "jsonp-polling"], 2: ["", "polling"], 4: ["", "polling"] };

const texts = (shown) => shown.$$eval("p", (all) => all.map((p) => p.textContent));

async function readsAll(shown) {
  await shown.waitForFunction((count) => document.querySelectorAll("p").length >= count, canto.length);
  assert.deepEqual(await texts(shown), canto);
}

describe("from an origin of their own, the server at /", () => {
  let site, origin, body;
  before(async () => {
    site = createServer((request, response) => response.setHeader("Content-Type", "text/html").end(request.url === "/" ? body : ""));
    await once(site.listen(0, "127.0.0.1"), "listening");
    origin = `http://127.0.0.1:${site.address().port}`;
  });
  after(() => site.close());

  // 0.9 let in every origin if not told otherwise; those of now are told. A client of 2.x wants to be let in with its cookies.
  const cors = { "0.9": () => [], 2: () => ["--cors.origin", origin, "--cors.credentials", "on"], 4: () => ["--cors", "on"] };

  for (const version of Object.keys(pages))
    for (const way of ways[version])
      it(`${version}, ${way || "as it comes"}`, async () => {
        const server = await dante(...quick, "--client-version", version, ...cors[version]());
        body = pages[version](server.url.replace("localhost", "127.0.0.1"), "", way);
        await readsAll(await open(`${origin}/`));
      });
});

describe("behind nginx, under /dante", () => {
  const folder = tempDir("pages");
  const files = `location /pages/ { alias ${folder}/; default_type text/html; }`;

  /** Opens the page of a site in which everything below /dante/ is the server's. */
  async function visit(server, version, way) {
    writeFileSync(join(folder, "index.html"), pages[version]("", "dante/", way));
    const proxy = await nginx(files, forward("/dante/", server));
    return open(`${proxy.url}/pages/index.html`);
  }

  for (const version of Object.keys(pages))
    for (const way of ways[version])
      it(`${version}, ${way || "as it comes"}`, async () => {
        const server = await dante(...quick, ...kept, "--client-version", version);
        await readsAll(await visit(server, version, way));
      });

  for (const version of Object.keys(pages))
    it(`${version}: the server is restarted, and the page comes back`, async () => {
      const server = await dante("--interval", "600000", ...kept, "--client-version", version);
      const shown = await visit(server, version);
      await shown.waitForSelector("p");
      await server.stop();
      await dante(...quick, ...kept, "--client-version", version, "--port", String(server.port));
      await shown.waitForFunction((count) => document.querySelectorAll("p").length >= count, 1 + canto.length);
      assert.deepEqual(await texts(shown), [canto[0], ...canto]);
      assert.equal(await shown.evaluate("times"), 2);
    });
});
