// Raw WebSocket endpoints (RFC 6455) against the echo of the conformance server.
import assert from "node:assert/strict";
import { once } from "node:events";
import http from "node:http";
import { after, before, describe, it } from "node:test";
import WebSocket from "ws";
import { Tcp } from "./lib/raw.mjs";
import { startProgram } from "./lib/server.mjs";

let server, url;

before(async () => {
  server = await startProgram(process.env.SIO_CONFORMANCE, ["websocket", "--port", "0"]);
  url = server.url.replace("http", "ws");
});

after(() => server?.stop());

async function open(path = "/", protocols = [], options = {}) {
  const ws = new WebSocket(url + path, protocols, { perMessageDeflate: false, ...options });
  await once(ws, "open");
  return ws;
}

async function close(ws) {
  const closed = once(ws, "close");
  ws.close();
  await closed;
}

async function echoed(ws, message) {
  const answer = once(ws, "message");
  ws.send(message);
  const [data, binary] = await answer;
  return binary ? data : data.toString();
}

describe("echo", () => {
  for (const size of [0, 1, 125, 126, 65535, 65536, 1 << 20, 16 << 20])
    it(`of ${size} bytes`, async () => {
      const ws = await open();
      const binary = Buffer.alloc(size, Buffer.from([...Array(251).keys()]));
      assert.equal(Buffer.compare(await echoed(ws, binary), binary), 0);
      const text = "x".repeat(size);
      assert.ok(await echoed(ws, text) === text);
      await close(ws);
    });

  it("of text in many scripts", async () => {
    const ws = await open();
    for (const text of ["ciò che", "Ελλάδα", "日本語", "😀🏳️‍🌈", "\0\x7f\u0080\u07ff\u0800\uffff\u{10ffff}"])
      assert.equal(await echoed(ws, text), text);
    const long = "è un città però ".repeat(100000);
    assert.ok(await echoed(ws, long) === long);
    await close(ws);
  });

  it("of many messages in order", async () => {
    const ws = await open();
    const answers = [];
    ws.on("message", (data) => answers.push(data.toString()));
    const sent = Array.from({ length: 20000 }, (_, i) => `message ${i}`);
    sent.forEach((text) => ws.send(text));
    while (answers.length < sent.length)
      await once(ws, "message");
    assert.deepEqual(answers, sent);
    await close(ws);
  });

  it("on any path, with the first protocol offered", async () => {
    const ws = await open("/any/path?x=1", ["one", "two"]);
    assert.equal(ws.protocol, "one");
    assert.equal(await echoed(ws, "here"), "here");
    await close(ws);
  });
});

describe("fragments", () => {
  for (const [count, size] of [[2, 1], [100, 1000], [65536, 64]])
    it(`${count} of ${size} bytes`, async () => {
      const ws = await open();
      const answer = once(ws, "message");
      const part = Buffer.alloc(size, "0123456789");
      for (let i = 1; i <= count; i++)
        ws.send(part, { fin: i === count, binary: true });
      const [data] = await answer;
      assert.equal(Buffer.compare(data, Buffer.alloc(size * count, part)), 0);
      await close(ws);
    });

  it("with pings between them, cut in the midst of a letter", async () => {
    const ws = await open();
    const pongs = [];
    ws.on("pong", (data) => pongs.push(data.toString()));
    const answer = once(ws, "message");
    const bytes = Buffer.from("a€😀");
    bytes.forEach((byte, i) => {
      ws.send(Buffer.from([byte]), { fin: false, binary: false });
      ws.ping(`p${i}`);
    });
    ws.send("", { fin: true });
    const [data, binary] = await answer;
    assert.equal(binary, false);
    assert.equal(data.toString(), "a€😀");
    assert.deepEqual(pongs, [...bytes.keys()].map((i) => `p${i}`));
    await close(ws);
  });
});

describe("ping", () => {
  for (const payload of ["", "hello", "x".repeat(125)])
    it(`with ${payload.length} bytes is answered`, async () => {
      const ws = await open();
      const pong = once(ws, "pong");
      ws.ping(payload);
      assert.equal((await pong)[0].toString(), payload);
      await close(ws);
    });

  it("an unasked pong is taken silently", async () => {
    const ws = await open();
    ws.pong("hello");
    assert.equal(await echoed(ws, "still here"), "still here");
    await close(ws);
  });
});

