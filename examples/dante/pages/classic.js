// The canto as a page of 2013 has it, with the client of Socket.IO 0.9; the server is the same.
(function () {
  "use strict";

  const canto = window.canto;
  const server = window.server;

  // What the other page calls polling.
  const names = { polling: ["xhr-polling", "jsonp-polling"] };

  function makeSocket() {
    // Not an option of the connection: that would only replace the first ones of the list.
    if (server.transports.length > 0)
      window.io.transports = server.transports.flatMap((name) => names[name] || [name]);
    return window.io.connect(location.origin, {
      resource: server.resource.slice(1),
      "connect timeout": 5000,
      "reconnection limit": 5000,
      "max reconnection attempts": Infinity,
    });
  }

  function start(socket) {
    const connection = socket.socket;

    // Each connection is sent the canto from its first stanza on.
    socket.on("connect", function () {
      canto.notice("");
      canto.clear();
      canto.transport(connection.transport.name);
      canto.state("open");
    });

    socket.on("divinecomedy", function (stanza) {
      canto.add(stanza);
    });

    // "booted" says the server after the last stanza. The client also tells itself so when a server
    // does not know it any more, and comes back from that: it decides on it right after this event.
    socket.on("disconnect", function (reason) {
      setTimeout(function () {
        canto.state(reason === "booted" && !connection.reconnecting ? "done" : "reconnecting");
      }, 0);
    });

    socket.on("reconnecting", function () {
      canto.state("reconnecting");
    });

    // The client tries again after the loss of a connection, but not if the first attempt fails.
    function tryAgain() {
      if (connection.connected || connection.reconnecting)
        return;
      canto.state("reconnecting");
      connection.reconnect();
    }

    socket.on("connect_failed", tryAgain);
    socket.on("error", function (error) {
      if (connection.connected || !connection.connecting) {
        tryAgain();
        return;
      }
      // A text is a refusal, after which it takes itself for connecting for ever. Else a transport has failed,
      // and it takes the next one as soon as the time to connect is over.
      if (typeof error === "string") {
        canto.state("closed");
        canto.notice("The server refused the connection: " + error);
      }
    });

    ["online", "offline"].forEach(function (change) {
      window.addEventListener(change, function () {
        if (connection.reconnecting)
          canto.state("reconnecting");
      });
    });

    canto.onAgain(function () {
      canto.state("connecting");
      connection.connect();
    });
  }

  server.load({
    client: "socket.io.v0.9.17.min.js",
    makeSocket: makeSocket,
    ready: start,
    waiting: function () {
      canto.state("reconnecting");
    },
    absent: function (script) {
      canto.state("closed");
      canto.notice("There is no client of Socket.IO 0.9 at " + script + ". Either the resource path is " +
        "another one, or the library was built without the client files: run npm ci in its folder " +
        "client/ and build again. The page over a raw WebSocket needs no client.");
    },
  });
})();
