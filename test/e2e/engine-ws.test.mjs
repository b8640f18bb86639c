// Engine.IO on WebSocket, and the move to it, against the echo of the conformance server.
import assert from "node:assert/strict";
import { once } from "node:events";
import { after, before, describe, it } from "node:test";
import { ask, connect, cutOff, ended, open, polling, websocket } from "./lib/engine.mjs";
import { frame, Tcp } from "./lib/raw.mjs";
import { startProgram } from "./lib/server.mjs";

let server, url;

before(async () => {
  server = await startProgram(process.env.SIO_CONFORMANCE, ["engine", "--port", "0"]);
  url = server.url;
});

after(() => server?.stop());

/** Reads frames off a connection that was upgraded by hand. */
class Frames {
  static async open(query = websocket) {
    const frames = new Frames();
    frames.tcp = await Tcp.open(server.port);
    await frames.tcp.upgrade(query, "/engine.io/");
    frames.at = frames.tcp.received.indexOf("\r\n\r\n") + 4;
    return frames;
  }

  /** The next frame as hex; pings of the heartbeat are left out. */
  async next() {
    for (;;) {
      const rest = Buffer.from(this.tcp.received.slice(this.at), "latin1");
      const wide = rest[1] === 126;
      const size = rest.length < (wide ? 4 : 2) ? Infinity : (wide ? 4 + rest.readUInt16BE(2) : 2 + rest[1]);
      if (rest.length < size) {
        await once(this.tcp.socket, "received");
        continue;
      }
      this.at += size;
      const hex = rest.subarray(0, size).toString("hex");
      if (hex !== "810132")
        return hex;
    }
  }

  async end() {
    this.tcp.fin();
    await this.tcp.closed;
  }
}

async function probed(session, query = websocket) {
  const probe = await connect(url, `${query}&sid=${session.sid}`);
  probe.send("2probe");
  assert.equal(await probe.next(), "3probe");
  return probe;
}

/** The next message that is no ping, which is answered. */
async function message(socket) {
  for (;;) {
    const text = await socket.next();
    if (text !== "2")
      return text;
    socket.send("3");
  }
}

