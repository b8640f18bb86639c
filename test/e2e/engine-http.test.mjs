// Engine.IO over HTTP: handshake, refusals, long-polling, against the echo of the conformance server.
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { ask, cutOff, ended, exchange, open, polling, upgradeRequest, websocket } from "./lib/engine.mjs";
import { Tcp } from "./lib/raw.mjs";
import { startProgram } from "./lib/server.mjs";

let server, url;

before(async () => {
  server = await startProgram(process.env.SIO_CONFORMANCE, ["engine", "--port", "0"]);
  url = server.url;
});

after(() => server?.stop());

function refused(answer, code, message, status = 400) {
  assert.equal(answer.status, status);
  assert.equal(answer.body, JSON.stringify({ code, message }));
  assert.equal(answer.headers["content-type"], "application/json");
  assert.equal(answer.headers["content-length"], String(Buffer.byteLength(answer.body)));
}

const unknown = (answer) => refused(answer, 1, "Session ID unknown");

describe("handshake", () => {
  it("[E3, E4, E6, E9, E19, E50] the open packet, byte for byte", async () => {
    const { status, headers, body } = await ask(url);
    const sid = JSON.parse(body.slice(1)).sid;
    assert.equal(status, 200);
    assert.match(sid, /^[A-Za-z0-9_-]{20}$/);
    assert.equal(body, `0{"sid":"${sid}","upgrades":["websocket"],"pingInterval":300,"pingTimeout":200,"maxPayload":1000000}`);
    assert.equal(headers["content-type"], "text/plain; charset=UTF-8");
    assert.equal(headers["content-length"], String(body.length));
    assert.equal(headers["transfer-encoding"], undefined);
  });

  it("[E19] ids do not repeat", async () => {
    const sessions = await Promise.all(Array.from({ length: 50 }, () => open(url)));
    assert.equal(new Set(sessions.map(({ sid }) => sid)).size, 50);
    await Promise.all(sessions.map((session) => session.leave()));
  });

  it("[E1, E2] the path ends at a segment, with or without a slash", async () => {
    for (const where of ["/engine.io", "/engine.io/", "/engine.io/x"])
      assert.equal((await ask(url, { where })).status, 200, where);
    for (const where of ["/engine.iofoo/", "/engine.i/", "/", "/x/engine.io/"])
      assert.equal((await ask(url, { where })).status, 501, where); // an engine alone: [E22]
  });

  it("[E83] unknown query keys are ignored, cache busters are", async () => {
    assert.equal((await ask(url, { query: `t=Pabc123&${polling}&foo=bar&empty` })).status, 200);
  });
});

describe("refusals", () => {
  it("[E8, E32] 0: no or an unknown transport", async () => {
    for (const query of ["EIO=4", "EIO=4&transport=", "EIO=4&transport=carrier-pigeon", "EIO=4&transport=webtransport"])
      refused(await ask(url, { query }), 0, "Transport unknown");
  });

  it("[E31, E32] 1: an unknown session", async () => {
    unknown(await ask(url, { query: `${polling}&sid=nobody` }));
    unknown(await ask(url, { method: "POST", query: `${polling}&sid=nobody`, body: "4x" }));
  });

  it("[E32] 2: a handshake that is no GET", async () => {
    for (const method of ["POST", "PUT", "DELETE", "PATCH"])
      refused(await ask(url, { method }), 2, "Bad handshake method");
    assert.equal((await ask(url, { method: "HEAD" })).status, 400);
  });

  it("[E32] 3: a WebSocket without an upgrade", async () => {
    refused(await ask(url, { query: websocket }), 3, "Bad request");
  });

  it("[E14, E32] 5: no or another version of the protocol", async () => {
    for (const query of ["transport=polling", "EIO=5&transport=polling", "EIO=abc&transport=polling"])
      refused(await ask(url, { query }), 5, "Unsupported protocol version");
  });

  it("[E30] in their order", async () => {
    const session = await open(url);
    refused(await ask(url, { method: "POST", query: "sid=nobody" }), 0, "Transport unknown");
    unknown(await ask(url, { method: "POST", query: "transport=websocket&sid=nobody" }));
    refused(await ask(url, { query: `EIO=3&transport=websocket&sid=${session.sid}` }), 3, "Bad request");
    refused(await ask(url, { query: `EIO=3&transport=polling&sid=${session.sid}` }), 3, "Bad request");
    refused(await ask(url, { method: "POST", query: "EIO=3&transport=websocket" }), 2, "Bad handshake method");
    refused(await ask(url, { query: "EIO=3&transport=websocket" }), 3, "Bad request");
    assert.equal((await session.post("6")).status, 200, "the session has not noticed");
    await session.leave();
  });

  it("[E30] a different protocol for the same session", async () => {
    const session = await open(url);
    refused(await ask(url, { query: `EIO=3&transport=polling&sid=${session.sid}` }), 3, "Bad request");
    await session.leave();
  });

  it("[E33] an upgrade's refusal, byte for byte", async () => {
    const refusal = (message) => "HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-type: text/html\r\n"
      + `Content-Length: ${message.length}\r\n\r\n${message}`;
    const answers = [
      [`${websocket}&sid=nobody`, "Session ID unknown"],
      ["EIO=4&transport=x", "Transport unknown"],
      ["EIO=5&transport=websocket", "Unsupported protocol version"], // [E34]
      ["transport=websocket", "Unsupported protocol version"],
      [polling, "Bad request"], // [E37]
    ];
    for (const [query, message] of answers)
      assert.equal(await exchange(server.port, upgradeRequest(query)), refusal(message));
  });

  it("[E36] a WebSocket handshake that is none", async () => {
    for (const bad of [{ key: "" }, { key: "short" }, { version: "12" }])
      assert.match(await exchange(server.port, upgradeRequest(websocket, bad)), /^HTTP\/1\.1 400 /);
    assert.match(await exchange(server.port, upgradeRequest(websocket, { version: "12" })), /Sec-WebSocket-Version: 13, 8/);
  });

  it("[E38] other methods on a live session", async () => {
    const session = await open(url);
    for (const method of ["PUT", "DELETE"]) {
      const { status, body } = await ask(url, { method, query: session.query });
      assert.deepEqual([status, body], [500, ""]);
    }
    assert.equal((await session.leave()).body, "ok");
  });
});

