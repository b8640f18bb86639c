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
  function path(reference) {
    return new URL(reference, location.origin + folder).pathname
      .replace(/^\/+/, "/").replace(/\/$/, "");
  }

  let resource;
  try {
    resource = path(query.get("resource") || "socket.io");
  } catch (error) {
    resource = path("socket.io");
  }
  const transports = (query.get("transports") || "").split(",").filter(Boolean);

  function makeSocket() {
    const options = {
      path: resource,
      autoConnect: false,
      reconnectionDelay: 500,
      reconnectionDelayMax: 5000,
    };
    if (transports.length > 0)
      options.transports = transports;
    return window.io(location.origin, options);
  }

  // Why a script did not load, only a request can tell.
  function isMissing(script, answer) {
    const request = new XMLHttpRequest();
    request.open("HEAD", script);
    request.onloadend = function () {
      answer(request.status >= 400 && request.status < 500);
    };
    request.send();
  }

  window.server = {
    folder: folder,
    resource: resource,
    transports: transports,

    // Calls on.ready(socket) once the client is there; the socket is not connected yet. Before
    // that, on.waiting() each time the server cannot be reached, or on.absent(script), and then no
    // more, if it answers but has no client files. A page for another client names its file in
    // on.client and makes its socket by on.makeSocket().
    load: function (on) {
      const script = location.origin + resource + "/" + (on.client || "socket.io.min.js");
      let delay = 500;

      function attempt() {
        const element = document.createElement("script");
        element.src = script;
        element.onload = function () {
          on.ready((on.makeSocket || makeSocket)());
        };
        element.onerror = function () {
          element.remove();
          isMissing(script, function (missing) {
            if (missing) {
              on.absent(script);
              return;
            }
            on.waiting();
            setTimeout(attempt, delay);
            delay = Math.min(delay * 2, 5000);
          });
        };
        document.head.appendChild(element);
      }

      attempt();
    },
  };
})();
