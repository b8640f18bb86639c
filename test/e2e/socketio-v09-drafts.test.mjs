// The WebSocket transport of Socket.IO 0.9 in all its versions [L3]: 13, 8 and 7, and the drafts hixie-75 and -76.
import assert from "node:assert";
import { after, before, describe, it } from "node:test";
import { DRAFTS, draftKey, VERSIONS, Wire } from "./lib/drafts.mjs";
import { request } from "./lib/http.mjs";
import { forward, startNginx } from "./lib/nginx.mjs";
import { Socket, stats, Tcp } from "./lib/raw.mjs";
import { startProgram, until } from "./lib/server.mjs";

const ALL = [...DRAFTS, ...VERSIONS];
const auth = '5:::{"name":"auth","args":[{}]}';

let server, url;
before(async () => {
  server = await startProgram(process.env.SIO_E2E_SERVER, ["--port", "0", "--eio3", "on", "--v09", "on", "--max-payload", "100000"]);
  url = server.url;
});
after(() => server.stop());

const handshake = async (at = url) => (await request(`${at}/socket.io/1/?t=1`)).text.split(":")[0];
const pathOf = (sid) => `/socket.io/1/websocket/${sid}`;

/** A session over a WebSocket of @p version, its "1::" and greeting read. */
async function connect(version, at = url) {
  const wire = await Wire.open(at, pathOf(await handshake(at)), version);
  assert.strictEqual(await wire.next(), "1::");
  assert.strictEqual(await wire.next(), auth);
  return wire;
}

async function disconnects(at = url) {
  return (await stats(at)).disconnects;
}

/** Runs @p act, after which one session more has ended for @p reason. */
async function ends(reason, act, at = url) {
  const before = (await disconnects(at))[reason];
  await act();
  await until(async () => (await disconnects(at))[reason] === before + 1, 5000, reason);
}

const asked = (wire) => { wire.send('5:1+::{"name":"ack","args":["still there"]}'); };

