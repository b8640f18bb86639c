// The official client, as the tests use it.
import { io } from "socket.io-client";

/** What a test is repeated over: the client's ways to come. */
export const modes = {
  websocket: ["websocket"],
  polling: ["polling"],
  upgrade: ["polling", "websocket"],
};

/** A client of its own connection that stays away once it is away. */
export function client(url, options = {}) {
  return io(url, { forceNew: true, reconnection: false, ...options });
}

function withTimeout(promise, milliseconds, what) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${what}: nothing in ${milliseconds} ms`)), milliseconds);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}

/** The arguments of the next @p event. */
export function next(emitter, event, milliseconds = 5000) {
  return withTimeout(new Promise((resolve) => emitter.once(event, (...args) => resolve(args))), milliseconds, event);
}

/** The arguments of the next @p count events. */
export function collect(emitter, event, count, milliseconds = 10000) {
  const all = [];
  return withTimeout(new Promise((resolve) => {
    emitter.on(event, function listener(...args) {
      all.push(args);
      if (all.length < count)
        return;
      emitter.off(event, listener);
      resolve(all);
    });
  }), milliseconds, `${count} x ${event}`);
}

/** A client that has connected. */
export async function connected(url, options) {
  const socket = client(url, options);
  try {
    await withTimeout(new Promise((resolve, reject) => {
      socket.once("connect", resolve);
      socket.once("connect_error", reject);
    }), 5000, "connect");
  } catch (error) {
    socket.close();
    throw error;
  }
  return socket;
}

/** Emits with an ack and waits for it. */
export const ask = (socket, event, ...args) => socket.timeout(5000).emitWithAck(event, ...args);

/** Calls @p use with clients and closes them, whatever happens. */
export async function withClients(opening, use) {
  const sockets = [];
  try {
    for (const open of opening)
      sockets.push(await open());
    return await use(...sockets);
  } finally {
    sockets.forEach((socket) => socket.close());
  }
}

/** Resolves once everything the server has sent to @p socket so far has arrived. */
export const settled = (socket) => ask(socket, "ack");
