// Limits over real sockets: what passes at the limit, how one more is refused, and that a client who has
// nothing to do with it goes on all the while.
import assert from "node:assert/strict";
import { once } from "node:events";
import { after, before, describe, it } from "node:test";
import parser from "socket.io-msgpack-parser";
import WebSocket from "ws";
import { ask as engineAsk } from "./lib/engine.mjs";
import { ask, client, connected, next } from "./lib/client.mjs";
import { frame, Polling, Socket, stats, Tcp } from "./lib/raw.mjs";
import { startProgram } from "./lib/server.mjs";

const start = (...options) => startProgram(process.env.SIO_E2E_SERVER, options);

/** Somebody else: goes on emitting while others are refused. */
async function witness(url) {
  const socket = await connected(url, { transports: ["websocket"] });
  let count = 0;
  return {
    async check() {
      count++;
      assert.deepEqual(await ask(socket, "ack", count), count);
    },
    close: () => socket.close(),
  };
}

/** A server, and the witness; each test ends with both in order. */
function scene(...options) {
  const made = {};
  before(async () => {
    made.server = await start(...options);
    made.url = made.server.url;
    made.witness = await witness(made.url);
  });
  after(async () => {
    made.witness?.close();
    await made.server?.stop();
  });
  made.limited = async (kind) => (await stats(made.url)).limited[kind] ?? 0;
  /** Runs, and expects so many more refusals of the kind. */
  made.refuses = async (kind, count, run) => {
    const earlier = await made.limited(kind);
    await run();
    await made.witness.check();
    assert.equal(await made.limited(kind) - earlier, count, kind);
  };
  return made;
}

const MAX = 1000;
/** A message of so many bytes that echoes an event: "42" and the rest. */
const message = (bytes, head = "42") => `${head}["echo","${"x".repeat(bytes - head.length - 11)}"]`;

