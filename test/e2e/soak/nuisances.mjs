// Peers that do not behave: they say half of something and stay, or are spoken to and do not listen.
import { DRAFTS, Wire } from "../lib/drafts.mjs";
import { request } from "../lib/http.mjs";
import { frame, Tcp } from "../lib/raw.mjs";
import { HALL } from "./people.mjs";
import { below, between, one, pause } from "./random.mjs";

const HALVES = [
  "", "GET", "GET /socket.io/?EIO=4&transport=polling HTTP/1.1\r\n", "GET /socket.io/?EIO=4&transport=polling HTTP/1.1\r\nHost: x\r\nX-Half: ",
  "POST /body HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\nhalf", "POST /body HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n1000\r\nhalf",
  "NONSENSE\r\n\r\n", "\u0000\u0001\u0002\u0003", "GET /socket.io/1/ HTTP/1.1\r\nHost: x\r\n\r\nGET /socket.io/1/htmlf",
];

/** Says a half, and vanishes later: orderly, rudely, or not before the server has had enough. */
async function halfOpen(port) {
  const tcp = await Tcp.open(port);
  tcp.write(one(HALVES));
  await Promise.race([tcp.end, pause(between(100, 8000))]);
  if (below(2) === 0)
    tcp.socket.end();
  await Promise.race([tcp.end, pause(between(0, 500))]);
  tcp.socket.resetAndDestroy();
}

/** A WebSocket that is in the hall and reads nothing more, until it is cut off or goes. */
async function deaf(port) {
  const tcp = await Tcp.open(port);
  await tcp.upgrade("EIO=4&transport=websocket");
  await tcp.until('0{"sid"');
  tcp.write(frame("40"));
  await tcp.until('["auth"');
  tcp.write(frame(`42["join",${JSON.stringify(HALL)}]`));
  tcp.socket.pause();
  tcp.write(frame('42["big",900000,false]'), frame('42["big",900000,true]'), frame('42["big",900000,false]'));
  await Promise.race([tcp.end, pause(between(2000, 8000))]);
  tcp.socket.resetAndDestroy();
}

/** Breaks the rules of each framing. */
async function liar(port) {
  const tcp = await Tcp.open(port);
  await tcp.upgrade(one(["EIO=4&transport=websocket", "EIO=3&transport=websocket"]));
  await tcp.until('0{"sid"');
  tcp.write(frame(one(["4", "9", "42[", "451-", "47", "4{}", "2probe", "b!", "42/never,[\"x\"]"])));
  tcp.write(Buffer.from(one([[0x81, 0x01, 0x34], [0xf1, 0x80, 1, 2, 3, 4], [0x82, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]])));
  await Promise.race([tcp.end, pause(2000)]);
  tcp.socket.resetAndDestroy();
}

/** Comes as the browsers of 2010 did, says half of it, lies, or leaves amid a frame. */
async function ancient(port) {
  const url = `http://127.0.0.1:${port}`;
  const [sid] = (await request(`${url}/socket.io/1/`)).text.split(":");
  const wire = await Wire.begin(url, `/socket.io/1/websocket/${one([sid, sid, sid, "nobody"])}`, one(DRAFTS));
  wire.tcp.write(wire.body.subarray(0, one([8, 8, 8, 7, 0])));
  wire.send(`5:::{"name":"join","args":[${JSON.stringify(HALL)}]}`);
  await Promise.race([wire.tcp.end, pause(between(100, 4000))]);
  wire.tcp.write(Buffer.from(one([[0, 0x35, 0x3a], [0xff], [0xff, 0], [0x80, 0xff, 0xff, 0xff, 0xff, 0xff], [3, 0x35], [0x90, 5, 0xff]])));
  await Promise.race([wire.tcp.end, pause(between(100, 4000))]);
  wire.tcp.socket.resetAndDestroy();
}

/** One after the other until the end. */
export async function nuisance(port, end, count) {
  while (Date.now() < end) {
    await one([halfOpen, halfOpen, deaf, liar, ancient])(port).catch(() => {}); // refused, or cut off before it was through
    count();
    await pause(below(200));
  }
}
