// One connection of any generation, behind one set of methods: emit, ask (with an ack), leave; what comes goes to heard(event, args), the end to ended().
import http from "node:http";
import { createRequire } from "node:module";
import WebSocket from "ws";

const require = createRequire(import.meta.url);
const PATIENCE = 30000;

function soon(promise, what) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${what}: nothing in ${PATIENCE} ms`)), PATIENCE);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}

class Line {
  heard = () => {};
  ended = () => {};
  over = false;

  end() {
    if (this.over)
      return;
    this.over = true;
    this.ended();
  }
}

/** An official client. */
class Official extends Line {
  constructor(url, { package_, transports }) {
    super();
    const module = require(package_);
    this.socket = (module.io ?? module)(url, { forceNew: true, reconnection: false, transports, timeout: PATIENCE });
    for (const event of ["echo", "said", "tick"])
      this.socket.on(event, (...args) => this.heard(event, args));
    this.socket.on("disconnect", () => this.end());
  }

  open() {
    return soon(new Promise((resolve, reject) => {
      this.socket.on("connect", resolve);
      this.socket.on("connect_error", reject);
      this.socket.on("disconnect", () => reject(new Error("gone already")));
    }), "connect");
  }

  emit(...args) {
    this.socket.emit(...args);
  }

  ask(...args) {
    return soon(new Promise((resolve, reject) => {
      this.socket.emit(...args, (...answer) => resolve(answer));
      this.socket.once("disconnect", () => reject(new Error("gone")));
    }), `ack of ${args[0]}`);
  }

  leave() {
    this.socket.disconnect();
    this.end();
  }
}

/** Socket.IO 0.9 by hand. */
class Old extends Line {
  #acks = new Map();
  #next = 1;
  #connected;
  #refused;

  constructor(url, { transport }) {
    super();
    this.url = url;
    this.transport = transport;
    this.agent = new http.Agent({ keepAlive: true });
    this.unsaid = [];
  }

  async open() {
    const connected = new Promise((resolve, reject) => [this.#connected, this.#refused] = [resolve, reject]);
    connected.catch(() => {});
    const [sid] = (await this.request("GET", `${this.url}/socket.io/1/?t=1`)).split(":");
    this.sid = sid;
    this.where = `${this.url}/socket.io/1/${this.transport}/${sid}?t=1${this.transport === "jsonp-polling" ? "&i=0" : ""}`;
    if (this.transport === "websocket")
      this.#socket();
    else if (this.transport === "htmlfile")
      this.#page();
    else
      this.#polls();
    await soon(connected, "connect");
  }

  end() {
    this.#refused?.(new Error("gone"));
    this.#acks.forEach(([, reject]) => reject(new Error("gone")));
    this.#acks.clear();
    this.agent.destroy();
    super.end();
  }

  request(method, url, body) {
    return new Promise((resolve, reject) => {
      const type = this.transport === "jsonp-polling" ? "application/x-www-form-urlencoded" : "text/plain; charset=UTF-8";
      const headers = body === undefined ? {} : { "Content-Type": type, "Content-Length": Buffer.byteLength(body) };
      const sent = http.request(url, { method, headers, agent: this.agent }, (response) => {
        let text = "";
        response.setEncoding("utf8").on("data", (part) => { text += part; });
        response.on("error", reject);
        response.on("end", () => (response.statusCode === 200 ? resolve(text) : reject(new Error(`status ${response.statusCode}`))));
      });
      sent.on("error", reject);
      sent.end(body);
    });
  }

  #socket() {
    this.ws = new WebSocket(this.where.replace("http", "ws"));
    this.ws.on("message", (data) => this.#take(data.toString()));
    this.ws.on("error", () => {});
    this.ws.on("close", () => this.end());
  }

  #page() {
    let text = "";
    const sent = http.get(this.where, { agent: false }, (response) => {
      response.setEncoding("utf8").on("data", (part) => {
        text += part;
        for (let script; (script = /<script>_\((".*?[^\\]"|"")\);<\/script>/.exec(text)) !== null; text = text.slice(script.index + script[0].length))
          this.#take(JSON.parse(script[1]));
      });
      response.on("error", () => {});
      response.on("close", () => this.end());
    });
    sent.on("error", () => this.end());
    this.page = sent;
  }

  async #polls() {
    try {
      while (!this.over) {
        let text = await this.request("GET", this.where);
        if (this.transport === "jsonp-polling")
          text = JSON.parse(/^io\.j\[0\]\((.*)\);$/s.exec(text)[1]);
        for (const message of text.startsWith("\ufffd") ? text.split("\ufffd").filter((_, i) => i > 0 && i % 2 === 0) : [text])
          this.#take(message);
      }
    } catch {
      this.end();
    }
  }

  #take(message) {
    const [, type, endpoint, data] = /^(\d):[^:]*:([^:]*):?(.*)$/s.exec(message);
    if (type === "1" && endpoint === "") {
      this.#connected();
    } else if (type === "2") {
      this.#say("2::");
    } else if (type === "0" || type === "7") {
      this.end();
    } else if (type === "5") {
      const { name, args = [] } = JSON.parse(data);
      this.heard(name, args);
    } else if (type === "6") {
      const [, id, answer] = /^(\d+)\+?(.*)$/s.exec(data);
      this.#acks.get(id)?.[0](answer === "" ? [] : JSON.parse(answer));
      this.#acks.delete(id);
    }
  }

  /** One POST at a time, with all that has come together meanwhile, as its clients do it. */
  #say(message) {
    if (this.ws !== undefined) {
      if (this.ws.readyState === WebSocket.OPEN)
        this.ws.send(message);
      return;
    }
    this.unsaid.push(message);
    if (!this.posting)
      this.#post();
  }

  async #post() {
    this.posting = true;
    try {
      while (this.unsaid.length > 0 && !this.over) {
        const messages = this.unsaid.splice(0);
        const text = messages.length === 1 ? messages[0] : messages.map((message) => `\ufffd${message.length}\ufffd${message}`).join("");
        await this.request("POST", this.where, this.transport === "jsonp-polling" ? `d=${encodeURIComponent(JSON.stringify(text))}` : text);
      }
    } catch {
      this.end();
    }
    this.posting = false;
  }

  emit(name, ...args) {
    this.#say(`5:::${JSON.stringify({ name, args })}`);
  }

  ask(name, ...args) {
    const id = String(this.#next++);
    return soon(new Promise((resolve, reject) => {
      this.#acks.set(id, [resolve, reject]);
      this.#say(`5:${id}+::${JSON.stringify({ name, args })}`);
    }), `ack of ${name}`);
  }

  async leave() {
    if (this.ws !== undefined)
      this.ws.send("0::");
    else
      await this.request("GET", `${this.where}&disconnect=1`).catch(() => {});
    this.page?.destroy();
    this.end();
  }
}

const packages = { "1.7": "socket.io-client-v1.7", 2: "socket.io-client-v2", 3: "socket.io-client-v3", 4: "socket.io-client" };
const ways = [["websocket"], ["polling"], ["polling", "websocket"]];

/** Every generation on each of its transports. */
export const kinds = [
  ...Object.entries(packages).flatMap(([generation, package_]) => ways.map((transports) => ({ name: `${generation} ${transports}`, package_, transports }))),
  ...["websocket", "xhr-polling", "jsonp-polling", "htmlfile"].map((transport) => ({ name: `0.9 ${transport}`, transport })),
];

/** A connection that is not open yet: hang listeners on it, then open() it. */
export const lineOf = (kind, url) => (kind.package_ ? new Official(url, kind) : new Old(url, kind));
