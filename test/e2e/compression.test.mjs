// permessage-deflate [E10] with npm's ws and the official client, polling answers by gzip and deflate [E11].
import assert from "node:assert/strict";
import http from "node:http";
import { after, before, describe, it } from "node:test";
import zlib from "node:zlib";
import WebSocket from "ws";
import { ask, connected, next, withClients } from "./lib/client.mjs";
import { stats } from "./lib/raw.mjs";
import { startProgram } from "./lib/server.mjs";

const text = "the same words again and again; ".repeat(400);

/** A GET that shows the body as it came. */
function get(url, headers) {
  return new Promise((resolve, reject) => {
    http.get(url, { headers }, (response) => {
      const parts = [];
      response.on("data", (part) => parts.push(part));
      response.on("end", () => resolve({ status: response.statusCode, headers: response.headers, body: Buffer.concat(parts) }));
    }).on("error", reject);
  });
}

describe("polling answers", () => {
  let server;
  before(async () => { server = await startProgram(process.env.SIO_E2E_SERVER); });
  after(() => server?.stop());

  /** The answer to a poll behind `event`, by a client that accepts `encoding`. */
  async function poll(event, encoding, from = server) {
    const base = `${from.url}/socket.io/?EIO=4&transport=polling`;
    const { body } = await get(base, {});
    const url = `${base}&sid=${JSON.parse(body.toString().slice(1)).sid}`;
    const post = (packet) => fetch(url, { method: "POST", body: packet, headers: { "Content-Type": "text/plain" } });
    await post("40");
    await get(url, {});
    await post(`42${JSON.stringify(event)}`);
    return get(url, encoding === undefined ? {} : { "Accept-Encoding": encoding });
  }

  it("are compressed as the client accepts it [E11]", async () => {
    for (const [accepts, coding, inflate] of [["gzip", "gzip", zlib.gunzipSync], ["deflate", "deflate", zlib.inflateSync],
      ["gzip, deflate, br", "gzip", zlib.gunzipSync], ["gzip;q=0.5, deflate", "deflate", zlib.inflateSync]]) {
      const { status, headers, body } = await poll(["echo", text], accepts);
      assert.equal(status, 200);
      assert.equal(headers["content-encoding"], coding);
      assert.equal(headers["content-length"], String(body.length));
      assert.ok(body.length < 1000, `${body.length} bytes`);
      assert.equal(inflate(body).toString(), `42${JSON.stringify(["echo", text])}`);
    }
  });

  it("go as they are for others, and when they are small [E11]", async () => {
    for (const [event, accepts] of [[["echo", text], undefined], [["echo", text], "br"], [["echo", text], "gzip;q=0"],
      [["echo", "x".repeat(1000)], "gzip"], [["plain", 9000], "gzip"]]) {
      const { headers, body } = await poll(event, accepts);
      assert.equal(headers["content-encoding"], undefined);
      assert.equal(body.toString().slice(0, 4), "42[\"");
    }
    const { headers } = await poll(["echo", "x".repeat(1014)], "gzip"); // exactly 1024 bytes
    assert.equal(headers["content-encoding"], "gzip");
  });

  it("are several packets in one [E11]", async () => {
    const { headers, body } = await poll(["count", 300], "gzip");
    assert.equal(headers["content-encoding"], "gzip");
    const packets = zlib.gunzipSync(body).toString().split("\x1e");
    assert.equal(packets.length, 300);
    assert.equal(packets[299], "42[\"number\",299]");
  });

  it("are never compressed if the program says so [E11]", async () => {
    const plain = await startProgram(process.env.SIO_E2E_SERVER, ["--http-compression", "off"]);
    try {
      const { headers } = await poll(["echo", text], "gzip", plain);
      assert.equal(headers["content-encoding"], undefined);
    } finally {
      await plain.stop();
    }
  });
});

/** A WebSocket of npm's `ws` that offers what `offer` says, and has joined "/". */
async function join(server, offer) {
  const ws = new WebSocket(`${server.url.replace("http", "ws")}/socket.io/?EIO=4&transport=websocket`,
    { perMessageDeflate: offer });
  const messages = [], waiting = [];
  ws.on("message", (data, binary) => {
    const message = binary ? data : data.toString();
    if (message === "2")
      ws.send("3");
    else if (waiting.length > 0)
      waiting.shift()(message);
    else
      messages.push(message);
  });
  const read = () => messages.length > 0 ? messages.shift() : new Promise((resolve) => { waiting.push(resolve); });
  let terms;
  ws.on("upgrade", (response) => { terms = response.headers["sec-websocket-extensions"]; });
  ws.on("error", () => {});
  const closed = new Promise((resolve) => { ws.on("close", resolve); });
  await read();
  ws.send("40");
  while (!(await read()).startsWith("42[\"auth\""))
    ;
  return { ws, read, closed, terms, came: () => ws._socket.bytesRead };
}