describe("WebSocket", () => {
  it("[E9, E65] the open packet has no upgrades", async () => {
    const socket = await connect(url);
    const packet = await socket.next();
    const { sid } = JSON.parse(packet.slice(1));
    assert.equal(packet, `0{"sid":"${sid}","upgrades":[],"pingInterval":300,"pingTimeout":200,"maxPayload":1000000}`);
    socket.ws.close();
    await socket.closed;
  });

  it("[E65] text and binary, byte for byte", async () => {
    const frames = await Frames.open();
    await frames.next();
    frames.tcp.write(frame("4hello"), frame(Buffer.from([1, 2, 3]), 2), frame("4"), frame(Buffer.alloc(0), 2));
    assert.equal(await frames.next(), `8106${Buffer.from("4hello").toString("hex")}`);
    assert.equal(await frames.next(), "8203010203");
    assert.equal(await frames.next(), "810134");
    assert.equal(await frames.next(), "8200");
    await frames.end();
  });

  it("[E65] b64: binary goes and comes as text", async () => {
    const socket = await connect(url, `${websocket}&b64=1`);
    await socket.next();
    socket.send("bAQIDBA==", Buffer.from([1, 2, 3]), "4plain");
    assert.equal(await message(socket), "bAQIDBA==");
    assert.equal(await message(socket), "bAQID");
    assert.equal(await message(socket), "4plain");
    socket.ws.close();
    await socket.closed;
  });

  it("[E65] base64 is understood without b64, too", async () => {
    const socket = await connect(url);
    await socket.next();
    socket.send("bAQIDBA==");
    assert.deepEqual(await message(socket), Buffer.from([1, 2, 3, 4]));
    socket.ws.close();
    await socket.closed;
  });

  it("[E66] the client's close is echoed", async () => {
    for (const payload of ["", "\x03\xe8", "\x0f\xa0bye"]) {
      const frames = await Frames.open();
      await frames.next();
      frames.tcp.write(frame(Buffer.from(payload, "latin1"), 8));
      assert.equal(await frames.next(), `88${Buffer.from(String.fromCharCode(payload.length) + payload, "latin1").toString("hex")}`);
      await frames.end();
    }
  });

  it("[E6, E66] violations have their codes", async () => {
    const violations = [
      [Buffer.concat([Buffer.from([0x81, 0xff]), Buffer.from([0, 0, 0, 0, 0, 15, 66, 65]), Buffer.alloc(4)]), "880203f1"],
      [frame(Buffer.from([0x34, 0xff])), "880203ef"],
      [Buffer.from([0x81, 0x01, 0x34]), "880203ea"],
      [frame("4x", 3), "880203ea"],
    ];
    for (const [bytes, close] of violations) {
      const frames = await Frames.open();
      await frames.next();
      frames.tcp.write(bytes);
      assert.equal(await frames.next(), close);
      await frames.end();
    }
  });

  it("[E57, E83] a bad packet closes", async () => {
    for (const bad of ["", "abc", "7", "9"]) {
      const frames = await Frames.open();
      await frames.next();
      frames.tcp.write(frame(bad));
      assert.equal(await frames.next(), "8800", JSON.stringify(bad));
      await frames.end();
    }
  });

  it("[E58] a CLOSE packet is ignored, [E71] a PING is not", async () => {
    const socket = await connect(url);
    await socket.next();
    socket.send("1", "4still here");
    assert.equal(await message(socket), "4still here");
    socket.send("2");
    assert.equal(await socket.closed, 1005);
  });

  it("[E80] a session whose connection breaks is unknown", async () => {
    const frames = await Frames.open();
    const open = Buffer.from(await frames.next(), "hex").toString("latin1");
    const { sid } = JSON.parse(open.slice(open.indexOf("{")));
    frames.tcp.rst();
    await frames.tcp.closed;
    for (;;) {
      const { body } = await ask(url, { query: `${polling}&sid=${sid}` });
      if (body.includes("Session ID unknown"))
        break;
      assert.match(body, /Bad request/);
    }
  });
});

