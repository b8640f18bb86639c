// Clients that say exactly what a test wants said.
import { once } from "node:events";
import http from "node:http";
import net from "node:net";
import WebSocket from "ws";

/** Everything here answers soon or never. */
function soon(promise, what) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${what}: nothing in 5 s`)), 5000);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}

/** An Engine.IO session over long-polling. */
export class Polling {
  static async open(url, path = "/socket.io/") {
    const base = `${url}${path}?EIO=4&transport=polling`;
    const response = await fetch(base);
    const text = await response.text();
    if (response.status !== 200)
      throw new Error(`handshake: ${response.status} ${text}`);
    const session = new Polling();
    session.handshake = JSON.parse(text.slice(1));
    session.sid = session.handshake.sid;
    session.url = `${base}&sid=${session.sid}`;
    return session;
  }

  post(body) {
    return fetch(this.url, { method: "POST", body, headers: { "Content-Type": "text/plain" } });
  }

  /** The packets of one poll; an error response becomes its status. */
  async poll() {
    const response = await fetch(this.url);
    const text = await response.text();
    return response.status === 200 ? text.split("\x1e") : response.status;
  }

  /** POSTs @p body and expects it to be taken. */
  async send(body) {
    const response = await this.post(body);
    const text = await response.text();
    if (response.status !== 200 || text !== "ok")
      throw new Error(`POST: ${response.status} ${text}`);
  }
}

/** A WebSocket whose messages are read one by one. */
export class Socket {
  constructor(url, query = "EIO=4&transport=websocket", path = "/socket.io/") {
    this.ws = new WebSocket(`${url.replace("http", "ws")}${path}?${query}`);
    this.messages = [];
    this.waiting = [];
    this.ws.on("message", (data, binary) => this.#push(binary ? data : data.toString()));
    this.ws.on("error", () => {});
    this.end = once(this.ws, "close").then(([code]) => {
      this.#push(null);
      return code;
    });
  }

  /** Resolves with the close code. */
  get closed() {
    return soon(this.end, "close");
  }

  #push(message) {
    if (message === "2")
      return this.ws.send("3");
    const waiting = this.waiting.shift();
    if (waiting)
      waiting(message);
    else
      this.messages.push(message);
  }

  /** The next message that is no ping; null after the end. */
  next() {
    if (this.messages.length > 0)
      return this.messages.shift();
    return soon(new Promise((resolve) => this.waiting.push(resolve)), "message");
  }

  send(...messages) {
    messages.forEach((message) => this.ws.send(message));
  }

  close() {
    this.ws.terminate();
  }

  /** Opened, the open packet read. */
  static async open(url, query) {
    const socket = new Socket(url, query);
    const first = await socket.next();
    if (first?.[0] !== "0")
      throw new Error(`no open packet: ${first}`);
    socket.handshake = JSON.parse(first.slice(1));
    return socket;
  }

  /** In the namespace @p nsp as well. */
  static async connect(url, nsp = "") {
    const socket = await Socket.open(url);
    socket.send(`40${nsp}`);
    const [answer, auth] = [await socket.next(), await socket.next()];
    if (!answer.startsWith(`40${nsp}{"sid":`) || !auth.startsWith(`42${nsp}["auth"`))
      throw new Error(`not connected: ${answer} ${auth}`);
    return socket;
  }
}

/** A TCP connection, to write half of things on. */
export class Tcp {
  static async open(port) {
    const tcp = new Tcp();
    tcp.received = "";
    tcp.socket = net.connect({ port, host: "127.0.0.1", allowHalfOpen: true });
    tcp.socket.on("error", () => {});
    tcp.socket.setEncoding("latin1").on("data", (text) => {
      tcp.received += text;
      tcp.socket.emit("received");
    });
    tcp.end = once(tcp.socket, "close");
    tcp.fins = new Promise((resolve) => tcp.socket.on("end", resolve).on("close", resolve));
    await once(tcp.socket, "connect");
    return tcp;
  }

  write(...parts) {
    parts.forEach((part) => this.socket.write(part, typeof part === "string" ? "latin1" : undefined));
  }

  get closed() {
    return soon(this.end, "close");
  }

  /** Waits for the peer's FIN, or the end. */
  ended() {
    return soon(this.fins, "FIN");
  }

  /** Waits until @p text has arrived. */
  async until(text) {
    const arrived = async () => {
      while (!this.received.includes(text))
        await once(this.socket, "received");
    };
    await soon(arrived(), text);
    return this.received;
  }

  /** Upgrades to a WebSocket by hand. */
  async upgrade(query, path = "/socket.io/") {
    this.write(`GET ${path}?${query} HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n` +
      "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n");
    await this.until("\r\n\r\n");
  }

  fin() {
    this.socket.end();
  }

  rst() {
    this.socket.resetAndDestroy();
  }
}

/** A masked WebSocket frame with a mask of zeros, so that it can be cut anywhere. */
export function frame(text, opcode = 1) {
  const payload = Buffer.from(text);
  const head = payload.length < 126 ? Buffer.from([0x80 | opcode, 0x80 | payload.length])
    : Buffer.from([0x80 | opcode, 0x80 | 126, payload.length >> 8, payload.length & 255]);
  return Buffer.concat([head, Buffer.alloc(4), payload]);
}

/** What /stats says, asked on a connection that does not stay. */
export async function stats(url) {
  const [response] = await once(http.get(`${url}/stats`, { agent: false }), "response");
  let text = "";
  for await (const piece of response.setEncoding("utf8"))
    text += piece;
  return JSON.parse(text);
}
