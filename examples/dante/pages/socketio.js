// The canto over Socket.IO: each event `divinecomedy` carries a stanza.
(function () {
  "use strict";

  const canto = window.canto;

  function start(socket) {
    // Each connection is sent the canto from its first stanza on.
    socket.on("connect", function () {
      const engine = socket.io.engine;
      canto.notice("");
      canto.clear();
      canto.transport(engine.transport.name);
      canto.state("open");
      engine.on("upgrade", function (transport) {
        canto.transport(transport.name);
      });
    });

    socket.on("divinecomedy", function (stanza) {
      canto.add(stanza);
    });

    // The server ends the connection after the last stanza; the client does not come back from that
    // by itself, as it does from every other end.
    socket.on("disconnect", function (reason) {
      canto.state(reason === "io server disconnect" ? "done" : "reconnecting");
    });

    socket.on("connect_error", function (error) {
      if (socket.active) {
        canto.state("reconnecting");
        return;
      }
      canto.state("closed");
      canto.notice("The server refused the connection: " + error.message);
    });

    window.addEventListener("online", function () {
      if (!socket.connected && socket.active)
        canto.state("reconnecting");
    });

    window.addEventListener("offline", function () {
      if (!socket.connected && socket.active)
        canto.state("reconnecting");
    });

    canto.onAgain(function () {
      canto.state("connecting");
      socket.connect();
    });

    socket.connect();
  }

  window.server.load({
    ready: start,
    waiting: function () {
      canto.state("reconnecting");
    },
    absent: function (script) {
      canto.state("closed");
      canto.notice("There is no Socket.IO client at " + script + ". Either the resource path is another " +
        "one, or the library was built without the client files: run npm ci in its folder client/ and " +
        "build again. The page over a raw WebSocket needs no client.");
    },
  });
})();
