// The counters of a server as Prometheus reads them: examples/common/metrics.c in the chat.
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { connected, withClients } from "./lib/client.mjs";
import { startProgram } from "./lib/server.mjs";

describe("/metrics of the example `chat`", () => {
  let server;
  before(async () => { server = await startProgram(process.env.SIO_CHAT, ["--port", "0"]); });
  after(() => server?.stop());

  /** The page, each line checked, as {"name{label="value"}": number}. */
  async function metrics() {
    const response = await fetch(new URL("/metrics", server.url));
    assert.equal(response.headers.get("content-type"), "text/plain; version=0.0.4; charset=utf-8");
    const values = {}, types = {};
    for (const line of (await response.text()).trimEnd().split("\n")) {
      const type = /^# TYPE (\w+) (counter|gauge)$/.exec(line);
      if (type !== null)
        types[type[1]] = type[2];
      if (line.startsWith("#"))
        continue;
      const [, name, labels, value] = /^([a-z_]+)(\{\w+="[^"]*"\})? (\d+)$/.exec(line);
      assert.ok(name in types, `${name} has no type`);
      values[name + (labels ?? "")] = Number(value);
    }
    return values;
  }

  it("tell of sessions, packets and refusals", () => withClients(
    [["websocket"], ["polling"]].map((transports) => () => connected(server.url, { transports })), async () => {
      await fetch(new URL("/socket.io/?EIO=4&transport=pigeon", server.url));
      const values = await metrics();
      assert.equal(values['sio_sessions{transport="websocket"}'], 1);
      assert.equal(values['sio_sessions{transport="polling"}'], 1);
      assert.equal(values['sio_sessions_by_protocol{protocol="4"}'], 2);
      assert.equal(values.sio_sockets, 2);
      assert.equal(values.sio_sessions_opened_total, 2);
      assert.equal(values['sio_refused_total{reason="transport unknown"}'], 1);
      assert.equal(values.sio_http_refused_total, 0);
      assert.equal(values['sio_limited_total{limit="connections"}'], 0);
      assert.equal(values['sio_limited_total{limit="idle time"}'], 0);
      assert.equal(values.sio_kept_bytes, 0);
      assert.ok(values['sio_packets_total{direction="in"}'] >= 2);
      assert.ok(values['sio_packets_total{direction="out"}'] >= 4);
      assert.ok(values['sio_bytes_total{direction="out"}'] > 500);
    }));
});