describe("each version", () => {
  for (const version of ALL) {
    it(`[L3] version ${version}: events, messages, acks of both kinds, namespaces`, async () => {
      const wire = await connect(version);
      wire.send('5:::{"name":"echo","args":["€ 😀\\u0000",{"a":null}]}');
      assert.strictEqual(await wire.next(), '5:::{"name":"echo","args":["€ 😀\\u0000",{"a":null}]}');
      wire.send('5:7+::{"name":"ack","args":["é"]}', "3:8::hello");
      assert.strictEqual(await wire.next(), '6:::7+["é"]');
      assert.strictEqual(await wire.next(), "6:::8");
      wire.send('5:::{"name":"ask","args":[5000]}');
      const question = await wire.next();
      const [, id] = /^5:(\d+)\+::\{"name":"question"/.exec(question) ?? assert.fail(question);
      wire.send(`6:::${id}+["yes"]`);
      assert.strictEqual(await wire.next(), '5:::{"name":"answer","args":["yes"]}');
      wire.send("1::/custom:?x=1", "1::/refused");
      assert.strictEqual(await wire.next(), "1::/custom");
      assert.strictEqual(await wire.next(), '5::/custom:{"name":"auth","args":[{"x":"1"}]}');
      assert.strictEqual(await wire.next(), "7::/refused:2");
      wire.send('5:2+::{"name":"self","args":[]}');
      assert.match(await wire.next(), /^6:::2\+\[\{"id":"[^"]+","transport":"websocket",/);
      wire.close();
    });
    it(`[L3] version ${version}: a message cut anywhere, several in one piece`, async () => {
      const wire = await connect(version);
      const bytes = wire.frame('5:1+::{"name":"ack","args":["é"]}');
      for (const byte of bytes)
        wire.tcp.write(Buffer.from([byte]));
      assert.strictEqual(await wire.next(), '6:::1+["é"]');
      wire.tcp.write(Buffer.concat([bytes, bytes, bytes.subarray(0, 5)]));
      assert.strictEqual(await wire.next(), '6:::1+["é"]');
      assert.strictEqual(await wire.next(), '6:::1+["é"]');
      wire.tcp.write(bytes.subarray(5));
      assert.strictEqual(await wire.next(), '6:::1+["é"]');
      wire.close();
    });
    it(`[L3, L13] version ${version}: the client's goodbye, the server's, a closing frame, FIN, RST`, async () => {
      await ends("client namespace disconnect", async () => {
        const polite = await connect(version);
        polite.send("0::");
        assert.strictEqual(await polite.next(), "0::");
        assert.strictEqual(await polite.next(), null);
        await polite.leave();
      });
      await ends("server namespace disconnect", async () => {
        const kicked = await connect(version);
        kicked.send('5:::{"name":"kick","args":[true]}');
        assert.strictEqual(await kicked.next(), "0::");
        assert.strictEqual(await kicked.next(), null);
        await kicked.leave();
      });
      if (version !== 75)
        await ends("transport close", async () => {
          const closing = await connect(version);
          closing.sendClose();
          assert.strictEqual(await closing.next(), null);
          await closing.tcp.ended();
          closing.close();
        });
      await ends("transport close", async () => {
        const ended = await connect(version);
        ended.tcp.fin();
        await ended.tcp.closed;
      });
      await ends("transport close", async () => (await connect(version)).tcp.rst());
    });
    it(`[L3, L8] version ${version}: a sid nobody has: reconnect`, async () => {
      const wire = await Wire.open(url, pathOf("nobody"), version);
      assert.strictEqual(await wire.next(), "7:::1+0");
      assert.strictEqual(await wire.next(), null);
      await wire.leave();
    });
    it(`[L3, L6] version ${version}: from polling, which leaves what has waited, and back to it`, async () => {
      const sid = await handshake();
      const where = `${url}/socket.io/1/xhr-polling/${sid}`;
      assert.strictEqual((await request(where)).text, "1::");
      assert.strictEqual((await request(where)).text, auth);
      await request(where, { method: "POST", body: '5:::{"name":"echo","args":["é"]}' });
      await request(where, { method: "POST", body: '5:::{"name":"echo","args":[2]}' });
      const wire = await Wire.open(url, pathOf(sid), version);
      assert.strictEqual(await wire.next(), '5:::{"name":"echo","args":["é"]}');
      assert.strictEqual(await wire.next(), '5:::{"name":"echo","args":[2]}');
      wire.send('5:::{"name":"echo","args":[3]}');
      assert.strictEqual(await wire.next(), '5:::{"name":"echo","args":[3]}');
      const pending = request(where);
      assert.strictEqual(await wire.next(), null);
      await wire.leave();
      await request(where, { method: "POST", body: '5:::{"name":"echo","args":[4]}' });
      assert.strictEqual((await pending).text, '5:::{"name":"echo","args":[4]}');
      await request(`${where}?disconnect=1`);
    });
    it(`[L3, L6] version ${version}: a second one takes the place of the first`, async () => {
      const sid = await handshake();
      const first = await Wire.open(url, pathOf(sid), version);
      assert.strictEqual(await first.next(), "1::");
      assert.strictEqual(await first.next(), auth);
      const second = await Wire.open(url, pathOf(sid), version);
      assert.strictEqual(await first.next(), null);
      await first.leave();
      asked(second);
      assert.strictEqual(await second.next(), '6:::1+["still there"]');
      second.close();
    });
    it(`[L3] version ${version}: more than maxPayload ends the session`, async () => {
      await ends("transport error", async () => {
        const wire = await connect(version);
        if (version < 75) // what the header says is enough
          wire.tcp.write(Buffer.from([0x81, 0xff, 0, 0, 0, 0, 0, 1, 0x86, 0xa1, 0, 0, 0, 0]));
        else
          wire.send(`3:::${"x".repeat(99997)}`);
        assert.strictEqual(await wire.next(), null);
        wire.close();
      });
    });
  }

  it("[L3] a broadcast to all of them together, and to a modern client", async () => {
    const wires = await Promise.all([...ALL, ...ALL].map((version) => connect(version)));
    const modern = await Socket.connect(url);
    for (const wire of wires) {
      wire.send('5:1+::{"name":"join","args":["drafts"]}');
      assert.match(await wire.next(), /^6:::1\+/);
    }
    const answers = new Promise((resolve) => modern.next().then(resolve));
    modern.send('4210["join","drafts"]');
    assert.strictEqual(await answers, "4310[0]");
    wires[0].send('5:::{"name":"in","args":["drafts","é😀"]}');
    for (const wire of wires)
      assert.strictEqual(await wire.next(), '5:::{"name":"said","args":["drafts","é😀"]}');
    assert.strictEqual(await modern.next(), '42["said","drafts","é😀"]');
    wires.forEach((wire) => wire.close());
    modern.close();
  });
});

describe("what the drafts answer", () => {
  it("[L3] 76: the header as the draft has it, ws or wss, the protocol offered", async () => {
    const sid = await handshake();
    const wire = await Wire.open(url, `${pathOf(sid)}?t=%20x`, 76, "http://page.example:8080");
    assert.strictEqual(wire.header, "HTTP/1.1 101 WebSocket Protocol Handshake\r\nUpgrade: WebSocket\r\nConnection: Upgrade\r\n" +
      `Sec-WebSocket-Origin: http://page.example:8080\r\nSec-WebSocket-Location: ws://${new URL(url).host}${pathOf(sid)}?t=%20x\r\n\r\n`);
    wire.close();
  });
  it("[L3] 75: the bytes that its clients compare, no digest", async () => {
    const sid = await handshake();
    const wire = await Wire.open(url, pathOf(sid), 75, "null");
    assert.strictEqual(wire.header, "HTTP/1.1 101 Web Socket Protocol Handshake\r\nUpgrade: WebSocket\r\nConnection: Upgrade\r\n" +
      `WebSocket-Origin: null\r\nWebSocket-Location: ws://${new URL(url).host}${pathOf(sid)}\r\n\r\n`);
    assert.strictEqual(await wire.next(), "1::");
    wire.close();
  });
  it("[L3] 76: the example of the draft", async () => {
    const tcp = await Tcp.open(server.port);
    tcp.write(`GET ${pathOf("nobody")} HTTP/1.1\r\nHost: example.com\r\nConnection: Upgrade\r\n` +
      "Sec-WebSocket-Key2: 12998 5 Y3 1  .P00\r\nSec-WebSocket-Protocol: sample\r\nUpgrade: WebSocket\r\n" +
      "Sec-WebSocket-Key1: 4 @1  46546xW%0l 1 5\r\nOrigin: http://example.com\r\n\r\n^n:ds[4U");
    await tcp.until("\r\nSec-WebSocket-Protocol: sample\r\n\r\n8jKS'y:G*Co,Wxa-\x007:::1+0\xff\xff\x00");
    tcp.write(Buffer.from([0xff, 0]));
    await tcp.ended();
    tcp.socket.destroy();
  });
  it("[L3] 76: the 8 bytes late and in pieces: the header is answered before, what is sent waits", async () => {
    const sid = await handshake();
    const wire = await Wire.begin(url, pathOf(sid), 76);
    assert.match(await wire.answered(), /^HTTP\/1.1 101 /);
    // The session is there, and its greeting waits for the digest; so does a broadcast.
    await until(async () => (await stats(url)).sockets["/"] > 0);
    const other = await connect(13);
    other.send('5:::{"name":"all","args":["meanwhile"]}');
    assert.strictEqual(await other.next(), '5:::{"name":"said","args":["meanwhile"]}');
    for (const byte of wire.body.subarray(0, 7))
      wire.tcp.write(Buffer.from([byte]));
    asked(other);
    assert.strictEqual(await other.next(), '6:::1+["still there"]');
    assert.strictEqual(wire.rest, "");
    // The last one brings a message along.
    wire.tcp.write(Buffer.concat([wire.body.subarray(7), wire.frame('5:2+::{"name":"ack","args":[1]}')]));
    await wire.opened();
    assert.strictEqual(await wire.next(), "1::");
    assert.strictEqual(await wire.next(), auth);
    assert.strictEqual(await wire.next(), '5:::{"name":"said","args":["meanwhile"]}');
    assert.strictEqual(await wire.next(), "6:::2+[1]");
    wire.close();
    other.close();
  });
  it("[L3] 76: the 8 bytes as a body with its length, as some clients send them", async () => {
    const tcp = await Tcp.open(server.port);
    tcp.write(`GET ${pathOf(await handshake())} HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: WebSocket\r\n` +
      "Sec-WebSocket-Key1: 4 @1  46546xW%0l 1 5\r\nSec-WebSocket-Key2: 12998 5 Y3 1  .P00\r\nContent-Length: 8\r\n\r\n^n:d");
    tcp.write("s[4U");
    await tcp.until(`\r\n\r\n8jKS'y:G*Co,Wxa-\x001::\xff\x00${auth}\xff`);
    tcp.socket.destroy();
  });
  it("[L3] through a proxy that lets upgrades pass", async () => {
    const nginx = await startNginx(forward("/", server));
    try {
      for (const version of ALL) {
        const wire = await connect(version, nginx.url);
        wire.send('5:1+::{"name":"ack","args":["é"]}');
        assert.strictEqual(await wire.next(), '6:::1+["é"]');
        wire.close();
      }
    } finally {
      await nginx.stop();
    }
  });
  it("[L3] 76: one that does not send them falls back to polling, and loses nothing", async () => {
    const sid = await handshake();
    const wire = await Wire.begin(url, pathOf(sid), 76);
    await wire.answered();
    const where = `${url}/socket.io/1/xhr-polling/${sid}`;
    assert.strictEqual((await request(where)).text, "1::");
    assert.strictEqual((await request(where)).text, auth);
    await wire.tcp.ended();
    assert.strictEqual(wire.rest, "");
    wire.close();
    await request(`${where}?disconnect=1`);
  });
  it("[L3] 76: disconnected by the server before it has opened: told when it has", async () => {
    const sid = await handshake();
    const where = `${url}/socket.io/1/xhr-polling/${sid}`;
    assert.strictEqual((await request(where)).text, "1::");
    const wire = await Wire.begin(url, pathOf(sid), 76);
    await wire.answered();
    await ends("server namespace disconnect", () => request(where, { method: "POST", body: '5:::{"name":"kick","args":[true]}' }));
    wire.tcp.write(wire.body);
    await wire.opened();
    assert.strictEqual(await wire.next(), auth);
    assert.strictEqual(await wire.next(), "0::");
    assert.strictEqual(await wire.next(), null);
    await wire.leave();
  });
  it("[L3] text that is not UTF-8 has U+FFFD in it; other frames are dropped", async () => {
    for (const version of DRAFTS) {
      const wire = await connect(version);
      wire.tcp.write(Buffer.concat([Buffer.from([1, 0x41, 0xff, 0x80, 3, 0xff, 0, 0xff]), Buffer.from('\x005:1+::{"name":"ack","args":["\xe9"]}\xff', "latin1")]));
      assert.strictEqual(await wire.next(), '6:::1+["\ufffd"]');
      wire.close();
    }
  });
  it("[L3] lengths that lie end the session, and take no memory", async () => {
    for (const bytes of [[0x80, 0x86, 0x8d, 0x21], [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f], Array(12).fill(0x80)])
      for (const version of DRAFTS)
        await ends("transport error", async () => {
          const wire = await connect(version);
          wire.tcp.write(Buffer.from(bytes));
          assert.strictEqual(await wire.next(), null);
          wire.close();
        });
  });
  it("[L3] 75: a closing frame ends it, without another one", async () => {
    await ends("transport close", async () => {
      const wire = await connect(75);
      wire.tcp.write(Buffer.from([0xff, 0]));
      await wire.tcp.ended();
      assert.strictEqual(wire.rest, "");
      wire.close();
    });
  });
  it("[L3] many messages, and large ones", async () => {
    for (const version of DRAFTS) {
      const wire = await connect(version);
      wire.send('5:::{"name":"count","args":[2000]}', '5:::{"name":"big","args":[90000,false]}');
      for (let i = 0; i < 2000; i++)
        assert.strictEqual(await wire.next(), `5:::{"name":"number","args":[${i}]}`);
      assert.strictEqual((await wire.next()).length, '5:::{"name":"big","args":[""]}'.length + 90000);
      wire.close();
    }
  });
});

describe("handshakes that are refused", () => {
  /** The answer to an upgrade with these header lines. */
  async function upgrade(path, ...lines) {
    const tcp = await Tcp.open(server.port);
    tcp.write(`GET ${path} HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\n${lines.join("\r\n")}\r\n\r\n12345678`);
    await tcp.ended();
    tcp.socket.destroy();
    const [head, body] = tcp.received.split("\r\n\r\n");
    return { status: Number(head.split(" ")[1]), head, body };
  }
  const hybi = (version) => ["Upgrade: websocket", `Sec-WebSocket-Version: ${version}`, "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=="];
  const hixie = (one, two) => ["Upgrade: WebSocket", "Origin: http://x", ...(one ? [`Sec-WebSocket-Key1: ${one}`] : []), ...(two ? [`Sec-WebSocket-Key2: ${two}`] : [])];

  it("[L3] keys without a space, without a digit, that do not divide, too large, missing", async () => {
    const sid = await handshake();
    const good = draftKey().key;
    for (const bad of ["123", "1 2 4 x", "a b", "4294967296 x", undefined]) {
      for (const [one, two, which] of [[bad, good, 1], [good, bad, 2]]) {
        const { status, body } = await upgrade(pathOf(sid), ...hixie(one, two));
        assert.deepStrictEqual([status, body], [400, `Missing or invalid Sec-WebSocket-Key${which} header`]);
      }
    }
    // The session has not suffered.
    assert.strictEqual((await request(`${url}/socket.io/1/xhr-polling/${sid}`)).text, "1::");
    await request(`${url}/socket.io/1/xhr-polling/${sid}?disconnect=1`);
  });
  it("[L3] unknown versions hear which there are", async () => {
    for (const version of [6, 9, 12, 14, "x"]) {
      const { status, head } = await upgrade(pathOf("x"), ...hybi(version));
      assert.strictEqual(status, 400);
      assert.match(head, /\r\nSec-WebSocket-Version: 13, 8, 7(\r\n|$)/);
    }
  });
  it("[L3] none of the old ones is for others than 0.9 clients", async () => {
    for (const path of ["/socket.io/?EIO=4&transport=websocket", "/socket.io/?EIO=3&transport=websocket", "/raw"]) {
      const seven = await upgrade(path, ...hybi(7));
      assert.strictEqual(seven.status, 400);
      assert.match(seven.head, /\r\nSec-WebSocket-Version: 13, 8(\r\n|$)/);
      for (const lines of [hixie(draftKey().key, draftKey().key), hixie()]) {
        const { status, body } = await upgrade(path, ...lines);
        assert.deepStrictEqual([status, body], [400, "Missing or invalid Sec-WebSocket-Key header"]);
      }
    }
  });
  it("[L3] what is neither draft nor version", async () => {
    assert.strictEqual((await upgrade(pathOf("x"), "Upgrade: websocket", "Origin: http://x")).body, "Missing or invalid Sec-WebSocket-Key header");
    assert.strictEqual((await upgrade(pathOf("x"), ...hixie(), "Sec-WebSocket-Version: 75")).body, "Missing or invalid Sec-WebSocket-Key header");
  });
});

describe("times", () => {
  let quick;
  before(async () => {
    quick = await startProgram(process.env.SIO_E2E_SERVER, ["--port", "0", "--v09", "on", "--v09-heartbeat-interval", "150", "--v09-heartbeat-timeout", "250",
      "--close-timeout", "200"]);
  });
  after(() => quick.stop());

  for (const version of ALL)
    it(`[L3, L4] version ${version}: a heartbeat each interval, missed after its time-out`, async () => {
      const wire = await connect(version, quick.url);
      await ends("ping timeout", async () => {
        for (let i = 0; i < 3; i++) {
          assert.strictEqual(await wire.next(), "2::");
          wire.send("2::");
        }
        assert.strictEqual(await wire.next(), "2::");
        assert.strictEqual(await wire.next(), null);
      }, quick.url);
      // It has not answered the closing frame: the connection is cut off.
      await wire.tcp.ended();
      wire.close();
    });
  it("[L3] 76: who never sends the 8 bytes is cut off, with a session and without", async () => {
    await ends("transport close", async () => {
      const wire = await Wire.begin(quick.url, pathOf(await handshake(quick.url)), 76);
      wire.tcp.write(wire.body.subarray(0, 7));
      await wire.tcp.ended();
      wire.close();
    }, quick.url);
    const stranger = await Wire.begin(quick.url, pathOf("nobody"), 76);
    await stranger.tcp.ended();
    stranger.close();
    assert.strictEqual(stranger.tcp.received.split("\r\n\r\n")[1], "");
  });
  it("[L3, L5] 76: without one that opens the session ends after its own close time-out", async () => {
    const other = await startProgram(process.env.SIO_E2E_SERVER, ["--port", "0", "--v09", "on", "--v09-close-timeout", "150"]);
    try {
      await ends("transport close", async () => {
        const wire = await Wire.begin(other.url, pathOf(await handshake(other.url)), 76);
        await wire.tcp.ended();
        wire.close();
      }, other.url);
    } finally {
      await other.stop();
    }
  });
  it("[L3] a server that stops says goodbye", async () => {
    const other = await startProgram(process.env.SIO_E2E_SERVER, ["--port", "0", "--v09", "on"]);
    const wires = await Promise.all(ALL.map((version) => connect(version, other.url)));
    const stopped = other.stop();
    for (const wire of wires) {
      while (await wire.next() !== null)
        continue;
      await wire.leave();
    }
    await stopped;
  });
});
