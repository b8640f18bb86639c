// Clients that vanish in the middle of everything, politely (FIN) and not (RST): the server neither
// falls nor keeps anything of them.
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { ask, connected } from "./lib/client.mjs";
import { frame, stats, Tcp } from "./lib/raw.mjs";
import { startProgram, until } from "./lib/server.mjs";

const websocket = "EIO=4&transport=websocket";
const request = (method, target, headers = "", body = "") =>
  `${method} ${target} HTTP/1.1\r\nHost: x\r\n${headers}\r\n${body}`;

/** A polling session by hand, with a connection that stays. */
async function session(port) {
  const tcp = await Tcp.open(port);
  tcp.write(request("GET", "/socket.io/?EIO=4&transport=polling"));
  const sid = /"sid":"([\w-]+)"/.exec(await tcp.until("}"))[1];
  tcp.received = "";
  return { tcp, target: `/socket.io/?EIO=4&transport=polling&sid=${sid}`, sid };
}

async function websocketOf(port, ...packets) {
  const tcp = await Tcp.open(port);
  await tcp.upgrade(websocket);
  await tcp.until('0{"sid"');
  for (const [packet, answer] of packets) {
    tcp.write(frame(packet));
    await tcp.until(answer);
  }
  return tcp;
}

const join = ["40", '["auth"'];

// Each returns the connections it has left hanging.
const middles = {
  "before a byte": async (port) => [await Tcp.open(port)],
  "mid-line": async (port) => {
    const tcp = await Tcp.open(port);
    tcp.write("GET /socket.io/?EIO=4&tran");
    return [tcp];
  },
  "mid-header": async (port) => {
    const tcp = await Tcp.open(port);
    tcp.write("GET /socket.io/?EIO=4&transport=polling HTTP/1.1\r\nHost: x\r\nX-Long: abc");
    return [tcp];
  },
  "mid-body": async (port) => {
    const { tcp, target } = await session(port);
    tcp.write(request("POST", target, "Content-Type: text/plain\r\nContent-Length: 1000\r\n", "42[\"echo\","));
    return [tcp];
  },
  "mid-chunk": async (port) => {
    const { tcp, target } = await session(port);
    tcp.write(request("POST", target, "Transfer-Encoding: chunked\r\n", "5\r\n42[\"e\r\nff\r\nabc"));
    return [tcp];
  },
  "mid-body of a handler": async (port) => {
    const tcp = await Tcp.open(port);
    tcp.write(request("POST", "/body", "Content-Length: 1000\r\n", "abc"));
    return [tcp];
  },
  "mid-poll": async (port) => {
    const { tcp, target } = await session(port);
    tcp.write(request("GET", target));
    return [tcp];
  },
  "between polls": async (port) => [(await session(port)).tcp],
  "mid-frame, in its header": async (port) => {
    const tcp = await websocketOf(port, join);
    tcp.write(frame('42["echo",1]').subarray(0, 4));
    return [tcp];
  },
  "mid-frame, in its payload": async (port) => {
    const tcp = await websocketOf(port, join);
    tcp.write(frame(`42["echo","${"x".repeat(5000)}"]`).subarray(0, 3000));
    return [tcp];
  },
  "between fragments": async (port) => {
    const tcp = await websocketOf(port, join);
    const first = Buffer.from(frame('42["echo"'));
    first[0] &= 0x7f;
    tcp.write(first);
    return [tcp];
  },
  "before the CONNECT": async (port) => [await websocketOf(port)],
  "before an attachment": async (port) => {
    const tcp = await websocketOf(port, join);
    tcp.write(frame('451-["echo",{"_placeholder":true,"num":0}]'));
    return [tcp];
  },
  "while asked for an ack": async (port) => [await websocketOf(port, join, ['42["ask",0,"?"]', '["question"'])],
  "in a slow middleware": async (port) => {
    const tcp = await websocketOf(port);
    tcp.write(frame("40/slow,"));
    return [tcp];
  },
  "with a timer running": async (port) => [await websocketOf(port, join, ['42["every",5]', '["tick"]'])],
  "with far more to read than fits": async (port) => {
    const tcp = await websocketOf(port, join);
    tcp.socket.pause();
    tcp.write(frame('42["big",8000000,true]'));
    await new Promise((resolve) => setTimeout(resolve, 50));
    return [tcp];
  },
  "mid-upgrade, in the request": async (port) => {
    const { tcp, sid } = await session(port);
    const upgrade = await Tcp.open(port);
    upgrade.write(`GET /socket.io/?${websocket}&sid=${sid} HTTP/1.1\r\nUpgrade: webso`);
    return [tcp, upgrade];
  },
  "mid-upgrade, before the probe": async (port) => {
    const { tcp, sid } = await session(port);
    const upgrade = await Tcp.open(port);
    await upgrade.upgrade(`${websocket}&sid=${sid}`);
    return [tcp, upgrade];
  },
  "mid-upgrade, after the probe": async (port) => {
    const { tcp, sid, target } = await session(port);
    tcp.write(request("GET", target));
    const upgrade = await Tcp.open(port);
    await upgrade.upgrade(`${websocket}&sid=${sid}`);
    upgrade.write(frame("2probe"));
    await upgrade.until("3probe");
    return [tcp, upgrade];
  },
  "right after the upgrade": async (port) => {
    const { tcp, sid } = await session(port);
    const upgrade = await Tcp.open(port);
    await upgrade.upgrade(`${websocket}&sid=${sid}`);
    upgrade.write(frame("2probe"));
    await upgrade.until("3probe");
    upgrade.write(frame("5"));
    return [tcp, upgrade];
  },
  "on a raw endpoint, mid-frame": async (port) => {
    const tcp = await Tcp.open(port);
    await tcp.upgrade("", "/raw");
    tcp.write(frame("x".repeat(1000), 2).subarray(0, 500));
    return [tcp];
  },
};

