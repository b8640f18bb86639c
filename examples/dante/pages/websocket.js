// The canto over a raw WebSocket: each message is a stanza, and the close code 1000 is the end.
(function () {
  "use strict";

  const canto = window.canto;
  const url = location.origin.replace(/^http/, "ws") + location.pathname.replace(/[^/]*$/, "") + "canto";
  const firstDelay = 500;
  const longestDelay = 10000;
  let delay = firstDelay;
  let timer = 0;
  let socket = null;
  let everOpen = false;

  function connect() {
    clearTimeout(timer);
    timer = 0;
    socket = new WebSocket(url);

    socket.onopen = function () {
      everOpen = true;
      canto.notice("");
      canto.clear();
      canto.transport("websocket");
      canto.state("open");
    };

    socket.onmessage = function (event) {
      delay = firstDelay;
      canto.add(event.data);
    };

    socket.onclose = function (event) {
      socket = null;
      if (event.code === 1000) {
        canto.state("done");
        return;
      }
      canto.state("reconnecting");
      if (!everOpen && delay > 2 * firstDelay)
        canto.notice("No WebSocket could be opened. Not every host lets them through; the page over " +
          "Socket.IO does without.");
      // Not all at once: after a restart of the server everybody comes back.
      timer = setTimeout(connect, delay * (0.75 + 0.5 * Math.random()));
      delay = Math.min(delay * 2, longestDelay);
    };
  }

  window.addEventListener("online", function () {
    if (timer === 0)
      return;
    canto.state("reconnecting");
    delay = firstDelay;
    connect();
  });

  window.addEventListener("offline", function () {
    if (timer !== 0)
      canto.state("reconnecting");
  });

  canto.onAgain(function () {
    canto.state("connecting");
    connect();
  });

  connect();
})();
