// https and wss: by openssl s_client what is agreed on, by Node what is served, by Chromium a page.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { copyFileSync, readFileSync, writeFileSync } from "node:fs";
import http from "node:http";
import https from "node:https";
import net from "node:net";
import { join } from "node:path";
import { once } from "node:events";
import { Duplex } from "node:stream";
import { after, afterEach, before, describe, it } from "node:test";
import tls from "node:tls";
import { fileURLToPath } from "node:url";
import { WebSocket } from "ws";
import { startBrowser, untilBody } from "./lib/browser.mjs";
import { certificates } from "./lib/certs.mjs";
import { ask, collect, connected, modes, next, settled } from "./lib/client.mjs";
import { frame, stats } from "./lib/raw.mjs";
import { startProgram, until } from "./lib/server.mjs";

const sourceRoot = process.env.SIO_SOURCE_ROOT ?? fileURLToPath(new URL("../..", import.meta.url));
const certs = certificates();
const pair = certs.make("server");
const named = certs.make("named", { host: "named.example" });
const alice = certs.make("alice");
const stranger = certs.make("stranger", { stranger: true });
const { ca } = certs;

let cleanup = [];

afterEach(async () => {
  const steps = cleanup.reverse();
  cleanup = [];
  for (const step of steps)
    await step();
});

/** The server with TLS as well: {secure, port} are of TLS, {plain} is the other URL. */
async function start(...options) {
  const server = await startProgram(process.env.SIO_E2E_SERVER,
    ["--log", "on", "--tls-cert", pair.cert, "--tls-key", pair.key, ...options.map(String)]);
  const [, url] = / and (https:\S+)/.exec(server.stdout);
  cleanup.push(() => server.stop());
  return { program: server, plain: server.url, url, port: Number(new URL(url).port) };
}

/** Waits for a line of the log. */
const logged = (server, pattern) =>
  until(() => pattern.test(server.program.stderr), 5000, `${pattern} in the log`)
    .catch((error) => assert.fail(`${error.message}\n${server.program.stderr}`));

/** A request on a connection of its own. */
async function get(url, options = {}) {
  const sent = (url.startsWith("https") ? https : http).request(url, { ca, agent: false, ...options });
  sent.end(options.body);
  const [response] = await once(sent, "response");
  let text = "";
  for await (const piece of response.setEncoding("utf8"))
    text += piece;
  return { status: response.statusCode, headers: response.headers, text };
}

/** A connection, by Node's tls. */
async function connect(port, options = {}) {
  const socket = tls.connect({ host: "127.0.0.1", port, ca, ...options });
  cleanup.push(() => socket.destroy());
  await once(socket, "secureConnect");
  socket.received = "";
  socket.setEncoding("latin1").on("data", (text) => { socket.received += text; });
  socket.on("error", () => {});
  return socket;
}

const request = (path, more = "") => `GET ${path} HTTP/1.1\r\nHost: x\r\n${more}\r\n`;

/* --- openssl s_client ------------------------------------------------------------------------- */

/** Runs it; the input is sent when the handshake is done: a request, or commands of its own. */
async function sClient(server, args, commands = "") {
  const child = spawn("openssl", ["s_client", "-connect", `127.0.0.1:${server.port}`, ...commands ? [] : ["-ign_eof"], ...args]);
  let output = "";
  child.stdout.setEncoding("utf8").on("data", (text) => { output += text; });
  child.stderr.setEncoding("utf8").on("data", (text) => { output += text; });
  child.stdin.on("error", () => {});
  child.stdin.write(commands || request("/tls", "Connection: close\r\n"));
  const timer = setTimeout(() => child.kill(), 10000);
  const [code] = await once(child, "close");
  clearTimeout(timer);
  return { code, output };
}