describe("sizes", () => {
  const made = scene("--max-payload", String(MAX), "--max-ws-message", String(MAX), "--max-attachments", "2", "--eio3", "on", "--v09", "on");

  it("[E6] a WebSocket message", async () => {
    const socket = await Socket.connect(made.url);
    socket.send(message(MAX));
    assert.equal(await socket.next(), message(MAX));
    await made.refuses("message", 1, async () => {
      socket.send(message(MAX + 1));
      assert.equal(await socket.closed, 1009);
    });
  });

  it("[E6] a WebSocket message in fragments counts as a whole", async () => {
    const socket = await Socket.connect(made.url);
    const parts = (text) => {
      const middle = text.length >> 1;
      socket.ws.send(text.slice(0, middle), { fin: false });
      socket.ws.send(text.slice(middle), { fin: true });
    };
    parts(message(MAX));
    assert.equal(await socket.next(), message(MAX));
    await made.refuses("message", 1, async () => {
      parts(message(MAX + 1));
      assert.equal(await socket.closed, 1009);
    });
  });

  it("[E6] a binary WebSocket message", async () => {
    const socket = await Socket.connect(made.url);
    const packet = '451-["echo",{"_placeholder":true,"num":0}]';
    socket.send(packet, Buffer.alloc(MAX, 7));
    assert.equal(await socket.next(), packet);
    assert.deepEqual(await socket.next(), Buffer.alloc(MAX, 7));
    await made.refuses("message", 1, async () => {
      socket.send(packet, Buffer.alloc(MAX + 1, 7));
      assert.equal(await socket.closed, 1009);
    });
  });

  it("[E54] the body of a POST: 413, and the session goes on", async () => {
    const session = await Polling.open(made.url);
    await session.send("40");
    await session.poll();
    await session.send(message(MAX));
    await made.refuses("body", 1, async () => assert.equal((await session.post(message(MAX + 1))).status, 413));
    const packets = await session.poll();
    assert.ok(packets.includes(message(MAX)), packets.join(" "));
    await session.send(message(100));
    assert.deepEqual(await session.poll(), [message(100)]);
  });

  it("[V2] the same of Engine.IO 3, whose counts are part of it", async () => {
    const base = `${made.url}/socket.io/?EIO=3&transport=polling`;
    const sid = /"sid":"([^"]+)"/.exec(await (await fetch(base)).text())[1];
    const post = (body) => fetch(`${base}&sid=${sid}`, { method: "POST", body, headers: { "Content-Type": "text/plain" } });
    const counted = (bytes) => {
      const length = bytes - 4; // three digits and a colon
      return `${length}:${message(length)}`;
    };
    assert.equal(counted(MAX).length, MAX);
    assert.equal(await (await post(counted(MAX))).text(), "ok");
    await made.refuses("body", 1, async () => assert.equal((await post(counted(MAX + 1))).status, 413));
    const text = await (await fetch(`${base}&sid=${sid}`)).text();
    assert.ok(text.includes("x".repeat(900)), text);
    assert.equal(await (await post(counted(MAX - 1))).text(), "ok");
  });

  it("[L5] the body of a POST of 0.9", async () => {
    const at = `${made.url}/socket.io/1/`;
    const [sid] = (await (await fetch(at)).text()).split(":");
    const message09 = (bytes) => {
      const head = '5:::{"name":"echo","args":["', tail = '"]}';
      return head + "x".repeat(bytes - head.length - tail.length) + tail;
    };
    const xhr = `${at}xhr-polling/${sid}`;
    assert.equal(await (await fetch(xhr)).text(), "1::");
    const post = (body) => fetch(xhr, { method: "POST", body });
    assert.equal((await post(message09(MAX))).status, 200);
    await made.refuses("body", 1, async () => {
      const answer = await post(message09(MAX + 1)).catch((error) => error);
      assert.notEqual(answer.status, 200);
    });
    const text = await (await fetch(xhr)).text();
    assert.ok(text.includes("x".repeat(900)), text);
  });

  it("a message on a raw endpoint", async () => {
    const raw = new WebSocket(`${made.url.replace("http", "ws")}/raw`);
    await once(raw, "open");
    raw.send("r".repeat(MAX));
    assert.equal((await once(raw, "message"))[0].toString(), "r".repeat(MAX));
    await made.refuses("message", 1, async () => {
      raw.send("r".repeat(MAX + 1));
      assert.equal((await once(raw, "close"))[0], 1009);
    });
  });

  it("[P8] attachments of a packet, with the official client", async () => {
    const socket = await connected(made.url);
    socket.emit("echo", Buffer.from([1]), Buffer.from([2]));
    assert.deepEqual(await next(socket, "echo"), [Buffer.from([1]), Buffer.from([2])]);
    await made.refuses("attachments", 1, async () => {
      socket.emit("echo", Buffer.from([1]), Buffer.from([2]), Buffer.from([3]));
      await next(socket, "disconnect");
    });
  });
});

