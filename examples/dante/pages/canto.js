// What the pages share: the canto as it grows, and the line that says how the connection is.
(function () {
  "use strict";

  const words = {
    connecting: "Connecting",
    open: "Reading",
    reconnecting: "Reconnecting",
    done: "Finished",
    closed: "Offline",
  };

  const body = document.body;
  const text = document.getElementById("canto");
  const end = document.getElementById("end");
  const again = document.getElementById("again");
  const notice = document.getElementById("notice");
  let lineNumber = 1;

  function show(id, content) {
    const element = document.getElementById(id);
    if (element.textContent !== content)
      element.textContent = content;
  }

  function showCount() {
    const count = text.children.length;
    show("count", count === 0 ? "" : count === 1 ? "1 stanza" : count + " stanzas");
  }

  // The view follows the canto only while its end is in view: who scrolls back reads in peace.
  function follows() {
    const page = document.documentElement;
    return page.scrollHeight - page.clientHeight - window.pageYOffset < 120;
  }

  function scrollToEnd() {
    const calm = window.matchMedia("(prefers-reduced-motion: reduce)").matches;
    window.scrollTo({ top: document.documentElement.scrollHeight, behavior: calm ? "auto" : "smooth" });
  }

  window.canto = {
    // One of the words above. No connection while the browser itself is offline: that is said instead.
    state: function (state) {
      const lost = state === "connecting" || state === "reconnecting";
      const shown = lost && navigator.onLine === false ? "closed" : state;
      const following = follows();
      body.setAttribute("data-state", shown);
      show("state", words[shown]);
      end.hidden = state !== "done";
      if (state === "done" && following)
        scrollToEnd();
    },

    transport: function (name) {
      body.setAttribute("data-transport", name);
      show("transport", name);
    },

    // A text in place of the canto; "" takes it away.
    notice: function (content) {
      show("notice", content);
      notice.hidden = content === "";
    },

    clear: function () {
      text.textContent = "";
      lineNumber = 1;
      showCount();
    },

    count: function () {
      return text.children.length;
    },

    add: function (stanza) {
      const following = follows();
      const paragraph = document.createElement("p");
      paragraph.className = "stanza";
      paragraph.setAttribute("data-line", lineNumber);
      String(stanza).split("\n").forEach(function (line, index) {
        const span = document.createElement("span");
        span.textContent = line;
        if (index > 0)
          paragraph.appendChild(document.createTextNode("\n"));
        paragraph.appendChild(span);
        lineNumber++;
      });
      text.appendChild(paragraph);
      showCount();
      if (following)
        scrollToEnd();
    },

    onAgain: function (callback) {
      again.addEventListener("click", function () {
        window.scrollTo(0, 0);
        callback();
      });
    },
  };

  // The way between the pages keeps ?resource= and ?transports=.
  document.querySelectorAll("nav a").forEach(function (link) {
    link.search = location.search;
  });
})();
