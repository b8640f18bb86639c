// Bytes that two servers may take for different requests: what Node's own server refuses is refused, and
// behind nginx one request stays one. (test/unit/net/strict.h has all that is refused, with the answers.)
import assert from "node:assert/strict";
import { once } from "node:events";
import http from "node:http";
import { after, before, describe, it } from "node:test";
import { forwardKept, startNginx } from "./lib/nginx.mjs";
import { stats, Tcp } from "./lib/raw.mjs";
import { startProgram, until } from "./lib/server.mjs";

const host = "Host: x\r\n";
const get = `GET /body HTTP/1.1\r\n${host}`;
const post = `POST /body HTTP/1.1\r\n${host}`;
const chunks = `${post}Transfer-Encoding: chunked\r\n\r\n`;
const last = `GET /body?last HTTP/1.1\r\n${host}Connection: close\r\n\r\n`;

/** Statuses of what comes back, the connection's last request behind the bytes. */
async function exchange(port, bytes) {
  const tcp = await Tcp.open(port);
  tcp.socket.on("end", () => tcp.fin());
  tcp.write(bytes + last);
  await tcp.closed;
  return [...tcp.received.matchAll(/HTTP\/1\.1 (\d{3}) /g)].map(([, status]) => Number(status));
}

const isError = (status) => status >= 400;

// Those that make sense come first, so that it is seen that not everything is refused.
const good = {
  "a request": `${get}\r\n`,
  "a length": `${post}Content-Length: 5\r\n\r\nhello`,
  "chunks": `${chunks}5;a=b\r\nhello\r\n0\r\nA: b\r\n\r\n`,
  "the URL of a resource": `GET http://x/body HTTP/1.1\r\n${host}\r\n`,
};

