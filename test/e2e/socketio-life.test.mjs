// How connections end, come back, and what timers do meanwhile.
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { ask, collect, connected, modes, next, withClients } from "./lib/client.mjs";
import { stats } from "./lib/raw.mjs";
import { startProgram, until } from "./lib/server.mjs";
import WebSocket from "ws";

for (const [mode, transports] of Object.entries(modes)) {
  describe(`ends and beginnings over ${mode}`, () => {
    let server;
    before(async () => { server = await startProgram(process.env.SIO_E2E_SERVER); });
    after(() => server?.stop());

    /** Runs @p use, and tells by how much each disconnect reason has grown. */
    async function reasons(use) {
      const { disconnects } = await stats(server.url);
      await use();
      return until(async () => {
        const now = (await stats(server.url)).disconnects;
        const grown = Object.entries(now).filter(([reason, count]) => count > disconnects[reason]);
        return grown.length > 0 && Object.fromEntries(grown.map(([reason, count]) => [reason, count - disconnects[reason]]));
      });
    }

    const ready = async (options = {}) => {
      const socket = await connected(server.url, { transports, ...options });
      await until(() => socket.io.engine.transport.name === transports.at(-1), 5000, "the last transport");
      return socket;
    };

    it("the server disconnects the namespace only [S23, S28]", async () => {
      const socket = await ready();
      const custom = socket.io.socket("/custom");
      await next(custom, "connect");
      assert.deepEqual(await reasons(async () => {
        const gone = next(socket, "disconnect");
        socket.emit("kick", false);
        assert.equal((await gone)[0], "io server disconnect");
      }), { "server namespace disconnect": 1 });
      assert.equal(await ask(custom, "sum", 1, 2), 3, "the other namespace lives on");
      socket.connect();
      await next(socket, "connect");
      assert.equal(await ask(socket, "sum", 1, 2), 3);
      socket.io._close();
    });

    it("the server disconnects everything [S23, S28]", async () => {
      const socket = await ready();
      const custom = socket.io.socket("/custom");
      await next(custom, "connect");
      assert.deepEqual(await reasons(async () => {
        const gone = [next(socket, "disconnect"), next(custom, "disconnect")];
        socket.emit("kick", true);
        assert.equal((await gone[0])[0], "io server disconnect");
        assert.equal((await gone[1])[0], "io server disconnect");
      }), { "server namespace disconnect": 2 });
      await until(async () => (await stats(server.url)).clients === 0, 5000, "the connection ends");
    });

    it("the client leaves the namespace [S28]", async () => {
      const socket = await ready();
      const custom = socket.io.socket("/custom");
      await next(custom, "connect");
      assert.deepEqual(await reasons(async () => custom.disconnect()), { "client namespace disconnect": 1 });
      assert.equal(await ask(socket, "sum", 1, 2), 3);
      socket.io._close();
    });

    it("the client's connection ends [E58, S28]", async () => {
      const socket = await ready();
      assert.deepEqual(await reasons(() => socket.io.engine.close()), { "transport close": 1 });
    });

    it("the server shuts down: sockets are told why, the program ends with 0 [S3, S28]", async () => {
      const other = await startProgram(process.env.SIO_E2E_SERVER);
      const socket = await connected(other.url, { transports });
      const gone = next(socket, "disconnect");
      await other.stop();
      assert.match((await gone)[0], /^transport (close|error)$/);
      socket.close();
    });

    it("the client comes back after a restart of the server, again and again", async () => {
      let other = await startProgram(process.env.SIO_E2E_SERVER);
      const { port } = other;
      const socket = await connected(other.url, {
        transports, reconnection: true, reconnectionDelay: 30, reconnectionDelayMax: 60,
      });
      try {
        for (let round = 0; round < 3; round++) {
          const { id } = socket;
          const back = next(socket, "connect", 15000);
          await other.stop(round === 1 ? "SIGKILL" : "SIGTERM");
          other = await startProgram(process.env.SIO_E2E_SERVER, ["--port", port]);
          await back;
          assert.notEqual(socket.id, id);
          assert.equal(await ask(socket, "sum", 1, round), 1 + round);
        }
      } finally {
        socket.close();
        await other.stop();
      }
    });

    it("what was emitted while away arrives after the way back", async () => {
      let other = await startProgram(process.env.SIO_E2E_SERVER);
      const { port } = other;
      const socket = await connected(other.url, {
        transports, reconnection: true, reconnectionDelay: 30, reconnectionDelayMax: 60,
      });
      try {
        const gone = next(socket, "disconnect");
        await other.stop();
        await gone;
        const echoes = collect(socket, "echo", 2, 15000);
        socket.emit("echo", 1);
        socket.emit("echo", Buffer.from([2]));
        other = await startProgram(process.env.SIO_E2E_SERVER, ["--port", port]);
        assert.deepEqual(await echoes, [[1], [Buffer.from([2])]]);
      } finally {
        socket.close();
        await other.stop();
      }
    });

    it("a timer of a socket fires, repeats, and ends with it", () => withClients([ready], async (socket) => {
      const one = next(socket, "tick");
      socket.emit("after", 30);
      await one;
      const ticks = collect(socket, "tick", 5);
      socket.emit("every", 20);
      await ticks;
    }));

    it("leaves nothing behind", async () => {
      const now = await until(async () => {
        const seen = await stats(server.url);
        return seen.clients === 0 && seen;
      });
      assert.ok(Object.values(now.sockets).every((count) => count === 0), JSON.stringify(now.sockets));
    });
  });
}

describe("limits of time", () => {
  it("a silent client is given up: ping timeout [E70, S28]", async () => {
    const server = await startProgram(process.env.SIO_E2E_SERVER, ["--ping-interval", "100", "--ping-timeout", "100"]);
    try {
      // Not the official client: it would give up by itself, at about the same moment.
      const silent = new WebSocket(`${server.url.replace("http", "ws")}/socket.io/?EIO=4&transport=websocket`);
      const gone = new Promise((resolve) => silent.on("close", resolve));
      silent.on("open", () => silent.send("40"));
      await until(async () => (await stats(server.url)).disconnects["ping timeout"] === 1);
      await gone;
      assert.equal((await stats(server.url)).clients, 0);
    } finally {
      await server.stop();
    }
  });
});
