// Finds the server from where the page is, loads its client and makes the socket.
//
// A page at /dante/ or /dante/index.html belongs to the resource /dante/socket.io, a page at / to
// /socket.io; so the same files work wherever they are mounted. The query may say otherwise:
//   ?resource=/myApp/server.js   another resource path, on this host
//   &transports=polling          only these transports, in this order
(function () {
  "use strict";

  const query = new URLSearchParams(location.search);
  const folder = location.pathname.replace(/[^/]*$/, "");
  // A script will be loaded from below the resource, so it must not be able to name another host:
  // only the path is taken, and leading slashes are folded ("//host" would be one).
  const resource = new URL(query.get("resource") || "socket.io", location.origin + folder)
    .pathname.replace(/^\/+/, "/").replace(/\/$/, "");
  const script = location.origin + resource + "/socket.io.min.js";

  function load(loaded, failed) {
    const element = document.createElement("script");
    element.src = script;
    element.onload = loaded;
    element.onerror = function () {
      element.remove();
      failed();
    };
    document.head.appendChild(element);
  }

  // Why a script did not load, only a request can tell.
  function missing(answer) {
    const request = new XMLHttpRequest();
    request.open("HEAD", script);
    request.onloadend = function () {
      answer(request.status === 404);
    };
    request.send();
  }

  window.server = {
    folder: folder,
    resource: resource,

    // Calls ready(socket) with a socket that is not connected yet, once the client is there. Until
    // then waiting() is called whenever the server could not be reached, and absent(script) if it
    // answers but has no client files.
    socket: function (ready, waiting, absent) {
      let delay = 500;
      load(function loaded() {
        const options = { path: resource, autoConnect: false, reconnectionDelay: 500 };
        const transports = (query.get("transports") || "").split(",").filter(Boolean);
        if (transports.length > 0)
          options.transports = transports;
        ready(window.io(location.origin, options));
      }, function failed() {
        const retry = load.bind(null, this.loaded, failed);
        void retry;
      });
    },
  };
})();