describe("headers", () => {
  it("[E44] of polls and POSTs", async () => {
    const session = await open(url);
    const post = await session.post("4x");
    const poll = await session.poll();
    for (const { headers } of [post, poll]) {
      assert.equal(headers["cache-control"], "no-store");
      assert.equal(headers["x-xss-protection"], undefined);
    }
    assert.equal(post.headers["content-type"], "text/html");
    assert.equal(poll.headers["content-type"], "text/plain; charset=UTF-8");
    for (const agent of ["Mozilla/4.0 (compatible;MSIE 8.0; Windows NT 6.1)", "Mozilla/5.0 (Trident/7.0; rv:11.0)"])
      assert.equal((await ask(url, { headers: { "user-agent": agent } })).headers["x-xss-protection"], "0");
    await session.leave();
  });

  it("[E41, E42] of CORS, on everything", async () => {
    const headers = { origin: "http://a.example" };
    const preflight = await ask(url, {
      method: "OPTIONS", headers: { ...headers, "access-control-request-method": "POST" },
    });
    assert.equal(preflight.status, 204);
    assert.equal(preflight.headers["access-control-allow-origin"], "*");
    assert.equal(preflight.headers["access-control-allow-methods"], "GET,HEAD,PUT,PATCH,POST,DELETE");
    for (const query of [polling, "EIO=4", `${polling}&sid=nobody`])
      assert.equal((await ask(url, { query, headers })).headers["access-control-allow-origin"], "*");
    const session = await open(url);
    const tooBig = await session.post("4".repeat(1000001), { headers });
    assert.equal(tooBig.status, 413);
    assert.equal(tooBig.headers["access-control-allow-origin"], "*");
    await session.leave();
    const tcp = await Tcp.open(server.port);
    await tcp.upgrade(websocket, "/engine.io/");
    assert.match(tcp.received, /^HTTP\/1\.1 101 [^]*\r\nAccess-Control-Allow-Origin: \*\r\n/i);
    tcp.fin();
    await tcp.closed;
  });
});