describe("upgrade", () => {
  it("[E75, E79] probe, NOOP, move; then polls are refused", async () => {
    const session = await open(url);
    const poll = session.poll();
    const probe = await probed(session);
    assert.equal((await poll).body, "6");
    probe.send("5", "4hello");
    assert.equal(await message(probe), "4hello");
    const late = await session.poll();
    assert.deepEqual([late.status, late.body], [400, '{"code":3,"message":"Bad request"}']);
    assert.equal((await session.post("4x")).status, 400);
    probe.send(Buffer.from([1, 2]));
    assert.deepEqual(await message(probe), Buffer.from([1, 2]));
    probe.ws.close();
    await probe.closed;
  });

  it("[E75] a poll that comes after the probe is ended within 100 ms, again and again", async () => {
    const session = await open(url);
    const probe = await probed(session);
    for (let i = 0; i < 2; i++) {
      const start = performance.now();
      assert.equal((await session.poll()).body, "6");
      assert.ok(performance.now() - start < 200);
    }
    probe.ws.close();
    await probe.closed;
    await session.leave();
  });

  it("[E75] what waited for a poll leaves on the WebSocket, in order", async () => {
    const session = await open(url);
    await session.post("4one\x1ebAQID\x1e4\x1e4two");
    const probe = await probed(session);
    probe.send("5");
    assert.equal(await message(probe), "4one");
    assert.deepEqual(await message(probe), Buffer.from([1, 2, 3]));
    assert.equal(await message(probe), "4");
    assert.equal(await message(probe), "4two");
    probe.ws.close();
    await probe.closed;
  });

  it("[E65, E75] the same with b64", async () => {
    const session = await open(url);
    await session.post("bAQID");
    const probe = await probed(session, `${websocket}&b64=1`);
    probe.send("5");
    assert.equal(await message(probe), "bAQID");
    probe.ws.close();
    await probe.closed;
  });

  it("[E75] a poll that still pends is released by the move", async () => {
    const session = await open(url);
    const probe = await probed(session);
    const poll = session.poll();
    await new Promise((resolve) => setTimeout(resolve, 20));
    probe.send("5");
    assert.equal((await poll).body, "6");
    probe.send("4x");
    assert.equal(await message(probe), "4x");
    probe.ws.close();
    await probe.closed;
  });

  it("[E75] a move without a probe", async () => {
    const session = await open(url);
    const socket = await connect(url, `${websocket}&sid=${session.sid}`);
    socket.send("5", "4x");
    assert.equal(await message(socket), "4x");
    socket.ws.close();
    await socket.closed;
  });

  it("[E76] until the move traffic stays on polling", async () => {
    const session = await open(url);
    const probe = await probed(session);
    await session.post("4polling");
    assert.equal((await session.poll()).body, "4polling");
    probe.ws.close();
    await probe.closed;
    await session.leave();
  });

  it("[E76] another packet closes the probe, polling goes on, and a second try may succeed", async () => {
    const session = await open(url);
    for (const other of ["4x", "2", "3probe", "", "abc", Buffer.from([5])]) {
      const probe = await connect(url, `${websocket}&sid=${session.sid}`);
      probe.send(other);
      assert.equal(await probe.closed, 1005, String(other));
    }
    await session.post("4x");
    assert.equal((await session.poll()).body, "4x");
    const probe = await probed(session);
    probe.send("5", "4y");
    assert.equal(await message(probe), "4y");
    probe.ws.close();
    await probe.closed;
  });

  it("[E76] a probe that breaks off leaves polling alone", async () => {
    const session = await open(url);
    for (const how of ["fin", "rst"]) {
      const frames = await Frames.open(`${websocket}&sid=${session.sid}`);
      frames.tcp.write(frame("2probe"));
      assert.equal(await frames.next(), `8106${Buffer.from("3probe").toString("hex")}`);
      frames.tcp[how]();
      await frames.tcp.closed;
    }
    await session.post("4x");
    assert.match((await session.poll()).body, /^(6|4x)$/);
    await session.leave();
  });

  it("[E77] a second WebSocket is closed without a status, the first lives on", async () => {
    const session = await open(url);
    const first = await probed(session);
    const rejected = async () => {
      const frames = await Frames.open(`${websocket}&sid=${session.sid}`);
      assert.equal(await frames.next(), "8800");
      await frames.end();
    };
    await rejected();
    first.send("5", "4x");
    assert.equal(await message(first), "4x");
    await rejected();
    first.send("4y");
    assert.equal(await message(first), "4y");
    first.ws.close();
    await first.closed;
  });

  it("[E78] a session that ends closes its probe", async () => {
    const session = await open(url);
    const probe = await probed(session);
    await session.leave();
    assert.equal(await probe.closed, 1005);
    await ended(session);
  });

  it("[E75] an upload under way is cut off by the move", async () => {
    const session = await open(url);
    const tcp = await Tcp.open(server.port);
    tcp.write(`POST /engine.io/?${session.query} HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n4ab`);
    const probe = await probed(session);
    probe.send("5", "4x");
    assert.equal(await message(probe), "4x");
    await cutOff(tcp);
    probe.ws.close();
    await probe.closed;
  });

  it("[E70] the heartbeat goes on after the move", async () => {
    const session = await open(url);
    const probe = await probed(session);
    probe.send("5");
    for (let i = 0; i < 2; i++) {
      assert.equal(await probe.next(), "2");
      probe.send("3");
    }
    assert.equal(await probe.next(), "2");
    assert.equal(await probe.closed, 1005);
  });
});
