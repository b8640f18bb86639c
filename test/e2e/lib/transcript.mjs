// Writes down what clients hear, so that two servers can be compared.
import { client } from "./client.mjs";

const settleMs = 10000;

const digits = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz-_";

/** An offset of connection state recovery: a clock in ms, to the base of 64. */
function isOffset(text) {
  const clock = /^([\w-]{7})(\.[\w-]+)?$/.exec(text)?.[1];
  const time = [...clock ?? ""].reduce((value, digit) => value * 64 + digits.indexOf(digit), 0);
  return Math.abs(Date.now() - time) < 86400000;
}

/** Ids differ from run to run: the first one becomes #1, and so on. */
function namer() {
  const names = new Map();
  return function rename(value) {
    if (typeof value === "string" && /^[\w-]{20}$/.test(value)) {
      if (!names.has(value))
        names.set(value, `#${names.size + 1}`);
      return names.get(value);
    }
    if (typeof value === "string" && isOffset(value))
      return "<offset>";
    if (Buffer.isBuffer(value) || value instanceof ArrayBuffer || ArrayBuffer.isView(value))
      return `<${Buffer.from(value.buffer ?? value, value.byteOffset ?? 0, value.byteLength).toString("hex")}>`;
    if (value instanceof Error)
      return { error: value.message, data: value.data };
    if (Array.isArray(value))
      return value.map(rename);
    if (value !== null && typeof value === "object")
      return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, rename(each)]));
    return value;
  };
}

/**
 * Runs a script against a server and returns what each client has heard, in order.
 * The script gets {open(name, nsp, options), ask(socket, event, ...args), settle()}: `open` makes a client
 * whose every event is written down under its name, `ask` writes down the acknowledgement, and
 * `settle` returns when each client has heard all that was on its way.
 */
export async function transcribe(url, transports, script) {
  const heard = {};
  const sockets = [];
  const rename = namer();

  function open(name, nsp = "", options = {}) {
    const lines = heard[name] = [];
    const socket = client(url + nsp, { transports, ...options });
    sockets.push(socket);
    socket.on("connect", () => lines.push(["connect", socket.recovered]));
    socket.on("connect_error", (error) => lines.push(["connect_error", rename(error)]));
    socket.on("disconnect", (reason) => lines.push(["disconnect", reason]));
    socket.onAny((event, ...args) => {
      const last = args.at(-1);
      if (typeof last === "function")
        last(...args.slice(0, -1), "answered");
      lines.push([event, rename(args.filter((arg) => typeof arg !== "function"))]);
    });
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`${name} does not connect`)), settleMs);
      const done = () => { clearTimeout(timer); resolve(socket); };
      socket.once("connect", done);
      socket.once("connect_error", done);
    });
  }

  async function ask(socket, event, ...args) {
    const name = Object.keys(heard)[sockets.indexOf(socket)];
    const answer = await new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`${name}: no answer to ${event}`)), settleMs);
      socket.emit(event, ...args, (...answer) => { clearTimeout(timer); resolve(answer); });
    });
    // Rooms are a set, without an order of their own.
    const named = rename(answer);
    if (event === "rooms")
      named[0].sort();
    if (event === "fetch")
      named[0].forEach((socket) => socket.rooms.sort());
    heard[name].push([`answer to ${event}`, named]);
    return answer;
  }

  // What one client causes at another is sent before the answer to the first; what the other hears is
  // in before the answer to itself.
  async function settle() {
    for (let i = 0; i < 2; i++)
      await Promise.all(sockets.filter((socket) => socket.connected)
        .map((socket) => new Promise((resolve) => { socket.emit("ack", resolve); })));
  }

  try {
    await script({ open, ask, settle });
  } finally {
    sockets.forEach((socket) => socket.disconnect());
  }
  return heard;
}
