// One client of any generation behind one set of methods: a plain script, for Node and for a page.
/* exported GenerationClient */
(() => {
  const PATIENCE = 15000;

  function soon(promise, what) {
    let timer;
    const late = new Promise((_, reject) => {
      timer = setTimeout(() => reject(new Error(`${what}: nothing in ${PATIENCE} ms`)), PATIENCE);
    });
    return Promise.race([promise, late]).finally(() => clearTimeout(timer));
  }

  /** Options by which each generation calls the same things. */
  const options = {
    "0.9": (transport) => ({
      "force new connection": true, "reconnection delay": 50, "reconnection limit": 200, "max reconnection attempts": 1000, "connect timeout": 5000,
      ...(transport === "default" ? {} : { transports: [transport] }),
    }),
    later: (transport) => ({
      forceNew: true, reconnectionDelay: 50, reconnectionDelayMax: 200, timeout: 5000,
      ...(transport === "default" ? {} : { transports: [transport === "websocket" ? "websocket" : "polling"] }),
      ...(transport === "jsonp" ? { forceJSONP: true } : {}),
    }),
  };

  globalThis.GenerationClient = class {
    constructor(io, version, url, transport) {
      this.version = version;
      this.io = io;
      this.url = url;
      this.options = version === "0.9" ? options["0.9"](transport) : options.later(transport);
      this.got = {}; // event -> arguments of those that nobody has waited for yet
      this.waiting = {};
    }

    /** Connects to a namespace ("" is "/"), once; later connects of the same socket count as event "connect", too. */
    connect(nsp = "") {
      this.socket = this.version === "0.9" ? this.io.connect(this.url + nsp, this.options) : this.io(this.url + nsp, this.options);
      for (const event of ["connect", "disconnect", "echo", "said", "question", "answer", "auth"])
        this.socket.on(event, (...args) => this.#came(event, args));
      return this.next("connect");
    }

    #came(event, args) {
      const ack = typeof args[args.length - 1] === "function" ? args.pop() : undefined;
      if (event === "question")
        ack(...args);
      const waiting = (this.waiting[event] ??= []).shift();
      if (waiting)
        waiting(args);
      else
        (this.got[event] ??= []).push(args);
    }

    /** The arguments of the next event of this name. */
    next(event) {
      const got = (this.got[event] ??= []).shift();
      return got ? Promise.resolve(got) : soon(new Promise((resolve) => (this.waiting[event] ??= []).push(resolve)), event);
    }

    emit(...args) {
      this.socket.emit(...args);
    }

    /** Emits and resolves with what the server acknowledges. */
    ask(...args) {
      return soon(new Promise((resolve) => this.socket.emit(...args, (...answer) => resolve(answer))), `ack of ${args[0]}`);
    }

    async echo(...args) {
      this.emit("echo", ...args);
      return this.next("echo");
    }

    /** Bytes there and back, as an array of numbers. */
    async binary(bytes) {
      const [back] = await this.echo(typeof Buffer === "function" ? Buffer.from(bytes) : new Uint8Array(bytes).buffer);
      return [...new Uint8Array(back)];
    }

    disconnect() {
      this.socket.disconnect();
    }
  };
})();
