// WebSockets of Socket.IO 0.9's time, byte by byte: the drafts 75 and 76, and the versions 7, 8 and 13.
import { createHash, randomBytes } from "node:crypto";
import { once } from "node:events";
import { frame, Tcp } from "./raw.mjs";

export const DRAFTS = [75, 76];
export const VERSIONS = [7, 8, 13];

const random = (below) => randomBytes(4).readUInt32BE() % below;

/** A key as the draft 76 has its clients make one: a number times its spaces, with both and other characters strewn in. */
export function draftKey() {
  const spaces = 1 + random(12);
  const number = random(Math.floor(0xffffffff / spaces) + 1);
  const key = [...String(number * spaces)];
  for (let i = 1 + random(12); i > 0; i--)
    key.splice(random(key.length + 1), 0, "!~abcXYZ:{"[random(10)]);
  for (let i = 0; i < spaces; i++)
    key.splice(1 + random(key.length - 1), 0, " ");
  return { key: key.join(""), number };
}

const isDraft = (version) => version >= 75;

/** The lines of a handshake, and what proves that it was understood: "" if nothing does. */
function handshake(version, origin) {
  if (version === 75)
    return { lines: ["Upgrade: WebSocket", "Connection: Upgrade", `Origin: ${origin}`], body: Buffer.alloc(0), proof: "" };
  if (version === 76) {
    const [one, two] = [draftKey(), draftKey()];
    const body = randomBytes(8), numbers = Buffer.alloc(8);
    numbers.writeUInt32BE(one.number, 0);
    numbers.writeUInt32BE(two.number, 4);
    return {
      lines: [`Sec-WebSocket-Key2: ${two.key}`, "Upgrade: WebSocket", `Sec-WebSocket-Key1: ${one.key}`, "Connection: Upgrade", `Origin: ${origin}`],
      body, proof: createHash("md5").update(numbers).update(body).digest("latin1"),
    };
  }
  return {
    lines: ["Upgrade: websocket", "Connection: Upgrade", `${version === 13 ? "" : "Sec-WebSocket-"}Origin: ${origin}`,
      `Sec-WebSocket-Version: ${version}`, "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=="],
    body: Buffer.alloc(0), proof: "",
  };
}

/** A client whose messages are read one by one. */
export class Wire {
  /** Sends the header of a handshake; the draft's body is the caller's to send (`wire.body`). */
  static async begin(url, path, version, origin = "http://example.com") {
    const wire = new Wire();
    const { lines, body, proof } = handshake(version, origin);
    Object.assign(wire, { version, body, proof, header: "", at: 0 });
    const { host, port } = new URL(url);
    wire.tcp = await Tcp.open(Number(port));
    wire.tcp.write(`GET ${path} HTTP/1.1\r\nHost: ${host}\r\n${lines.join("\r\n")}\r\n\r\n`);
    return wire;
  }

  /** The whole of it: the answer's header is in `wire.header`. */
  static async open(url, path, version, origin) {
    const wire = await Wire.begin(url, path, version, origin);
    wire.tcp.write(wire.body);
    await wire.opened();
    return wire;
  }

  /** Waits for the header. */
  async answered() {
    await this.tcp.until("\r\n\r\n");
    this.at = this.tcp.received.indexOf("\r\n\r\n") + 4;
    this.header = this.tcp.received.slice(0, this.at);
    return this.header;
  }

  /** Waits for all of the answer. */
  async opened() {
    if (!/^HTTP\/1.1 101 /.test(await this.answered()))
      throw new Error(this.header);
    await this.tcp.until(this.header + this.proof);
    this.at += this.proof.length;
  }

  /** What has come behind the last message read. */
  get rest() {
    return this.tcp.received.slice(this.at);
  }

  #take() {
    const rest = Buffer.from(this.rest, "latin1");
    if (isDraft(this.version)) {
      const end = rest.indexOf(0xff, 1);
      if (rest[0] === 0xff)
        return rest.length < 2 ? undefined : [null, 2];
      return end < 0 ? undefined : [rest.toString("utf8", 1, end), end + 1];
    }
    const head = rest[1] < 126 ? 2 : 4;
    const length = head === 2 ? rest[1] : rest.length < 4 ? Infinity : rest.readUInt16BE(2);
    if (rest.length < head + length || rest.length < 2)
      return undefined;
    return [(rest[0] & 15) === 8 ? null : rest.toString("utf8", head, head + length), head + length];
  }

  /** The next message; null for a closing frame, or the end without one. */
  async next() {
    for (;;) {
      const taken = this.#take();
      if (taken) {
        this.at += taken[1];
        return taken[0];
      }
      if (this.tcp.socket.readableEnded || this.tcp.socket.destroyed)
        return null;
      await Promise.race([once(this.tcp.socket, "received"), this.tcp.ended(), this.tcp.closed]);
    }
  }

  frame(text) {
    return isDraft(this.version) ? Buffer.concat([Buffer.from([0]), Buffer.from(text), Buffer.from([0xff])]) : frame(text);
  }

  send(...texts) {
    this.tcp.write(Buffer.concat(texts.map((text) => this.frame(text))));
  }

  /** The closing frame; draft 75 has none. */
  sendClose() {
    if (this.version !== 75)
      this.tcp.write(isDraft(this.version) ? Buffer.from([0xff, 0]) : frame("", 8));
  }

  /** Answers the server's closing frame, and waits for the end. */
  async leave() {
    this.sendClose();
    await this.tcp.ended();
    this.close();
  }

  close() {
    this.tcp.socket.destroy();
  }
}