describe("of what clients ask for", () => {
  const made = scene("--max-json-depth", "4", "--max-namespaces", "3", "--max-rooms", "2", "--v09", "on", "--eio3", "on");

  it("[P7] levels of JSON, with the official client", async () => {
    for (const transports of [["websocket"], ["polling"]]) {
      const socket = await connected(made.url, { transports });
      socket.emit("echo", [[[]]]);
      assert.deepEqual(await next(socket, "echo"), [[[[]]]]);
      await made.refuses("depth", 1, async () => {
        socket.emit("echo", [[[[]]]]);
        await next(socket, "disconnect");
      });
    }
  });

  it("[P7] levels of a 0.9 message", async () => {
    const at = `${made.url}/socket.io/1/`;
    const [sid] = (await (await fetch(at)).text()).split(":");
    const socket = new Socket(made.url, "", `/socket.io/1/websocket/${sid}`);
    assert.equal(await socket.next(), "1::");
    socket.send('5:::{"name":"echo","args":[[[[]]]]}');
    assert.equal(await socket.next(), '5:::{"name":"auth","args":[{}]}');
    assert.equal(await socket.next(), '5:::{"name":"echo","args":[[[[]]]]}');
    await made.refuses("depth", 1, async () => {
      socket.send('5:::{"name":"echo","args":[[[[[]]]]]}');
      await socket.closed;
    });
  });

  it("namespaces of a connection, with the official client", async () => {
    const root = await connected(made.url);
    const [custom, other] = ["/custom", "/other"].map((nsp) => root.io.socket(nsp)); // they connect by themselves
    await Promise.all([next(custom, "connect"), next(other, "connect")]);
    let slow;
    await made.refuses("namespaces", 1, async () => {
      slow = root.io.socket("/chain");
      assert.equal((await next(slow, "connect_error"))[0].message, "Too many namespaces");
    });
    assert.equal(await ask(other, "ack", "still here"), "still here");
    custom.disconnect();
    slow.connect();
    await next(slow, "connect");
    root.io.engine.close();
  });

  it("namespaces of a client of Engine.IO 3", async () => {
    const socket = await Socket.open(made.url, "EIO=3&transport=websocket");
    assert.equal(await socket.next(), "40");
    assert.match(await socket.next(), /^42\["auth"/);
    for (const nsp of ["/custom", "/other"]) {
      socket.send(`40${nsp}`);
      assert.equal(await socket.next(), `40${nsp},`);
      assert.match(await socket.next(), /^42\//);
    }
    await made.refuses("namespaces", 1, async () => {
      socket.send("40/chain");
      assert.equal(await socket.next(), '44/chain,{"message":"Too many namespaces"}');
    });
    socket.close();
  });

  it("rooms of a socket", async () => {
    const socket = await connected(made.url);
    assert.equal(await ask(socket, "join", "a"), 0);
    assert.equal(await ask(socket, "join", "b"), 0);
    await made.refuses("rooms", 1, async () => assert.ok(await ask(socket, "join", "c") < 0));
    assert.deepEqual((await ask(socket, "rooms")).sort(), ["a", "b", socket.id].sort());
    assert.equal(await ask(socket, "leave", "a"), 0);
    assert.equal(await ask(socket, "join", "c"), 0);
    socket.close();
  });
});

describe("namespaces made for clients", () => {
  const longest = `/room-${"1".repeat(14)}`, longer = `${longest}1`;
  const limits = ["--max-namespace-bytes", String(longest.length), "--max-child-namespaces", "3"];
  const made = scene(...limits, "--v09", "on", "--eio3", "on");

  it("the length of a name, of a client of today", async () => {
    const socket = await connected(made.url + longest);
    await made.refuses("namespace name", 1, async () => {
      const refused = client(made.url + longer);
      assert.equal((await next(refused, "connect_error"))[0].message, "Invalid namespace");
      refused.close();
    });
    assert.equal(await ask(socket, "ack", 1), 1);
    socket.close();
  });

  it("the same of Engine.IO 3, without the query behind it", async () => {
    const socket = await Socket.open(made.url, "EIO=3&transport=websocket");
    assert.equal(await socket.next(), "40");
    assert.match(await socket.next(), /^42\["auth"/);
    socket.send(`40${longest}?a=b`);
    assert.equal(await socket.next(), `40${longest},`);
    assert.match(await socket.next(), /^42\//);
    await made.refuses("namespace name", 1, async () => {
      socket.send(`40${longer}?a=b`);
      assert.equal(await socket.next(), `44${longer},{"message":"Invalid namespace"}`);
    });
    socket.close();
  });

  it("the same of 0.9", async () => {
    const [sid] = (await (await fetch(`${made.url}/socket.io/1/`)).text()).split(":");
    const socket = new Socket(made.url, "", `/socket.io/1/websocket/${sid}`);
    assert.equal(await socket.next(), "1::");
    assert.match(await socket.next(), /^5:::{"name":"auth"/);
    socket.send(`1::${longest}:?a=b`);
    assert.equal(await socket.next(), `1::${longest}`);
    assert.match(await socket.next(), /^5::.*"auth"/);
    await made.refuses("namespace name", 1, async () => {
      socket.send(`1::${longer}:?a=b`);
      assert.equal(await socket.next(), `7::${longer}:2`);
    });
    socket.close();
  });

  it("the same of another parser", async () => {
    const server = await start(...limits, "--parser", "msgpack");
    const options = { transports: ["websocket"], parser };
    const socket = await connected(server.url + longest, options);
    const refused = client(server.url + longer, options);
    assert.equal((await next(refused, "connect_error"))[0].message, "Invalid namespace");
    refused.close();
    assert.equal((await stats(server.url)).limited["namespace name"], 1);
    assert.equal(await ask(socket, "ack", 1), 1);
    socket.close();
    await server.stop();
  });

  it("how many there are, whether somebody is there or not", async () => {
    for (const nsp of ["/room-2", "/room-3"]) // the third is that of the tests before
      (await connected(made.url + nsp)).close();
    await made.refuses("child namespaces", 1, async () => {
      const refused = client(`${made.url}/room-4`);
      assert.equal((await next(refused, "connect_error"))[0].message, "Invalid namespace");
      refused.close();
    });
    (await connected(`${made.url}/room-2`)).close();
    (await connected(`${made.url}/team-a`, { auth: { token: "secret" } })).close(); // of another parent
  });
});

describe("acks that are owed", () => {
  const made = scene("--max-pending-acks", "2");

  it("no more questions than that", async () => {
    const socket = await connected(made.url);
    const questions = [];
    socket.on("question", (...args) => questions.push(args.pop()));
    await made.refuses("pending acks", 3, async () => {
      for (let i = 0; i < 5; i++)
        socket.emit("ask", 60000, i);
      await ask(socket, "ack");
    });
    assert.equal(questions.length, 2);
    questions[0]("answer");
    await next(socket, "answer");
    socket.emit("ask", 60000, "again");
    await ask(socket, "ack");
    assert.equal(questions.length, 3);
    socket.close();
  });
});

describe("connections", () => {
  it("in total: one more gets 503, and may come when another has left", async () => {
    const server = await start("--max-connections", "3");
    const other = await witness(server.url);
    const second = await connected(server.url, { transports: ["websocket"] });
    const third = await Tcp.open(server.port); // says nothing, and counts
    const { status, headers } = await engineAsk(server.url, { where: "/socket.io/" });
    assert.deepEqual([status, headers["retry-after"], headers.connection], [503, "1", "close"]);
    for (const transports of [["websocket"], ["polling"]]) {
      const refused = client(server.url, { transports });
      await next(refused, "connect_error");
      refused.close();
      await other.check();
    }
    const patient = client(server.url, { transports: ["websocket"], reconnection: true, reconnectionDelay: 50, reconnectionDelayMax: 100 });
    await next(patient, "connect_error");
    third.rst();
    await next(patient, "connect");
    patient.close();
    second.close();
    await other.check();
    for (;;) { // as soon as there is room for the question
      const answer = await fetch(`${server.url}/stats`).catch(() => ({ status: 0 }));
      if (answer.status !== 200)
        continue;
      assert.ok((await answer.json()).limited.connections >= 4);
      break;
    }
    other.close();
    await server.stop();
  });

  it("of an address", async () => {
    const server = await start("--max-connections-per-address", "2");
    const other = await witness(server.url);
    const from = (localAddress) => new Promise((resolve) => {
      const ws = new WebSocket(`${server.url.replace("http", "ws")}/socket.io/?EIO=4&transport=websocket`, { localAddress });
      ws.on("open", () => resolve(ws));
      ws.on("error", (error) => resolve(error.message));
    });
    const second = await from("127.0.0.1");
    assert.match(await from("127.0.0.1"), /503/);
    await other.check();
    const elsewhere = [await from("127.0.0.2"), await from("127.0.0.2")];
    assert.match(await from("127.0.0.2"), /503/);
    second.terminate();
    for (;;) {
      const again = await from("127.0.0.1");
      if (typeof again === "string")
        continue;
      again.terminate();
      break;
    }
    await other.check();
    elsewhere.forEach((ws) => ws.terminate());
    other.close();
    await server.stop();
  });

  it("handshakes a second: clients come in a little later", async () => {
    const server = await start("--max-handshakes-per-second", "20");
    const other = await witness(server.url);
    const clients = Array.from({ length: 40 }, () =>
      client(server.url, { transports: ["websocket"], reconnection: true, reconnectionDelay: 100, reconnectionDelayMax: 200 }));
    let refused = 0;
    clients.forEach((socket) => socket.on("connect_error", () => refused++));
    await Promise.all(clients.map((socket) => socket.connected || next(socket, "connect", 20000)));
    await other.check();
    assert.ok(refused > 0);
    assert.equal((await stats(server.url)).limited.handshakes, refused);
    clients.forEach((socket) => socket.close());
    other.close();
    await server.stop();
  });
});

describe("sessions without a connection", () => {
  const made = scene("--max-absent-sessions", "3", "--eio3", "on", "--v09", "on");
  const begin = async (url) => {
    const response = await fetch(made.url + url);
    return { status: response.status, retry: response.headers.get("retry-after"), text: await response.text() };
  };
  const refused = { status: 503, retry: "1" };
  const handshakes = ["/socket.io/?EIO=4&transport=polling", "/socket.io/?EIO=3&transport=polling", "/socket.io/1/"];

  it("one more gets 503, and may come when another has left or begins to poll", async () => {
    const begun = [];
    for (const url of handshakes) {
      begun.push(await begin(url));
      assert.equal(begun.at(-1).status, 200);
    }
    await made.refuses("absent sessions", 3, async () => {
      for (const url of handshakes) {
        const { status, retry } = await begin(url);
        assert.deepEqual({ status, retry }, refused, url);
      }
    });
    (await connected(made.url, { transports: ["websocket"] })).close();
    const patient = client(made.url, { transports: ["polling"], reconnection: true, reconnectionDelay: 50, reconnectionDelayMax: 100 });
    await next(patient, "connect_error");
    const [first, second] = begun.map(({ text }) => /"sid":"([^"]+)"/.exec(text)?.[1]);
    assert.equal(await (await fetch(`${made.url}${handshakes[0]}&sid=${first}`, { method: "POST", body: "1" })).text(), "ok");
    await next(patient, "connect");
    assert.deepEqual(await ask(patient, "ack", 1), 1);
    const left = [second, begun[2].text.split(":")[0]];
    const leave = [
      () => fetch(`${made.url}${handshakes[1]}&sid=${left[0]}`, { method: "POST", body: "1:1" }),
      () => fetch(`${made.url}/socket.io/1/xhr-polling/${left[1]}?disconnect`),
    ];
    for (const goodbye of leave) {
      assert.equal((await goodbye()).status, 200);
      const other = await connected(made.url, { transports: ["polling"] });
      assert.deepEqual(await ask(other, "ack", 2), 2);
      other.close();
    }
    patient.close();
  });
});

describe("bytes that wait", () => {
  it("for all peers: who has the most is cut off", async () => {
    const server = await start("--max-buffered-total", "20000000");
    const other = await witness(server.url);
    const lazy = await Polling.open(server.url);
    await lazy.send("40");
    await lazy.send('42["big",1000000,false]');
    const slow = await Tcp.open(server.port);
    await slow.upgrade("EIO=4&transport=websocket");
    slow.socket.pause();
    slow.write(frame("40"));
    for (let i = 0; i < 40; i++)
      slow.write(frame('42["big",1000000,false]'));
    for (;;) {
      await other.check();
      const { limited, disconnects } = await stats(server.url);
      if (limited["buffered total"] === undefined && limited.buffered === undefined)
        continue;
      assert.equal((limited["buffered total"] ?? 0) + (limited.buffered ?? 0), 1);
      assert.equal(disconnects["transport error"], 1);
      break;
    }
    const packets = await lazy.poll();
    assert.ok(packets.some((packet) => packet.length > 1000000));
    slow.rst();
    other.close();
    await server.stop();
  });
});
