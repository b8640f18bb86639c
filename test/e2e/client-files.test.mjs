// The official clients' bundles, out of the library itself [C1-C6, L14].
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { once } from "node:events";
import http from "node:http";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import vm from "node:vm";
import zlib from "node:zlib";
import { startProgram } from "./lib/server.mjs";

const version = process.env.SIO_CLIENT_VERSION;
/** Of each generation in the library: "4" → "4.8.4". */
const versions = new Map(process.env.SIO_CLIENT_VERSIONS.split(" ").filter(Boolean).map((pair) => pair.split("=")));
const packages = { 4: "socket.io-client", 2: "socket.io-client-v2", 0.9: "socket.io-client-v0.9" };
const distOf = (generation) => join(process.env.SIO_SOURCE_ROOT, "client/node_modules", packages[generation], "dist");
const dist = distOf(4);
const bundles = ["socket.io.js", "socket.io.min.js", "socket.io.esm.min.js", "socket.io.msgpack.min.js"];
const leftOut = (generation) => (versions.has(generation) ? false : "the library was built without it");
const decoders = { identity: (bytes) => bytes, gzip: zlib.gunzipSync, br: zlib.brotliDecompressSync };

async function ask(url, headers = {}, method = "GET") {
  const request = http.request(url, { method, headers }).end();
  const [response] = await once(request, "response");
  const pieces = [];
  for await (const piece of response)
    pieces.push(piece);
  return { status: response.statusCode, headers: response.headers, body: Buffer.concat(pieces) };
}

async function assertNone(url) {
  const { status, body } = await ask(url);
  assert.equal(status, 400, url);
  assert.deepEqual(JSON.parse(body), { code: 0, message: "Transport unknown" });
}

describe("client files", { skip: version ? false : "the library was built without them" }, () => {
  let server;
  before(async () => { server = await startProgram(process.env.SIO_E2E_SERVER); });
  after(() => server?.stop());

  const get = (name, headers, method) => ask(`${server.url}/socket.io/${name}`, headers, method);

  for (const name of bundles.flatMap((bundle) => [bundle, `${bundle}.map`])) {
    it(`${name}: the published bytes, in each coding [C1, C2, C4]`, async () => {
      const published = readFileSync(join(dist, name));
      for (const [coding, decode] of Object.entries(decoders)) {
        const { status, headers, body } = await get(name, { "Accept-Encoding": coding });
        assert.equal(status, 200);
        assert.equal(headers["content-encoding"] ?? "identity", coding);
        assert.equal(Number(headers["content-length"]), body.length);
        assert.equal(headers["content-type"],
          name.endsWith(".map") ? "application/json; charset=utf-8" : "application/javascript; charset=utf-8");
        assert.equal(headers["cache-control"], "public, max-age=0");
        assert.equal(headers.etag, `"${version}"`);
        assert.ok(decode(body).equals(published), coding);
      }
    });
  }

  it("a browser's Accept-Encoding gets brotli, none gets the plain file [C4]", async () => {
    assert.equal((await get("socket.io.js", { "Accept-Encoding": "gzip, deflate, br, zstd" })).headers["content-encoding"], "br");
    assert.equal((await get("socket.io.js", { "Accept-Encoding": "gzip, br;q=0" })).headers["content-encoding"], "gzip");
    assert.equal((await get("socket.io.js")).headers["content-encoding"], undefined);
  });

  it("whoever has it gets 304 [C3]", async () => {
    for (const tag of [`"${version}"`, `W/"${version}"`]) {
      const { status, headers, body } = await get("socket.io.js", { "If-None-Match": tag });
      assert.equal(status, 304);
      assert.equal(headers.etag, undefined);
      assert.equal(body.length, 0);
    }
    assert.equal((await get("socket.io.js", { "If-None-Match": '"1.0.0"' })).status, 200);
  });

  it("the query is ignored, any method will do [C1]", async () => {
    assert.equal((await get("socket.io.js?v=1")).status, 200);
    assert.equal((await get("socket.io.js", {}, "POST")).status, 200);
    const head = await get("socket.io.js", {}, "HEAD");
    assert.equal(head.status, 200);
    assert.equal(head.body.length, 0);
  });

  it("other names fall to the engine [C5]", async () => {
    for (const name of ["socket.io.css", "socket.io.js.gz", "socket.io.js/x", "package.json", "socket.io.v4.js",
      "socket.io.v3.1.3.js", "socket.io.v0.9.17", "socket.io.v2.5.0.min.js", "socket.io.slim.js"])
      await assertNone(`${server.url}/socket.io/${name}`);
  });

  it("what was served runs: it is the client", async () => {
    const scope = { setTimeout, clearTimeout, console };
    scope.window = scope.self = scope.globalThis = scope;
    vm.runInNewContext((await get("socket.io.min.js")).body.toString(), scope);
    assert.equal(typeof scope.io, "function");
    assert.equal(typeof scope.io.Manager, "function");
  });
});

