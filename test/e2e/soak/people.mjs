// Who talks to the server: those that stay and must miss nothing, and those that come and go in every way.
import { Ledger } from "./ledger.mjs";
import { kinds, lineOf } from "./lines.mjs";
import { Path } from "./path.mjs";
import { below, between, one, pause, random } from "./random.mjs";

export const HALL = "hall"; // where everybody is
const ROOMS = ["a", "b", "c", "d"];

/** Stays to the end. */
export class Resident {
  said = 0;

  constructor(kind, number, port) {
    Object.assign(this, { kind, port, name: `${kind.name} #${number}` });
    this.ledger = new Ledger(this.name);
  }

  async come() {
    this.path = await Path.open(this.port, below(2) === 0 ? 0 : 7);
    this.line = lineOf(this.kind, this.path.url);
    this.line.heard = (event, args) => this.ledger.heard(event, args);
    this.line.ended = () => { this.lost = !this.leaving; };
    await this.line.open();
    this.ledger.joins(HALL);
    await this.line.ask("join", HALL);
  }

  async live(end) {
    while (Date.now() < end && !this.lost) {
      for (let i = between(1, 4); i > 0; i--)
        this.line.emit("echo", this.ledger.sent++, "x".repeat(below(300)));
      this.line.emit("in", HALL, this.name, this.said++);
      await pause(between(50, 400));
    }
  }

  /** All that was sent to it before is there afterwards. */
  settle() {
    return this.line.ask("sum", 1, 1);
  }

  async go() {
    this.leaving = true;
    await this.line.leave();
    this.path.close();
  }
}

/** Comes and goes, and talks in rooms while it is there. */
export class Tourist {
  faults = [];
  visits = 0;
  refusals = 0;

  constructor(number, port) {
    Object.assign(this, { number, port });
  }

  async live(end) {
    this.path = await Path.open(this.port, one([0, 0, 5]));
    while (Date.now() < end) {
      const ledger = new Ledger(`tourist ${this.number}, visit ${this.visits}`);
      try {
        await this.#visit(ledger, Math.min(end, Date.now() + between(100, 4000)));
      } catch {
        this.refusals++; // it was cut off in the midst of something
      }
      this.faults.push(...ledger.faults);
      this.visits++;
    }
    this.path.close();
  }

  async #visit(ledger, end) {
    const kind = one(kinds);
    const line = lineOf(kind, this.path.url);
    const me = `${ledger.name} (${kind.name})`;
    ledger.name = me;
    line.heard = (event, args) => ledger.heard(event, args);
    this.line = line;
    try {
      await line.open();
      const said = {}; // room -> how much
      while (Date.now() < end && !line.over) {
        await this.#move(line, ledger);
        for (let i = below(5); i > 0; i--)
          line.emit("echo", ledger.sent++);
        for (const room of ledger.rooms.keys())
          line.emit("in", room, me, said[room] = (said[room] ?? -1) + 1);
        await pause(between(10, 200));
      }
    } finally {
      await this.#end(line);
    }
  }

  /** Joins or leaves a room. */
  async #move(line, ledger) {
    const room = one(ROOMS);
    if (ledger.rooms.has(room)) {
      await line.ask("leave", room);
      ledger.left(room);
    } else if (random() < 0.7) {
      ledger.joins(room);
      await line.ask("join", room);
    }
  }

  async #end(line) {
    const way = below(4);
    if (way === 0)
      await line.leave();
    else if (way === 1)
      line.emit("kick", true);
    else
      this.path.cut();
    await pause(between(0, 300));
    this.path.cut();
    if (!line.over)
      await line.leave();
  }
}