describe("close", () => {
  for (const [code, reason] of [[1000, ""], [1000, "bye"], [1011, "ö".repeat(61)], [1014, ""], [3000, ""], [4999, "x"]])
    it(`with ${code} and ${reason.length} letters is echoed`, async () => {
      const ws = await open();
      const closed = once(ws, "close");
      ws.close(code, reason);
      const [gotCode, gotReason] = await closed;
      assert.equal(gotCode, code);
      assert.equal(gotReason.toString(), reason);
    });

  it("without a code", async () => {
    const ws = await open();
    const closed = once(ws, "close");
    ws.close();
    assert.equal((await closed)[0], 1005);
  });
});

/** A frame with a mask of zeros, whose header says what it likes. */
function raw(first, payload = "", length = Buffer.byteLength(payload, "latin1"), mask = 0x80) {
  const head = length < 126 ? Buffer.from([first, mask | length])
    : length < 65536 ? Buffer.from([first, mask | 126, length >> 8, length & 255])
      : Buffer.alloc(10);
  if (length >= 65536) {
    head[0] = first;
    head[1] = mask | 127;
    head.writeBigUInt64BE(BigInt(length), 2);
  }
  return Buffer.concat([head, Buffer.alloc(mask ? 4 : 0), Buffer.from(payload, "latin1")]);
}

async function upgraded() {
  const tcp = await Tcp.open(server.port);
  await tcp.upgrade("x=1", "/");
  tcp.received = "";
  return tcp;
}

const closeFrame = (code) => String.fromCharCode(0x88, 2, code >> 8, code & 255);

describe("what is wrong is answered with", () => {
  const limit = (16 << 20) + 1024;
  const cases = [
    ["an unmasked frame", 1002, raw(0x81, "a", 1, 0)],
    ["RSV1", 1002, raw(0xc1, "a")],
    ["RSV2", 1002, raw(0xa1, "a")],
    ["RSV3 on a ping", 1002, raw(0x99)],
    ["a reserved data opcode", 1002, raw(0x83)],
    ["a reserved control opcode", 1002, raw(0x8f)],
    ["a fragmented ping", 1002, raw(0x09)],
    ["a long ping", 1002, raw(0x89, "x".repeat(126))],
    ["a continuation of nothing", 1002, raw(0x80, "a")],
    ["a new message amid fragments", 1002, raw(0x01, "a"), raw(0x81, "b")],
    ["a length with the top bit", 1002, Buffer.from([0x82, 0xff, 0x80, 0, 0, 0, 0, 0, 0, 0])],
    ["a length not in its shortest form", 1002, Buffer.from([0x82, 0xfe, 0, 5, 0, 0, 0, 0])],
    ["a close of one byte", 1002, raw(0x88, "\x03")],
    ...[0, 999, 1004, 1005, 1006, 1015, 2999, 5000].map((code) =>
      [`close code ${code}`, 1002, raw(0x88, String.fromCharCode(code >> 8, code & 255))]),
    ["a close reason that is no text", 1007, raw(0x88, "\x03\xe8\xff")],
    ["text that is no UTF-8", 1007, raw(0x81, "\xc0\xaf")],
    ["half a letter", 1007, raw(0x81, "a\xe2\x82")],
    ["a first fragment gone wrong", 1007, raw(0x01, "a\xff")],
    ["the first half of a frame gone wrong", 1007, raw(0x81, "\xed\xa0", 1000)],
    ["a message above the limit, by its header", 1009, raw(0x82, "", limit + 1)],
    ["fragments above the limit, by their headers", 1009, raw(0x02, "a"), raw(0x80, "", limit)],
  ];
  for (const [what, code, ...frames] of cases)
    it(`${code}: ${what}`, async () => {
      const tcp = await upgraded();
      tcp.write(...frames);
      await tcp.until(closeFrame(code));
      assert.equal(tcp.received, closeFrame(code));
      await once(tcp.socket, "end"); // the server is the first to close
      tcp.fin();
      await tcp.closed;
    });
});