/** Runs the script as a browser would, nearly, and gives its `io`. */
function run(script) {
  const scope = { setTimeout, clearTimeout, console, location: { protocol: "http:", hostname: "x", port: "" } };
  scope.document = { createElement: () => ({}), addEventListener() {}, getElementsByTagName: () => [],
    documentElement: { style: {} } };
  scope.navigator = { userAgent: "Mozilla/5.0 (X11) AppleWebKit/537.36", platform: "Linux" };
  scope.addEventListener = () => {};
  scope.WebSocket = class {};
  scope.window = scope.self = scope.globalThis = scope;
  vm.runInNewContext(script.toString(), scope);
  return scope.io;
}

describe("client_version", { skip: leftOut("4") }, () => {
  for (const selected of ["4", "2", "0.9"])
    describe(selected, { skip: leftOut(selected) }, () => {
      let server;
      before(async () => {
        server = await startProgram(process.env.SIO_E2E_SERVER, ["--client-version", selected, "--path", "/dante/socket.io"]);
      });
      after(() => server?.stop());
      const get = (name, headers) => ask(`${server.url}/dante/socket.io/${name}`, headers);

      it("socket.io.js is the client of that generation", async () => {
        const { headers, body } = await get("socket.io.js");
        assert.ok(body.equals(readFileSync(join(distOf(selected), "socket.io.js"))));
        assert.equal(headers.etag, `"${versions.get(selected)}"`);
        assert.equal(headers["cache-control"], "public, max-age=0");
        const io = run(body);
        assert.equal(typeof io.connect, "function");
        assert.equal(typeof io.Manager, selected === "0.9" ? "undefined" : "function");
        assert.equal(io.protocol, { 2: 4, 0.9: 1 }[selected]); // that of 4 keeps it to itself
      });

      it("every generation has versioned names, which are kept for long", async () => {
        const files = { 4: bundles.flatMap((name) => [name, `${name}.map`]), 2: ["socket.io.js", "socket.io.js.map"],
          0.9: ["socket.io.js", "socket.io.min.js"] };
        for (const [generation, names] of Object.entries(files)) {
          const number = versions.get(generation);
          for (const name of number === undefined ? [] : names) {
            const versioned = name.replace("socket.io", `socket.io.v${number}`);
            const { status, headers, body } = await get(versioned);
            assert.equal(status, 200, versioned);
            assert.ok(body.equals(readFileSync(join(distOf(generation), name))), versioned);
            assert.equal(headers.etag, `"${number}"`);
            assert.equal(headers["cache-control"], "public, max-age=31536000, immutable");
            assert.equal(headers.sourcemap, names.includes(`${name}.map`) ? `${versioned}.map` : undefined);
            assert.equal((await get(versioned, { "If-None-Match": `"${number}"` })).status, 304);
          }
        }
      });
    });

  it("2: socket.io.js and its map alone, never compressed, without charset [C6]", { skip: leftOut("2") }, async (t) => {
    const server = await startProgram(process.env.SIO_E2E_SERVER, ["--client-version", "2"]);
    t.after(() => server.stop());
    for (const [name, type] of [["socket.io.js", "application/javascript"], ["socket.io.js.map", "application/json"]]) {
      const { status, headers, body } = await ask(`${server.url}/socket.io/${name}`, { "Accept-Encoding": "br, gzip, deflate" });
      assert.equal(status, 200);
      assert.equal(headers["content-type"], type);
      assert.equal(headers["content-encoding"], undefined);
      assert.equal(headers.vary, undefined);
      assert.ok(body.equals(readFileSync(join(distOf(2), name))));
    }
    for (const name of bundles.slice(1).flatMap((bundle) => [bundle, `${bundle}.map`]))
      await assertNone(`${server.url}/socket.io/${name}`);
  });

  it("0.9: as plain or gzipped JavaScript, without charset [L14]", { skip: leftOut("0.9") }, async (t) => {
    const server = await startProgram(process.env.SIO_E2E_SERVER, ["--client-version", "0.9"]);
    t.after(() => server.stop());
    const published = readFileSync(join(distOf(0.9), "socket.io.js"));
    for (const [accept, coding] of [["br", "identity"], ["gzip, deflate, br", "gzip"]]) {
      const { status, headers, body } = await ask(`${server.url}/socket.io/socket.io.js`, { "Accept-Encoding": accept });
      assert.equal(status, 200);
      assert.equal(headers["content-type"], "application/javascript");
      assert.equal(headers["content-encoding"] ?? "identity", coding);
      assert.equal(headers.vary, "Accept-Encoding");
      assert.equal(Number(headers["content-length"]), body.length);
      assert.ok(decoders[coding](body).equals(published));
    }
    await assertNone(`${server.url}/socket.io/socket.io.js.map`);
  });

  it("another one is refused", async () => {
    await assert.rejects(startProgram(process.env.SIO_E2E_SERVER, ["--client-version", "3"]), /ended early/);
  });
});
