// What one connection may hear, checked as it comes: echoes 0, 1, 2… and, from each sender in a room, numbers without a gap, a double or a step back.
export class Ledger {
  faults = [];
  echoes = 0;
  sent = 0;
  rooms = new Map(); // those it is in -> sender -> the next number

  constructor(name) {
    this.name = name;
  }

  #fault(text) {
    if (this.faults.length < 5)
      this.faults.push(`${this.name}: ${text}`);
  }

  /** To be said before it asks: it may hear the first word together with the answer. */
  joins(room) {
    this.rooms.set(room, new Map());
  }

  left(room) {
    this.rooms.delete(room);
  }

  heard(event, args) {
    if (event === "echo")
      this.#echo(args[0]);
    else if (event === "said")
      this.#said(...args);
  }

  #echo(number) {
    if (number !== this.echoes)
      this.#fault(`echo ${number} instead of ${this.echoes}`);
    this.echoes = number + 1;
  }

  #said(room, sender, number) {
    const senders = this.rooms.get(room);
    if (senders === undefined) {
      this.#fault(`heard ${sender} in ${room}, where it is not`);
      return;
    }
    const expected = senders.get(sender);
    if (expected !== undefined && number !== expected)
      this.#fault(`${room}: ${number} of ${sender} instead of ${expected}`);
    senders.set(sender, number + 1);
  }

  /** For somebody who was in the room all the time: all that the sender has said, from its first word. */
  heardAll(room, sender, count) {
    const next = this.rooms.get(room)?.get(sender) ?? 0;
    if (next !== count)
      this.#fault(`${room}: ${next} of ${count} of ${sender}`);
  }

  echoedAll() {
    if (this.echoes !== this.sent)
      this.#fault(`${this.echoes} echoes of ${this.sent}`);
  }
}