describe("the handshake", () => {
  const ask = (headers, method = "GET") => new Promise((resolve, reject) => {
    http.request(server.url, { method, agent: false, headers: {
      Connection: "Upgrade",
      Upgrade: "websocket",
      "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
      "Sec-WebSocket-Version": "13",
      ...headers,
    } }).on("upgrade", (response, socket) => {
      socket.destroy();
      resolve(response);
    }).on("response", async (response) => {
      response.body = "";
      for await (const piece of response)
        response.body += piece;
      resolve(response);
    }).on("error", reject).end();
  });

  it("accepts versions 13 and 8", async () => {
    for (const version of ["13", "8"]) {
      const response = await ask({ "Sec-WebSocket-Version": version, Upgrade: "WebSocket" });
      assert.equal(response.statusCode, 101);
      assert.equal(response.headers.upgrade, "websocket");
      assert.equal(response.headers.connection, "Upgrade");
      assert.equal(response.headers["sec-websocket-accept"], "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
      assert.equal(response.headers["sec-websocket-protocol"], undefined);
      assert.equal(response.headers["sec-websocket-extensions"], undefined);
    }
  });

  it("takes the one extension it knows, in the terms of the offer, and no other [E10]", async () => {
    for (const [offer, answer] of [["permessage-deflate", "permessage-deflate"],
      ["permessage-deflate; server_no_context_takeover", "permessage-deflate; server_no_context_takeover"],
      ["permessage-bzip2", undefined], ["x-other, permessage-deflate; unknown=1", undefined]]) {
      const response = await ask({ "Sec-WebSocket-Extensions": offer });
      assert.equal(response.statusCode, 101);
      assert.equal(response.headers["sec-websocket-extensions"], answer);
    }
  });

  const refused = [
    ["a short key", { "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25j" }, "Missing or invalid Sec-WebSocket-Key header"],
    ["a key that is no base64", { "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25j.Q==" }, "Missing or invalid Sec-WebSocket-Key header"],
    ["version 7", { "Sec-WebSocket-Version": "7" }, "Missing or invalid Sec-WebSocket-Version header"],
    ["a protocol that is no token", { "Sec-WebSocket-Protocol": "a b" }, "Invalid Sec-WebSocket-Protocol header"],
  ];
  for (const [what, headers, body] of refused)
    it(`refuses ${what}`, async () => {
      const response = await ask(headers);
      assert.equal(response.statusCode, 400);
      assert.equal(response.body, body);
      assert.equal(response.headers.connection, "close");
      assert.equal(response.headers["sec-websocket-version"], what === "version 7" ? "13, 8" : undefined);
    });

  it("takes frames that come with it in one piece", async () => {
    const tcp = await Tcp.open(server.port);
    tcp.write(Buffer.concat([
      Buffer.from("GET / HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: keep-alive, Upgrade\r\n" +
        "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"),
      raw(0x81, "one"), raw(0x82, "two"), raw(0x88),
    ]));
    await once(tcp.socket, "end");
    assert.ok(tcp.received.startsWith("HTTP/1.1 101 Switching Protocols\r\n"));
    assert.ok(tcp.received.endsWith("\r\n\r\n\x81\x03one\x82\x03two\x88\x00"));
    tcp.fin();
    await tcp.closed;
  });
});

it("bytes may come one at a time", async () => {
  const tcp = await upgraded();
  tcp.socket.setNoDelay(true);
  const bytes = Buffer.concat([raw(0x81, "hello"), raw(0x01, "fra"), raw(0x89, "p"), raw(0x80, "gments"), raw(0x88)]);
  for (const byte of bytes) {
    tcp.write(Buffer.from([byte]));
    await new Promise((resolve) => setImmediate(resolve));
  }
  await once(tcp.socket, "end");
  assert.equal(tcp.received, "\x81\x05hello\x8a\x01p\x81\x09fragments\x88\x00");
  tcp.fin();
});

it("who vanishes in the midst leaves the others alone", async () => {
  const stays = await open();
  const middles = [raw(0x81, "a", 1000), raw(0x01, "a"), raw(0x02, "a", 70000), Buffer.from([0x81]), raw(0x88, "", 2)];
  for (const middle of middles)
    for (const how of ["fin", "rst"]) {
      const tcp = await upgraded();
      tcp.write(middle);
      await new Promise((resolve) => tcp.socket.write("", resolve));
      tcp[how]();
      await tcp.closed;
    }
  assert.equal(await echoed(stays, "still here"), "still here");
  await close(stays);
});

it("a server that ends says 1001", async () => {
  const own = await startProgram(process.env.SIO_CONFORMANCE, ["websocket", "--port", "0"]);
  const sockets = await Promise.all([1, 2, 3].map(async () => {
    const ws = new WebSocket(own.url.replace("http", "ws"));
    await once(ws, "open");
    return ws;
  }));
  const closed = sockets.map((ws) => once(ws, "close"));
  await own.stop();
  assert.deepEqual((await Promise.all(closed)).map(([code]) => code), [1001, 1001, 1001]);
});