describe("openssl s_client", () => {
  for (const [flag, version] of [["-tls1_2", "TLSv1.2"], ["-tls1_3", "TLSv1.3"]]) {
    it(`speaks ${version}`, async () => {
      const server = await start();
      const { output } = await sClient(server, [flag, "-CAfile", certs.authority]);
      assert.match(output, new RegExp(`New, ${version}, Cipher is (ECDHE-ECDSA-AES256-GCM-SHA384|TLS_AES_256_GCM_SHA384)`));
      assert.match(output, /Verify return code: 0 \(ok\)/);
      assert.match(output, /HTTP\/1.1 200 OK/);
      assert.ok(output.includes(`secure|${version}|`), output);
      assert.match(output, /Compression: NONE/);
      assert.match(output, /closed/);
      await logged(server, new RegExp(`3 tls 127.0.0.1: ${version}: `));
    });
  }

  it("does not speak TLS 1.1, nor 1.2 where 1.3 is the least", async () => {
    let server = await start();
    const old = await sClient(server, ["-tls1_1", "-cipher", "ALL:@SECLEVEL=0"]);
    assert.match(old.output, /alert protocol version/);
    await logged(server, /1 tls 127.0.0.1: unsupported protocol/);
    server = await start("--tls-min", "1.3");
    assert.match((await sClient(server, ["-tls1_2"])).output, /alert protocol version/);
    assert.match((await sClient(server, [])).output, /HTTP\/1.1 200 OK/);
  });

  it("is refused without forward secrecy, and without authenticated encryption", async () => {
    const server = await start();
    for (const cipher of ["AES256-GCM-SHA384", "ECDHE-ECDSA-AES128-SHA"]) {
      const { output } = await sClient(server, ["-tls1_2", "-cipher", cipher]);
      assert.match(output, /alert handshake failure/);
    }
    await logged(server, /1 tls 127.0.0.1: no shared cipher/);
  });

  it("gets http/1.1 of the protocols that it offers, and an alert if that is not among them", async () => {
    const server = await start();
    assert.match((await sClient(server, ["-alpn", "h2,http/1.1"])).output, /ALPN protocol: http\/1\.1/);
    assert.match((await sClient(server, [])).output, /No ALPN negotiated/);
    assert.match((await sClient(server, ["-alpn", "h2"])).output, /alert no application protocol/);
    await logged(server, /1 tls 127.0.0.1: no application protocol/);
  });

  it("is shown the certificate of the name that it asks for", async () => {
    const server = await start("--tls-name", "named.example", "--tls-name-cert", named.cert, "--tls-name-key", named.key);
    const shown = async (...args) => /^subject=O = Example, CN = (\S+)/m.exec((await sClient(server, args)).output)[1];
    assert.equal(await shown("-servername", "NAMED.example"), "named");
    assert.equal(await shown("-servername", "other.example"), "server");
    assert.equal(await shown("-noservername"), "server");
  });

  it("may show a certificate, or has to", async () => {
    const as = (who) => ["-cert", who.cert, "-key", who.key];
    let server = await start("--tls-ca", certs.authority, "--tls-verify", "optional");
    assert.match((await sClient(server, as(alice))).output, /secure\|TLSv1.3\|CN=alice,O=Example/);
    assert.match((await sClient(server, [])).output, /secure\|TLSv1.3\|(?!CN=)/);
    assert.doesNotMatch((await sClient(server, as(stranger))).output, /200 OK/);
    await logged(server, /1 tls 127.0.0.1: certificate verify failed: self-signed certificate/);
    server = await start("--tls-ca", certs.authority, "--tls-verify", "required");
    assert.match((await sClient(server, ["-tls1_2", ...as(alice)])).output, /secure\|TLSv1.2\|CN=alice,O=Example/);
    assert.match((await sClient(server, [])).output, /alert certificate required/);
    await logged(server, /1 tls 127.0.0.1: peer did not return a certificate/);
  });

  it("resumes its session", async () => {
    const server = await start();
    for (const version of ["-tls1_2", "-tls1_3"]) {
      const session = certs.path(`session${version}`);
      assert.match((await sClient(server, [version, "-sess_out", session])).output, /^New, /m);
      assert.match((await sClient(server, [version, "-sess_in", session])).output, /^Reused, /m);
    }
  });

  it("may not renegotiate", async () => {
    const server = await start();
    const { output } = await sClient(server, ["-tls1_2"], "R\n");
    assert.match(output, /RENEGOTIATING[^]*no renegotiation/);
  });
});

/* --- Node ------------------------------------------------------------------------------------- */