describe("long-polling", () => {
  it("[E51, E52] payloads of text and binary both ways", async () => {
    const session = await open(url);
    const payload = "4hello\x1ebAQIDBA==\x1e4\x1e4è 日本 😀\x1eb";
    const post = await session.post(payload);
    assert.deepEqual([post.status, post.body, post.headers["content-length"]], [200, "ok", "2"]);
    assert.equal((await session.poll()).body, payload);
    await session.leave();
  });

  it("[E51] ten thousand packets in one payload", async () => {
    const session = await open(url);
    const payload = Array.from({ length: 10000 }, (_, i) => `4${i}`).join("\x1e");
    assert.equal((await session.post(payload)).body, "ok");
    assert.equal((await session.poll()).body, payload);
    await session.leave();
  });

  it("[E50] a poll waits for what comes", async () => {
    const session = await open(url);
    const poll = session.poll();
    assert.equal((await session.post("4later")).body, "ok");
    assert.equal((await poll).body, "4later");
    await session.leave();
  });

  it("[E52] bytes that are no UTF-8 are replaced", async () => {
    const session = await open(url);
    assert.equal((await session.post(Buffer.from([0x34, 0x61, 0xff, 0x62, 0xe2, 0x82]))).body, "ok");
    assert.equal((await session.poll()).body, "4a\ufffdb\ufffd");
    await session.leave();
  });

  it("[E52] a body that comes byte by byte, sized and chunked", async () => {
    const session = await open(url);
    const head = `POST /engine.io/?${session.query} HTTP/1.1\r\nHost: x\r\n`;
    const tcp = await Tcp.open(server.port);
    for (const text of [`${head}Content-Length: 6\r\n\r\n4first`, `${head}Transfer-Encoding: chunked\r\n\r\n4\r\n4sec\r\n3\r\nond\r\n0\r\n\r\n`]) {
      tcp.received = "";
      for (const byte of text)
        tcp.write(byte);
      await tcp.until("\r\n\r\nok");
    }
    tcp.fin();
    await tcp.closed;
    assert.equal((await session.poll()).body, "4first\x1e4second");
    await session.leave();
  });

  it("[E53] a binary POST ends the session", async () => {
    const session = await open(url);
    const post = await session.post("4x", { headers: { "content-type": "application/octet-stream" } });
    assert.deepEqual([post.status, post.body], [400, ""]);
    unknown(await session.poll());
  });

  it("[E54] a body that is too large is refused, the session goes on", async () => {
    const session = await open(url);
    const large = "4" + "x".repeat(1000000);
    const post = await session.post(large);
    assert.deepEqual([post.status, post.body], [413, ""]);
    const chunked = await session.post(large, { headers: { "transfer-encoding": "chunked" } });
    assert.deepEqual([chunked.status, chunked.body], [413, ""]);
    const largest = large.slice(0, -1);
    assert.equal((await session.post(largest)).body, "ok");
    assert.ok((await session.poll()).body === largest);
    await session.leave();
  });

  it("[E55] a second poll ends the session, the first gets its close", async () => {
    const session = await open(url);
    const first = session.poll();
    await new Promise((resolve) => setTimeout(resolve, 20));
    const second = await session.poll();
    assert.deepEqual([second.status, second.body], [400, ""]);
    assert.deepEqual([(await first).status, (await first).body], [200, "1"]);
    unknown(await session.poll());
  });

  it("[E56] a second POST ends the session", async () => {
    const session = await open(url);
    const tcp = await Tcp.open(server.port);
    tcp.write(`POST /engine.io/?${session.query} HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n4ab`);
    await new Promise((resolve) => setTimeout(resolve, 20));
    const second = await session.post("4x");
    assert.deepEqual([second.status, second.body], [400, ""]);
    await cutOff(tcp);
    assert.equal(tcp.received, "");
    unknown(await session.poll());
  });

  for (const how of ["fin", "rst"])
    it(`[E56] a poll or POST that breaks off (${how}) ends the session`, async () => {
      for (const text of ["GET ?", "POST ?\r\nContent-Length: 10"]) {
        const session = await open(url);
        const tcp = await Tcp.open(server.port);
        const [line, ...rest] = text.replace("?", `/engine.io/?${session.query} HTTP/1.1`).split("\r\n");
        tcp.write([line, "Host: x", ...rest, "", text.startsWith("POST") ? "4abc" : ""].join("\r\n"));
        await new Promise((resolve) => setTimeout(resolve, 20));
        tcp[how]();
        await tcp.closed;
        const { status } = await session.poll();
        assert.equal(status, 400, text);
      }
    });

  it("[E57, E83] a bad packet ends the session; what came before it was taken", async () => {
    for (const bad of ["", "x", "4a\x1e", "4a\x1e\x1e4b", "7", "abc"]) {
      const session = await open(url);
      const poll = session.poll();
      await new Promise((resolve) => setTimeout(resolve, 10));
      assert.equal((await session.post(bad)).status, 400, JSON.stringify(bad));
      assert.equal((await poll).body, bad.startsWith("4a") ? "4a\x1e1" : "1");
      unknown(await session.poll());
    }
  });

  it("[E58] the client's close releases its poll", async () => {
    const session = await open(url);
    const poll = session.poll();
    await new Promise((resolve) => setTimeout(resolve, 10));
    assert.equal((await session.leave()).body, "ok");
    assert.equal((await poll).body, "6");
    unknown(await session.poll());
  });

  it("[E71] a PING from the client ends the session", async () => {
    const session = await open(url);
    await session.post("2");
    unknown(await session.poll());
  });

  it("a poll or POST on one kept-alive connection, pipelined too", async () => {
    const session = await open(url);
    const tcp = await Tcp.open(server.port);
    const get = `GET /engine.io/?${session.query} HTTP/1.1\r\nHost: x\r\n\r\n`;
    const post = (body) => `POST /engine.io/?${session.query} HTTP/1.1\r\nHost: x\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
    tcp.write(post("4a") + get + post("4b") + post("4c") + get);
    await tcp.until("4b\x1e4c");
    assert.equal(tcp.received.match(/HTTP\/1\.1 200 OK/g).length, 5);
    tcp.fin();
    await tcp.closed;
    await session.leave();
  });

  it("a session that its client left is unknown", async () => {
    const session = await open(url);
    await session.leave();
    await ended(session);
  });
});
