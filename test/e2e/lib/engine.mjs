// Engine.IO sessions spoken by hand, where a test looks at each byte.
import { once } from "node:events";
import http from "node:http";
import WebSocket from "ws";
import { Tcp } from "./raw.mjs";

export const path = "/engine.io/";
export const polling = "EIO=4&transport=polling";
export const websocket = "EIO=4&transport=websocket";

/** One request on a connection of its own: status, headers, body. */
export async function ask(url, { method = "GET", query = polling, body, headers = {}, where = path } = {}) {
  const request = http.request(`${url}${where}?${query}`, { method, headers, agent: false });
  request.end(body);
  const [response] = await once(request, "response");
  let text = "";
  for await (const piece of response.setEncoding("utf8"))
    text += piece;
  return { status: response.statusCode, headers: response.headers, body: text };
}

/** A polling session: poll() and post() give the whole answers; poll() answers the heartbeat, whose packets it takes out. */
export async function open(url) {
  const { body } = await ask(url);
  const handshake = JSON.parse(body.slice(1));
  const query = `${polling}&sid=${handshake.sid}`;
  return {
    handshake,
    sid: handshake.sid,
    query,
    async poll(options) {
      for (;;) {
        const answer = await ask(url, { query, ...options });
        const packets = answer.body.split("\x1e");
        if (!packets.includes("2"))
          return answer;
        await this.post("3");
        answer.body = packets.filter((packet) => packet !== "2").join("\x1e");
        if (answer.body !== "")
          return answer;
      }
    },
    post: (body, options) => ask(url, { method: "POST", query, body, ...options }),
    /** Ends it, so that nothing of it disturbs what follows. */
    leave: () => ask(url, { method: "POST", query, body: "1" }),
  };
}

/** Resolves once the session is unknown to the server. */
export async function ended(session) {
  for (;;) {
    const { status, body } = await session.post("6");
    if (status === 400 && body === '{"code":1,"message":"Session ID unknown"}')
      return;
    if (status !== 200)
      throw new Error(`${status} ${body}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/** A WebSocket whose messages and close are awaited in order. */
export async function connect(url, query = websocket) {
  const ws = new WebSocket(`${url.replace("http", "ws")}${path}?${query}`);
  const messages = [], waiting = [];
  const give = (message) => (waiting.length > 0 ? waiting.shift()(message) : messages.push(message));
  ws.on("message", (data, binary) => give(binary ? data : data.toString()));
  ws.on("error", () => {});
  const closed = once(ws, "close").then(([code]) => {
    give(null);
    return code;
  });
  await Promise.race([once(ws, "open"), closed.then((code) => Promise.reject(new Error(`closed: ${code}`)))]);
  return {
    ws,
    closed,
    /** The next message; null when there will be none. */
    next: () => (messages.length > 0 ? messages.shift() : new Promise((resolve) => waiting.push(resolve))),
    send: (...list) => list.forEach((message) => ws.send(message)),
  };
}

/** The bytes that answer these bytes, until the server closes the connection. */
export async function exchange(port, ...parts) {
  const tcp = await Tcp.open(port);
  tcp.write(...parts);
  await cutOff(tcp);
  return tcp.received;
}

/** Waits until the server has ended a connection, by FIN or RST. */
export async function cutOff(tcp) {
  if (!tcp.socket.readableEnded && !tcp.socket.destroyed)
    await Promise.race([once(tcp.socket, "end"), once(tcp.socket, "close")]);
  tcp.fin();
  await tcp.closed;
}

export function upgradeRequest(query, { version = "13", key = "dGhlIHNhbXBsZSBub25jZQ==", method = "GET" } = {}) {
  return `${method} ${path}?${query} HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n`
    + `Sec-WebSocket-Version: ${version}\r\n` + (key ? `Sec-WebSocket-Key: ${key}\r\n` : "") + "\r\n";
}