describe("https", () => {
  it("serves requests beside http, and says which it was", async () => {
    const server = await start();
    assert.equal((await get(`${server.url}/tls`)).text, "secure|TLSv1.3|");
    assert.equal((await get(`${server.url}/tls`, { maxVersion: "TLSv1.2" })).text, "secure|TLSv1.2|");
    assert.equal((await get(`${server.plain}/tls`)).text, "plain||");
    assert.equal((await get(`${server.plain}/tls`, { headers: { "X-Forwarded-Proto": "https" } })).text, "plain||");
    assert.equal((await get(`${server.url}/tls`, { headers: { "X-Forwarded-Proto": "http" } })).text, "secure|TLSv1.3|");
  });

  it("keeps connections alive, and answers what is pipelined", async () => {
    const server = await start();
    const socket = await connect(server.port);
    socket.write(request("/tls") + request("/tls"));
    await until(() => socket.received.match(/secure\|TLSv1.3/g)?.length === 2);
    socket.write(request("/tls"));
    await until(() => socket.received.match(/secure\|TLSv1.3/g)?.length === 3);
  });

  it("sends large answers and takes large bodies", async () => {
    const server = await start();
    const body = "0123456789abcdef".repeat(60_000);
    const answer = await get(`${server.url}/body`, { method: "POST", body });
    assert.ok(answer.text === body);
  });

  it("shows a client's certificate to its request, and refuses who has none", async () => {
    const server = await start("--tls-ca", certs.authority, "--tls-verify", "required");
    const as = (who) => ({ cert: who.pem, key: who.keyPem });
    assert.equal((await get(`${server.url}/tls`, as(alice))).text, "secure|TLSv1.3|CN=alice,O=Example");
    await assert.rejects(get(`${server.url}/tls`), /certificate required|ECONNRESET|socket hang up/);
    await assert.rejects(get(`${server.url}/tls`, as(stranger)), /alert|ECONNRESET|socket hang up/);
  });

  it("answers what was asked before the client's end, and ends in the same way", async () => {
    const server = await start();
    for (const version of ["TLSv1.2", "TLSv1.3"]) {
      const socket = await connect(server.port, { maxVersion: version, allowHalfOpen: true });
      const end = once(socket, "end");
      socket.end(request("/tls"));
      await end;
      assert.ok(socket.received.endsWith(`secure|${version}|`), socket.received);
    }
    assert.doesNotMatch(server.program.stderr, /^[01] /m);
  });

  it("survives clients that vanish at any time", async () => {
    const server = await start();
    for (let length = 0; length < 700; length += 13) {
      const socket = net.connect(server.port, "127.0.0.1");
      socket.on("error", () => {});
      const closed = once(socket, "close");
      const through = tls.connect({ socket: new CutOff(socket, length), host: "127.0.0.1", ca });
      through.on("error", () => socket.destroy()).on("data", () => socket.destroy());
      through.write(request("/tls"));
      await closed;
    }
    await until(async () => (await stats(server.plain)).descriptors < 20);
    assert.equal((await get(`${server.url}/tls`)).status, 200);
  });
});

/** The socket, until so many bytes have been written: then it is reset. */
class CutOff extends Duplex {
  constructor(socket, length) {
    super();
    Object.assign(this, { socket, left: length });
    socket.on("data", (data) => this.push(data)).on("close", () => this.destroy());
  }

  _read() {}

  _write(data, encoding, done) {
    const part = data.subarray(0, this.left);
    this.left -= part.length;
    this.socket.write(part, () => this.left === 0 && this.socket.resetAndDestroy());
    done();
  }
}

describe("wss", () => {
  it("carries messages of a megabyte both ways", async () => {
    const server = await start();
    const ws = new WebSocket(`${server.url.replace("https", "wss")}/raw`, { ca, perMessageDeflate: false });
    cleanup.push(() => ws.terminate());
    await once(ws, "open");
    const binary = Buffer.alloc(1 << 20, Uint8Array.from({ length: 251 }, (_, i) => i));
    for (const message of ["small", "x".repeat(1 << 20), binary, "again"]) {
      ws.send(message);
      const [back, isBinary] = await once(ws, "message");
      assert.equal(isBinary, typeof message !== "string");
      assert.ok(Buffer.from(message).equals(back));
    }
    ws.close(1000, "bye");
    const [code] = await once(ws, "close");
    assert.equal(code, 1000);
  });
});

