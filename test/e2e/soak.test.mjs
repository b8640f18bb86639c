// Everything at once, for minutes (SIO_SOAK_MINUTES, else one): residents of every generation on each transport who must miss nothing, tourists who come and go,
// storms of reconnecting, peers that do not behave. Afterwards nothing may be left. See soak/.
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { frame, stats, Tcp } from "./lib/raw.mjs";
import { startProgram, until } from "./lib/server.mjs";
import { kinds } from "./soak/lines.mjs";
import { nuisance } from "./soak/nuisances.mjs";
import { HALL, Resident, Tourist } from "./soak/people.mjs";
import { pause, seed } from "./soak/random.mjs";

const minutes = Number(process.env.SIO_SOAK_MINUTES ?? 1);
const TOURISTS = 12, NUISANCES = 4, STORM = 10000;
const flags = ["--eio3", "on", "--v09", "on", "--ping-interval", "5000", "--ping-timeout", "15000", "--v09-heartbeat-interval", "5000", "--v09-heartbeat-timeout", "15000",
  "--v09-polling-duration", "3000", "--v09-close-timeout", "10000", "--header-timeout", "3000", "--request-timeout", "5000", "--max-buffered", "2000000", "--log", "on"];

async function live(server, residents, tourists, end) {
  let nuisances = 0;
  const storms = (async () => {
    while (Date.now() + STORM < end) {
      await pause(STORM);
      tourists.forEach((tourist) => tourist.path?.cut()); // they all come back at once
    }
  })();
  await Promise.all([
    storms,
    ...residents.map((resident) => resident.live(end)),
    ...tourists.map((tourist) => tourist.live(end)),
    ...Array.from({ length: NUISANCES }, () => nuisance(server.port, end, () => { nuisances++; })),
  ]);
  return nuisances;
}

describe(`soak of ${minutes} min, SOAK_SEED=${seed}`, { timeout: (minutes + 3) * 60000 }, () => {
  let server, residents, tourists, quiet;

  /** A turn in which more is said than in any that comes: what is kept from turn to turn is as large as it gets. */
  async function fillPools() {
    const tcp = await Tcp.open(server.port);
    await tcp.upgrade("EIO=4&transport=websocket");
    tcp.write(frame("40"));
    await tcp.until('["auth"');
    for (const [count, length] of [[1, 1000000], [30, 60000]]) {
      tcp.write(Buffer.concat([...Array(count).fill(frame(`42["big",${length},false]`)), frame(`42["echo",${count}]`)]));
      await tcp.until(`["echo",${count}`);
    }
    tcp.socket.destroy();
  }

  /** A short life of the same kind, so that pools and caches have what they keep. */
  async function warmUp() {
    await fillPools();
    const few = [0, 1, 2, 3].map((i) => new Tourist(-1 - i, server.port));
    await live(server, [], few, Date.now() + 5000);
    await isQuiet();
  }

  const isQuiet = () => until(async () => {
    quiet = await stats(server.url);
    return quiet.clients === 0 && quiet.descriptors <= (server.descriptors ?? Infinity) && quiet.raw === 0 && Object.values(quiet.sockets).every((count) => count === 0);
  }, 30000, "an empty house");

  before(async () => {
    server = await startProgram(process.env.SIO_E2E_SERVER, flags);
    server.descriptors = (await stats(server.url)).descriptors + 2; // keep-alive of whoever asks
    await warmUp();
    server.heap = quiet.heap;
  });
  after(() => server?.stop());

  it("goes its way", async (t) => {
    residents = kinds.map((kind, i) => new Resident(kind, i, server.port));
    tourists = Array.from({ length: TOURISTS }, (_, i) => new Tourist(i, server.port));
    for (const resident of residents)
      await resident.come();
    const nuisances = await live(server, residents, tourists, Date.now() + minutes * 60000);
    const [visits, refusals] = ["visits", "refusals"].map((what) => tourists.reduce((sum, tourist) => sum + tourist[what], 0));
    const { connections } = await stats(server.url);
    t.diagnostic(`${residents.length} residents; ${visits} visits of tourists, ${refusals} of them broken off; ${nuisances} nuisances; ${connections} connections in all`);
    assert.ok(visits > TOURISTS && nuisances > NUISANCES);
  });

  it("nobody who stayed was lost", () => {
    const lost = residents.filter((resident) => resident.lost).map(({ name, line }) => `${name} (session ${line.sid ?? line.socket?.id})`);
    assert.ok(lost.length === 0, `${lost.join(", ")}; the server's log:\n${server.stderr}`);
  });

  it("what had to arrive has arrived, once and in order", async () => {
    await Promise.all(residents.map((resident) => resident.settle())); // all has been handled
    await Promise.all(residents.map((resident) => resident.settle())); // all has been heard
    for (const { ledger } of residents) {
      ledger.echoedAll();
      residents.forEach(({ name, said }) => ledger.heardAll(HALL, name, said));
    }
    assert.deepEqual(residents.flatMap(({ ledger }) => ledger.faults), []);
    assert.deepEqual(tourists.flatMap(({ faults }) => faults), []);
  });

  it("sessions zero, sockets zero, descriptors back", async () => {
    await Promise.all(residents.map((resident) => resident.go()));
    await isQuiet();
    assert.equal(quiet.acksWaiting, 0);
  });

  it("memory is back", async () => {
    await until(async () => (await stats(server.url)).heap < server.heap * 1.1 + 300000, 20000, `back to ${server.heap} bytes`);
  });
});