describe("permessage-deflate", () => {
  let server;
  before(async () => { server = await startProgram(process.env.SIO_E2E_SERVER, ["--deflate", "500"]); });
  after(() => server?.stop());

  async function echo(client, value) {
    const before = client.came();
    const sent = `42${JSON.stringify(["echo", value])}`;
    client.ws.send(sent);
    assert.equal(await client.read(), sent);
    return client.came() - before;
  }

  for (const [title, offer] of Object.entries({
    "the usual terms": true,
    "no context takeover": { serverNoContextTakeover: true, clientNoContextTakeover: true },
    "small windows": { serverMaxWindowBits: 9, clientMaxWindowBits: 10 },
  }))
    it(`${title}: texts and binaries of all sizes, both ways [E10]`, async () => {
      const client = await join(server, offer);
      try {
        assert.match(client.ws.extensions, /permessage-deflate/);
        assert.ok(await echo(client, text) < 2000);
        assert.ok(await echo(client, text) < 2000);
        for (const length of [0, 1, 400, 499, 500, 501, 1024, 65535, 65536, 300000])
          await echo(client, "ab".repeat(length / 2));
        const bytes = Buffer.alloc(70000, "binary ");
        client.ws.send("451-[\"echo\",{\"_placeholder\":true,\"num\":0}]");
        client.ws.send(bytes);
        assert.equal(await client.read(), "451-[\"echo\",{\"_placeholder\":true,\"num\":0}]");
        assert.deepEqual(await client.read(), bytes);
      } finally {
        client.ws.terminate();
      }
    });

  it("what was sent before is remembered: the second time it is much smaller [E10]", async () => {
    const client = await join(server, true);
    const noise = Buffer.from(Array.from({ length: 6000 }, (_, i) => (i * 7919 + (i * i) % 251) % 256)).toString("base64");
    try {
      const first = await echo(client, noise), second = await echo(client, noise);
      assert.ok(second < first / 10, `${first}, then ${second}`);
    } finally {
      client.ws.terminate();
    }
  });

  it("small ones go as they are, and those of sio_compress(…, 0) [E10]", async () => {
    const client = await join(server, true);
    try {
      assert.ok(await echo(client, "x".repeat(480)) >= 490);
      const before = client.came();
      client.ws.send("42[\"plain\",9000]");
      await client.read();
      assert.ok(client.came() - before >= 9000);
    } finally {
      client.ws.terminate();
    }
  });

  it("a client that does not offer it goes without, on the same server [E10]", async () => {
    const client = await join(server, false);
    try {
      assert.equal(client.ws.extensions, "");
      assert.ok(await echo(client, text) > text.length);
    } finally {
      client.ws.terminate();
    }
  });

  it("the official client, to many, over both transports [E10]", () => withClients(
    [["websocket"], ["polling"], ["polling", "websocket"], ["websocket"]].map((transports) =>
      () => connected(server.url, { transports, perMessageDeflate: { threshold: 0 } })), async (...all) => {
      const said = all.map((socket) => next(socket, "said"));
      all[0].emit("all", text, Buffer.from(text));
      for (const heard of await Promise.all(said))
        assert.deepEqual(heard, [text, Buffer.from(text)]);
      assert.equal(await ask(all[3], "sum", 1, 2), 3);
    }));

  it("a bomb stops at the limit, and hits nobody else [E10, E6]", async () => {
    const [client, other] = [await join(server, true), await join(server, true)];
    const before = (await stats(server.url)).heap;
    try {
      client.ws.send("4".padEnd(50 * 1000 * 1000, "0"), { compress: true });
      assert.equal(await client.closed, 1009);
      await echo(other, text);
      assert.ok((await stats(server.url)).heap - before < 4 * 1000 * 1000);
    } finally {
      client.ws.terminate();
      other.ws.terminate();
    }
  });

  it("what is no DEFLATE ends its connection alone [E10]", async () => {
    const [client, other] = [await join(server, true), await join(server, true)];
    try {
      // FIN, RSV1, text, masked with zeros: a block of the type that does not exist.
      client.ws._socket.write(Buffer.from([0xc1, 0x84, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff]));
      await client.closed;
      await echo(other, text);
    } finally {
      client.ws.terminate();
      other.ws.terminate();
    }
  });

  it("is off unless the program wants it [E10]", async () => {
    const plain = await startProgram(process.env.SIO_E2E_SERVER);
    const client = await join(plain, true);
    try {
      assert.equal(client.ws.extensions, "");
    } finally {
      client.ws.terminate();
      await plain.stop();
    }
  });

  it("the program's own terms hold [E10]", async () => {
    const own = await startProgram(process.env.SIO_E2E_SERVER, ["--deflate", "0", "--own-context", "0", "--window-bits", "10"]);
    const client = await join(own, true);
    try {
      assert.match(client.terms, /server_no_context_takeover/);
      assert.match(client.terms, /server_max_window_bits=10/);
      assert.equal(await echo(client, text), await echo(client, text));
    } finally {
      client.ws.terminate();
      await own.stop();
    }
  });
});