describe("socket.io over TLS", () => {
  for (const [mode, transports] of Object.entries(modes)) {
    it(`${mode}: events, acks, binaries, a disconnect`, async () => {
      const server = await start();
      const socket = await connected(server.url, { ca, transports });
      cleanup.push(() => socket.close());
      if (mode === "upgrade")
        await until(() => socket.io.engine.transport.name === "websocket");
      assert.deepEqual(await ask(socket, "sum", 1, 2), 3);
      socket.emit("echo", "text", Buffer.from([1, 2, 3]), { deep: [Buffer.from("x")] });
      assert.deepEqual(await next(socket, "echo"), ["text", Buffer.from([1, 2, 3]), { deep: [Buffer.from("x")] }]);
      const large = "é".repeat(300_000);
      socket.emit("echo", large);
      assert.deepEqual(await next(socket, "echo"), [large]);
      assert.equal((await ask(socket, "handshake")).secure, true);
      assert.deepEqual(await new Promise((resolve) => socket.emit("tls", (...answer) => resolve(answer))),
        [true, "TLSv1.3", null]);
      const gone = next(socket, "disconnect");
      socket.emit("kick", true);
      await gone;
      await until(async () => (await stats(server.plain)).clients === 0);
    });
  }

  it("broadcasts to clients with TLS and without at once", async () => {
    const server = await start();
    const open = (url, transports, version) => connected(url, { ca, transports, maxVersion: version });
    const sockets = [
      await open(server.url, ["websocket"]), await open(server.plain, ["websocket"]),
      await open(server.url, ["polling"]), await open(server.plain, ["polling"]),
      await open(server.url, ["websocket"], "TLSv1.2"), await open(server.url, ["websocket"]),
    ];
    sockets.forEach((socket) => cleanup.push(() => socket.close()));
    const all = sockets.map((socket) => collect(socket, "said", 200));
    for (let i = 0; i < 200; i++)
      sockets[i % sockets.length].emit("all", "x".repeat(i * 20));
    const heard = await Promise.all(all);
    for (const said of heard)
      assert.deepEqual(said.map(([text]) => text.length).sort((a, b) => a - b), [...Array(200).keys()].map((i) => i * 20));
    // Everybody hears them in one order.
    heard.forEach((said) => assert.deepEqual(said, heard[0]));
  });

  it("sets its cookie for secure connections only where the connection is one", async () => {
    const server = await start("--cookie", "on");
    const cookie = async (url) => (await get(`${url}/socket.io/?EIO=4&transport=polling`)).headers["set-cookie"][0];
    assert.match(await cookie(server.url), /^io=[\w-]+; Path=\/; HttpOnly; Secure; SameSite=Lax$/);
    assert.match(await cookie(server.plain), /^io=[\w-]+; Path=\/; HttpOnly; SameSite=Lax$/);
  });

  it("tells sockets that the server shuts down", async () => {
    const server = await start();
    const sockets = [await connected(server.url, { ca, transports: ["websocket"] }),
      await connected(server.url, { ca, transports: ["polling"] })];
    const gone = sockets.map((socket) => next(socket, "disconnect"));
    await server.program.stop();
    for (const [reason] of await Promise.all(gone))
      assert.match(reason, /^transport (close|error)$/);
  });
});

/* --- slow readers ----------------------------------------------------------------------------- */

describe("a slow reader with TLS", () => {
  it("is cut off at max_buffered, and the others have lost nothing", async () => {
    const COUNT = 300, bound = 4_000_000, fill = "x".repeat(100_000);
    const server = await start("--max-buffered", bound);
    const slow = await connect(server.port);
    slow.write(request("/socket.io/?EIO=4&transport=websocket", "Upgrade: websocket\r\nConnection: Upgrade\r\n" +
      "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"));
    await until(() => slow.received.includes('0{"sid"'));
    slow.write(frame("40"));
    await until(() => slow.received.includes('["auth"'));
    slow.pause();
    const fast = [await connected(server.url, { ca, transports: ["websocket"] }), await connected(server.plain)];
    fast.forEach((socket) => cleanup.push(() => socket.close()));
    const before = (await stats(server.plain)).heap;
    const all = fast.map((socket) => collect(socket, "said", COUNT, 60000));
    for (let i = 0; i < COUNT; i++) {
      const back = next(fast[0], "said");
      fast[0].emit("all", i, fill);
      await back;
    }
    for (const said of await Promise.all(all))
      assert.deepEqual(said.map(([i]) => i), [...Array(COUNT).keys()]);
    await until(async () => (await stats(server.plain)).clients === 2);
    const after = await stats(server.plain);
    assert.equal(after.disconnects["transport error"], 1);
    assert.ok(after.heap - before < bound, `${after.heap - before} bytes are kept`);
    await Promise.all(fast.map(settled));
  });
});

/* --- reload ----------------------------------------------------------------------------------- */