const bad = {
  "a length and a coding": `${post}Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
  "a coding and a length": `${post}Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n`,
  "two lengths": `${post}Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello`,
  "one length twice": `${post}Content-Length: 5\r\nContent-Length: 5\r\n\r\nhello`,
  "a list of lengths": `${post}Content-Length: 5, 5\r\n\r\nhello`,
  "a length with a sign": `${post}Content-Length: +5\r\n\r\nhello`,
  "a hexadecimal length": `${post}Content-Length: 0x5\r\n\r\nhello`,
  "a negative length": `${post}Content-Length: -5\r\n\r\nhello`,
  "an empty length": `${post}Content-Length: \r\n\r\n`,
  "a length of 2^64": `${post}Content-Length: 18446744073709551616\r\n\r\nhello`,
  "chunked twice": `${post}Transfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n`,
  "chunked not last": `${post}Transfer-Encoding: chunked, gzip\r\n\r\n0\r\n\r\n`,
  "identity": `${post}Transfer-Encoding: identity\r\n\r\n`,
  "xchunked": `${post}Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n`,
  "chunked behind a vertical tab": `${post}Transfer-Encoding: \vchunked\r\n\r\n0\r\n\r\n`,
  "a blank before a colon": `${post}Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n`,
  "a folded header": `${get}A: b\r\n c\r\n\r\n`,
  "a folded length": `${post}Content-Length:\r\n 5\r\n\r\nhello`,
  "CR in a value": `${get}A: b\rc\r\n\r\n`,
  "CR behind an empty value": `${get}A:\rContent-Length: 5\r\n\r\n`,
  "LF for a line end": `${get}A: b\nC: d\r\n\r\n`,
  "LF for all line ends": `GET /body HTTP/1.1\nHost: x\n\n`,
  "a NUL in a value": `${get}A: b\0c\r\n\r\n`,
  "a NUL in a name": `${get}A\0: b\r\n\r\n`,
  "no token": `${get}A@: b\r\n\r\n`,
  "no Host": "GET /body HTTP/1.1\r\n\r\n",
  "a chunk size of letters": `${chunks}xyz\r\nhello\r\n0\r\n\r\n`,
  "a chunk size with a prefix": `${chunks}0x5\r\nhello\r\n0\r\n\r\n`,
  "a chunk size with a blank": `${chunks}5 \r\nhello\r\n0\r\n\r\n`,
  "a chunk size of 2^64": `${chunks}10000000000000000\r\nhello\r\n0\r\n\r\n`,
  "LF behind a chunk size": `${chunks}5\nhello\r\n0\r\n\r\n`,
  "LF in a chunk's extension": `${chunks}5;a\nhello\r\n0\r\n\r\n`,
  "no line end behind a chunk": `${chunks}5\r\nhello0\r\n\r\n`,
  "two other bytes behind a chunk": `${chunks}5\r\nhelloXX0\r\n\r\n`,
  "a length for a trailer": `${chunks}0\r\nContent-Length: 5\r\n\r\n`,
  "HTTP/1.2": `GET /body HTTP/1.2\r\n${host}\r\n`,
  "a method that nobody knows": `NOSUCH /body HTTP/1.1\r\n${host}\r\n`,
  "a control character in the target": `GET /body\x01 HTTP/1.1\r\n${host}\r\n`,
};

describe("what Node's server refuses", () => {
  let ours, node;
  before(async () => {
    ours = await startProgram(process.env.SIO_E2E_SERVER);
    node = http.createServer((request, response) => request.resume().on("end", () => response.end()));
    node.listen(0, "127.0.0.1");
    await once(node, "listening");
  });
  after(async () => {
    node?.close();
    await ours?.stop();
  });

  for (const [name, bytes] of Object.entries(good))
    it(`${name}: is taken by both`, async () => {
      assert.deepEqual(await exchange(node.address().port, bytes), [200, 200]);
      assert.deepEqual(await exchange(ours.port, bytes), [200, 200]);
    });

  for (const [name, bytes] of Object.entries(bad))
    it(`${name}: is refused here, whatever Node does`, async () => {
      const theirs = await exchange(node.address().port, bytes);
      const mine = await exchange(ours.port, bytes);
      assert.equal(mine.length, 1, `one answer, not ${mine}`);
      assert.ok(isError(mine[0]), `${mine}; Node: ${theirs}`);
    });

  it("all of that has left nothing behind", async () => {
    assert.equal((await stats(ours.url)).clients, 0);
  });
});

describe("behind nginx, on a connection that it shares", () => {
  // Not asked for: who takes it for a request has one session more.
  const hidden = `GET /socket.io/?EIO=4&transport=polling HTTP/1.1\r\n${host}\r\n`;
  const size = hidden.length;
  const hex = size.toString(16);
  const pairs = {
    "in a body": `${post}Content-Length: ${size}\r\n\r\n${hidden}`,
    "in a chunk": `${chunks}${hex}\r\n${hidden}\r\n0\r\n\r\n`,
    "behind a length that counts and a coding that does not": `${post}Content-Length: ${size + 5}\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n${hidden}`,
    "behind a coding that one may overlook": `${post}Content-Length: ${size}\r\nTransfer-Encoding : chunked\r\n\r\n${hidden}`,
    "behind an unknown coding": `${post}Content-Length: ${size}\r\nTransfer-Encoding: xchunked\r\n\r\n${hidden}`,
    "behind a coding in odd letters": `${post}Content-Length: ${size + 5}\r\nTransfer-encoding: Chunked\r\n\r\n0\r\n\r\n${hidden}`,
    "behind a folded coding": `${post}Content-Length: ${size + 5}\r\nTransfer-Encoding:\r\n chunked\r\n\r\n0\r\n\r\n${hidden}`,
    "behind a coding after CR": `${post}Content-Length: ${size + 5}\r\nA: b\rTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n${hidden}`,
    "behind a coding with an underscore": `${post}Content-Length: ${size + 5}\r\nTransfer_Encoding: chunked\r\n\r\n0\r\n\r\n${hidden}`,
    "behind the shorter of two lengths": `${post}Content-Length: 0\r\nContent-Length: ${size}\r\n\r\n${hidden}`,
    "behind the length of a trailer": `${chunks}${hex}\r\n${hidden}\r\n0\r\nContent-Length: 0\r\n\r\n`,
    "behind an extension that ends in LF": `${chunks}${hex};a\n${hidden}\r\n0\r\n\r\n`,
    "behind a chunk size that overflows": `${chunks}1${hex.padStart(16, "0")}\r\n${hidden}\r\n0\r\n\r\n`,
    "behind an upgrade that nobody takes": `${get}Connection: Upgrade\r\nUpgrade: websocket\r\nContent-Length: ${size}\r\n\r\n${hidden}`,
    "behind an expectation": `${post}Expect: 100-continue\r\nContent-Length: ${size}\r\n\r\n${hidden}`,
    "in the body of a GET": `${get}Content-Length: ${size}\r\n\r\n${hidden}`,
  };

  let server, nginx;
  before(async () => {
    server = await startProgram(process.env.SIO_E2E_SERVER);
    nginx = await startNginx(forwardKept(server));
  });
  after(async () => {
    await nginx?.stop();
    await server?.stop();
  });

  const sessions = async () => (await stats(server.url)).clients;

  for (const [name, bytes] of Object.entries(pairs))
    it(`a request ${name} is none`, async () => {
      const statuses = (await exchange(nginx.port, bytes)).filter((status) => status !== 100);
      // It and the last one; or it is refused.
      assert.deepEqual(statuses.map(isError), isError(statuses[0]) ? [true] : [false, false], `${statuses}`);
      // Who comes next on nginx's connection gets an answer of its own.
      const next = await fetch(`${nginx.url}/body`, { method: "POST", body: name });
      assert.equal(next.status, 200);
      assert.equal(await next.text(), name);
      assert.equal(await sessions(), 0);
    });

  it("two requests are two", async () => {
    assert.deepEqual(await exchange(nginx.port, `${post}Content-Length: 2\r\n\r\nhi${hidden}`), [200, 200, 200]);
    await until(async () => await sessions() === 1);
  });
});
