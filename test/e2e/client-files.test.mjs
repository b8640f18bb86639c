// The official client's bundles, out of the library itself [C1-C5].
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
const dist = join(process.env.SIO_SOURCE_ROOT, "client/node_modules/socket.io-client/dist");
const bundles = ["socket.io.js", "socket.io.min.js", "socket.io.esm.min.js", "socket.io.msgpack.min.js"];
const decoders = { identity: (bytes) => bytes, gzip: zlib.gunzipSync, br: zlib.brotliDecompressSync };

describe("client files", { skip: version ? false : "the library was built without them" }, () => {
  let server;
  before(async () => { server = await startProgram(process.env.SIO_E2E_SERVER); });
  after(() => server?.stop());

  async function get(name, headers = {}, method = "GET") {
    const request = http.request(`${server.url}/socket.io/${name}`, { method, headers }).end();
    const [response] = await once(request, "response");
    const pieces = [];
    for await (const piece of response)
      pieces.push(piece);
    return { status: response.statusCode, headers: response.headers, body: Buffer.concat(pieces) };
  }

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
    for (const name of ["socket.io.css", "socket.io.js.gz", "socket.io.js/x", "package.json"]) {
      const { status, body } = await get(name);
      assert.equal(status, 400, name);
      assert.deepEqual(JSON.parse(body), { code: 0, message: "Transport unknown" });
    }
  });

  it("what was served runs: it is the client", async () => {
    const scope = { setTimeout, clearTimeout, console };
    scope.window = scope.self = scope.globalThis = scope;
    vm.runInNewContext((await get("socket.io.min.js")).body.toString(), scope);
    assert.equal(typeof scope.io, "function");
    assert.equal(typeof scope.io.Manager, "function");
  });
});