describe("reading the files again", () => {
  const shown = async (port) => (await connect(port)).getPeerCertificate().subject.CN;

  it("gives new connections the new certificate, and leaves the others as they are", async () => {
    const files = { cert: certs.path("live.pem"), key: certs.path("live.key") };
    const put = (from) => { copyFileSync(from.cert, files.cert); copyFileSync(from.key, files.key); };
    const reload = async () => (await get(`${server.plain}/tls`, { method: "POST" })).text;
    put(pair);
    const server = await start("--tls-cert", files.cert, "--tls-key", files.key);
    const old = await connect(server.port);
    const socket = await connected(server.url, { ca, transports: ["websocket"] });
    cleanup.push(() => socket.close());
    assert.equal(await shown(server.port), "server");

    const renewed = certs.make("renewed");
    put(renewed);
    assert.equal(await shown(server.port), "server");
    assert.equal(await reload(), "SIO_OK");
    assert.equal(await shown(server.port), "renewed");

    // The key of another, a file that is cut off, none: what was stays.
    writeFileSync(files.key, pair.keyPem);
    assert.equal(await reload(), "SIO_EINVAL");
    await logged(server, /0 tls .*live.key: key values mismatch/);
    writeFileSync(files.cert, renewed.pem.subarray(0, 200));
    assert.equal(await reload(), "SIO_EINVAL");
    assert.equal(await shown(server.port), "renewed");

    assert.equal(old.getPeerCertificate().subject.CN, "server");
    old.write(request("/tls"));
    await until(() => old.received.includes("secure|TLSv1.3|"));
    assert.equal(await ask(socket, "sum", 3, 4), 7);
  });
});

/* --- what is no TLS --------------------------------------------------------------------------- */

describe("strangers on the TLS port", () => {
  it("plain HTTP: the connection is closed, the log says why", async () => {
    const server = await start();
    const socket = net.connect(server.port, "127.0.0.1");
    let received = "";
    socket.setEncoding("latin1").on("data", (text) => { received += text; });
    socket.write(request("/tls"));
    await once(socket, "close");
    assert.equal(received, "");
    await logged(server, /1 tls 127.0.0.1: http request/);
  });

  it("a client that does not trust the certificate is told about in the log", async () => {
    const server = await start();
    await assert.rejects(get(`${server.url}/tls`, { ca: stranger.pem }), { code: "UNABLE_TO_VERIFY_LEAF_SIGNATURE" });
    const { output } = await sClient(server, ["-CAfile", stranger.cert, "-verify_return_error"]);
    assert.match(output, /unable to get local issuer certificate/);
    await logged(server, /1 tls 127.0.0.1: tlsv1 alert unknown ca/);
  });

  it("a handshake that stalls is ended by header_timeout_ms", async () => {
    const server = await start("--header-timeout", 300);
    for (const bytes of ["", "\x16", "\x16\x03\x01\x01\x00\x01\x00\x00"]) {
      const socket = net.connect(server.port, "127.0.0.1");
      const started = Date.now();
      socket.on("error", () => {}).resume();
      socket.write(Buffer.from(bytes, "latin1"));
      await once(socket, "close");
      assert.ok(Date.now() - started >= 250);
    }
    await logged(server, /1 tls 127.0.0.1: closed before its handshake was done/);
    await until(async () => (await stats(server.plain)).descriptors < 20);
  });

  it("a handshake byte by byte is one like any other", async () => {
    const server = await start();
    const dribble = net.createServer((client) => {
      const upstream = net.connect({ port: server.port, host: "127.0.0.1", noDelay: true });
      upstream.pipe(client);
      client.on("error", () => {});
      upstream.on("error", () => {});
      client.on("close", () => upstream.destroy());
      (async () => {
        for await (const piece of client)
          for (const byte of piece)
            await new Promise((resolve) => upstream.write(Buffer.from([byte]), resolve));
      })().catch(() => {});
    });
    dribble.listen(0, "127.0.0.1");
    await once(dribble, "listening");
    cleanup.push(() => dribble.close());
    assert.equal((await get(`https://127.0.0.1:${dribble.address().port}/tls`)).text, "secure|TLSv1.3|");
  });
});

/* --- Chromium --------------------------------------------------------------------------------- */

describe("Dante over https", () => {
  const dante = process.env.SIO_DANTE;
  const canto = readFileSync(join(sourceRoot, "examples/dante/inferno-1.txt"), "utf8").trimEnd().split("\n\n");
  let browser;

  before(async () => { browser = await startBrowser(); });
  after(() => browser?.close());

  for (const page of ["", "websocket.html", "classic.html", "?transports=polling"]) {
    it(`Chromium reads ${page === "" ? "the page" : page}`, { skip: dante ? false : "built without the examples" }, async () => {
      const server = await startProgram(dante, ["--port", "0", "--interval", "20", "--tls-cert", pair.cert, "--tls-key", pair.key]);
      cleanup.push(() => server.stop());
      assert.match(server.url, /^https:/);
      const opened = await browser.open(`${server.url}/${page}`, { ignoreHTTPSErrors: true });
      cleanup.push(() => opened.context().close());
      await untilBody(opened, "state", "done");
      assert.deepEqual(await opened.$$eval(".stanza", (all) => all.map((stanza) => stanza.textContent)), canto);
      assert.deepEqual(opened.errors, []);
    });
  }
});