const ways = { FIN: (tcp) => tcp.fin(), RST: (tcp) => tcp.rst() };

describe("clients that vanish", () => {
  let server;
  before(async () => {
    // Sessions whose polling client never comes back end with their heartbeat.
    server = await startProgram(process.env.SIO_E2E_SERVER,
      ["--ping-interval", "200", "--ping-timeout", "1500", "--close-timeout", "1000"]);
  });
  after(() => server?.stop());

  /** Nothing is left: no session, no socket, no endpoint, no descriptor beyond @p descriptors. */
  const clean = (descriptors) => until(async () => {
    const now = await stats(server.url);
    const left = now.clients + now.raw + now.acksWaiting + Object.values(now.sockets).reduce((a, b) => a + b);
    return left === 0 && (descriptors < 0 || now.descriptors <= descriptors) && now;
  }, 15000, "nothing left behind");

  for (const [way, vanish] of Object.entries(ways)) {
    for (const [where, start] of Object.entries(middles)) {
      it(`${where}, by ${way}`, async () => {
        const { descriptors } = await clean(-1);
        for (let i = 0; i < 3; i++) {
          const hanging = await start(server.port);
          hanging.forEach(vanish);
          await Promise.all(hanging.map((tcp) => {
            tcp.socket.resume();
            return tcp.closed;
          }));
        }
        await clean(descriptors);
      });
    }
  }

  it("by writing after the peer has gone: no SIGPIPE", async () => {
    const tcps = await Promise.all(Array.from({ length: 10 }, () => websocketOf(server.port, join, ['42["every",1]', "tick"])));
    tcps.forEach((tcp) => tcp.rst());
    await clean(-1);
  });

  it("many at once, in every way, while another client is served", async () => {
    const { descriptors } = await clean(-1);
    const socket = await connected(server.url, { transports: ["websocket"] });
    for (const vanish of Object.values(ways)) {
      const all = await Promise.all(Object.values(middles).map((start) => start(server.port)));
      all.flat().forEach(vanish);
      all.flat().forEach((tcp) => tcp.socket.resume());
      assert.equal(await ask(socket, "sum", 1, 2), 3);
      await Promise.all(all.flat().map((tcp) => tcp.closed));
    }
    socket.close();
    await clean(descriptors);
  });

  it("twenty rounds more take no more memory than the first", async (t) => {
    const round = async () => {
      const all = await Promise.all(Object.values(middles).map((start) => start(server.port)));
      all.flat().forEach((tcp, i) => (i % 2 ? tcp.fin() : tcp.rst()));
      all.flat().forEach((tcp) => tcp.socket.resume());
      await Promise.all(all.flat().map((tcp) => tcp.closed));
    };
    for (let i = 0; i < 5; i++)
      await round();
    const { heap } = await clean(-1);
    if (heap < 0)
      return t.skip("the heap cannot be measured here");
    for (let i = 0; i < 20; i++)
      await round();
    const now = await clean(-1);
    assert.ok(now.heap - heap < 100000, `${now.heap - heap} bytes more`);
  });
});
