// A chat with rooms. What page and server say to each other:
//
// From the page, with what the acknowledgement holds; {ok: false, reason} says why not.
//   join {name, room}    {ok: true, name, room, users}   enters a room; leaves the room it was in. If
//                        refused ("name", "room": empty or longer than 128 bytes; "taken": somebody
//                        else in that room has this name), everything stays as it was.
//   message text         {ok: true, at}   says something to the room. Refused: "outside" (in no room),
//                        "text" (not a string, empty or longer than 4000 bytes).
//   typing boolean       no acknowledgement; ignored outside.
//   leave                {ok: true}   leaves the room; the connection stays.
//
// From the server, to everybody in the room but the one it is about:
//   message {from, text, at}
//   user joined {name, users}
//   user left {name, users}    also when the connection is lost
//   typing {name, typing}
//
// `users` are the names in the room, in the order of arrival; `at` is in milliseconds since 1970.
// Names and rooms are taken without white space at their ends. Nothing is kept: who enters sees what
// is said from then on.
(function () {
  "use strict";

  const words = {
    connecting: "Connecting",
    open: "Connected",
    reconnecting: "Reconnecting",
    closed: "Offline",
  };
  const refusals = {
    name: "That name cannot be taken.",
    room: "There cannot be a room of that name.",
    taken: "Somebody in that room has this name already.",
    text: "This cannot be sent.",
    outside: "You are in no room.",
  };
  const answerTimeout = 10000;
  const typingPause = 3000;

  const body = document.body;
  const elements = {};
  ["door", "name", "room", "enter", "leave", "notice", "inside", "users", "messages", "typing", "composer",
    "text", "send", "state", "transport"].forEach(function (id) {
    elements[id] = document.getElementById(id);
  });

  let socket = null;
  let joined = null; // {name, room} while the server has us there
  let wanted = null; // {name, room} that a new connection goes back to
  let rejoin = 0; // timer
  let turn = 0; // of the latest join or leave: answers to earlier ones do not count
  let pauseTimer = 0;
  let saidTyping = false;
  let typers = [];

  // --- what is shown ---------------------------------------------------------------------------

  function showState(state) {
    const lost = state === "connecting" || state === "reconnecting";
    const shown = lost && navigator.onLine === false ? "closed" : state;
    body.setAttribute("data-state", shown);
    elements.state.textContent = words[shown];
    showDoors();
  }

  function showTransport(name) {
    body.setAttribute("data-transport", name);
    elements.transport.textContent = name;
  }

  function showNotice(text) {
    elements.notice.textContent = text;
    elements.notice.hidden = text === "";
  }

  function showDoors() {
    const connected = socket !== null && socket.connected;
    elements.enter.disabled = !connected;
    elements.enter.textContent = wanted === null ? "Enter" : "Change";
    elements.leave.hidden = wanted === null;
    elements.leave.disabled = !connected;
    elements.inside.hidden = wanted === null;
    body.className = wanted === null ? "outside" : "";
    elements.send.disabled = joined === null;
    body.setAttribute("data-room", joined === null ? "" : joined.room);
    document.title = wanted === null ? "Chat" : wanted.room + " · Chat";
  }

  function showUsers(users) {
    elements.users.textContent = "";
    users.forEach(function (name) {
      const item = document.createElement("li");
      item.textContent = name;
      if (joined !== null && name === joined.name)
        item.className = "own";
      elements.users.appendChild(item);
    });
  }

  function showTypers() {
    let text = "";
    if (typers.length === 1)
      text = typers[0] + " is typing …";
    else if (typers.length === 2)
      text = typers[0] + " and " + typers[1] + " are typing …";
    else if (typers.length > 2)
      text = "Several people are typing …";
    elements.typing.textContent = text;
  }

  function setTyper(name, typing) {
    typers = typers.filter(function (other) {
      return other !== name;
    });
    if (typing)
      typers.push(name);
    showTypers();
  }

  // --- the conversation ------------------------------------------------------------------------

  function addItem(item) {
    const list = elements.messages;
    const following = list.scrollHeight - list.clientHeight - list.scrollTop < 60;
    list.appendChild(item);
    if (following)
      list.scrollTop = list.scrollHeight;
  }

  function addPart(item, tag, className, text) {
    const part = document.createElement(tag);
    part.className = className;
    part.textContent = text;
    item.appendChild(part);
    return part;
  }

  function addNote(text) {
    const item = document.createElement("li");
    item.className = "note";
    item.textContent = text;
    addItem(item);
  }

  function showTime(item, at) {
    const date = new Date(at);
    const time = addPart(item, "time", "at", date.toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" }));
    time.setAttribute("datetime", date.toISOString());
  }

  function addMessage(from, text, own) {
    const last = elements.messages.lastElementChild;
    const item = document.createElement("li");
    item.className = own ? "message own" : "message";
    item.setAttribute("data-from", from);
    if (last !== null && last.classList.contains("message") && last.getAttribute("data-from") === from)
      item.classList.add("more");
    addPart(item, "span", "from", from);
    addPart(item, "span", "text", text);
    addItem(item);
    return item;
  }

  // --- what is done ----------------------------------------------------------------------------

  function request(event, argument, answered) {
    const sender = socket.timeout(answerTimeout);
    const done = function (error, answer) {
      answered(error ? { ok: false, reason: "lost" } : answer || { ok: false, reason: "" });
    };
    if (argument === undefined)
      sender.emit(event, done);
    else
      sender.emit(event, argument, done);
  }

  function join(target) {
    clearTimeout(rejoin);
    const back = wanted !== null && joined === null;
    const mine = ++turn;
    request("join", target, function (answer) {
      if (mine !== turn)
        return;
      if (answer.ok) {
        const moved = !back || wanted === null || wanted.room !== answer.room;
        joined = wanted = { name: answer.name, room: answer.room };
        elements.name.value = answer.name;
        elements.room.value = answer.room;
        typers = [];
        saidTyping = false;
        clearTimeout(pauseTimer);
        showTypers();
        showNotice("");
        showDoors();
        showUsers(answer.users);
        if (moved)
          elements.messages.textContent = "";
        addNote(moved ? "You are in " + answer.room + "." : "You are back.");
        elements.text.focus();
        return;
      }
      if (answer.reason === "lost" && !socket.connected)
        return;
      // After a broken connection our own old one may still hold the name until the server misses it.
      if (back && answer.reason === "taken") {
        rejoin = setTimeout(function () {
          if (socket.connected && wanted !== null && joined === null)
            join(wanted);
        }, 2000);
        return;
      }
      showNotice(refusals[answer.reason] || "The server did not answer.");
    });
  }

  function sayTyping(typing) {
    clearTimeout(pauseTimer);
    if (typing)
      pauseTimer = setTimeout(sayTyping, typingPause, false);
    if (joined === null || typing === saidTyping)
      return;
    saidTyping = typing;
    socket.emit("typing", typing);
  }

  function send(text) {
    const item = addMessage(joined.name, text, true);
    elements.messages.scrollTop = elements.messages.scrollHeight;
    item.setAttribute("data-pending", "");
    request("message", text, function (answer) {
      item.removeAttribute("data-pending");
      if (answer.ok) {
        showTime(item, answer.at);
        return;
      }
      item.setAttribute("data-failed", answer.reason);
      addPart(item, "span", "at", "not sent");
    });
  }

  elements.door.addEventListener("submit", function (event) {
    event.preventDefault();
    if (!socket || !socket.connected)
      return;
    join({ name: elements.name.value.trim(), room: elements.room.value.trim() });
  });

  elements.leave.addEventListener("click", function () {
    clearTimeout(rejoin);
    turn++;
    sayTyping(false);
    request("leave", undefined, function () {});
    joined = wanted = null;
    showNotice("");
    showDoors();
    elements.room.focus();
  });

  elements.composer.addEventListener("submit", function (event) {
    event.preventDefault();
    const text = elements.text.value.trim();
    if (text === "" || joined === null)
      return;
    sayTyping(false);
    send(text);
    elements.text.value = "";
  });

  elements.text.addEventListener("input", function () {
    sayTyping(elements.text.value.trim() !== "");
  });

  // --- the connection --------------------------------------------------------------------------

  function start(made) {
    socket = made;

    socket.on("connect", function () {
      const engine = socket.io.engine;
      showNotice("");
      showTransport(engine.transport.name);
      engine.on("upgrade", function (transport) {
        showTransport(transport.name);
      });
      showState("open");
      if (wanted !== null)
        join(wanted);
    });

    socket.on("disconnect", function (reason) {
      joined = null;
      saidTyping = false;
      typers = [];
      showTypers();
      if (wanted !== null)
        addNote("The connection is lost.");
      showState(socket.active ? "reconnecting" : "closed");
      if (!socket.active)
        showNotice("The server ended the connection (" + reason + "). Reload the page to come back.");
    });

    socket.on("connect_error", function (error) {
      showState(socket.active ? "reconnecting" : "closed");
      if (!socket.active)
        showNotice("The server refused the connection: " + error.message);
    });

    socket.on("message", function (message) {
      setTyper(message.from, false);
      showTime(addMessage(message.from, message.text, false), message.at);
    });

    socket.on("user joined", function (change) {
      showUsers(change.users);
      addNote(change.name + " came in.");
    });

    socket.on("user left", function (change) {
      setTyper(change.name, false);
      showUsers(change.users);
      addNote(change.name + " left.");
    });

    socket.on("typing", function (change) {
      setTyper(change.name, change.typing);
    });

    ["online", "offline"].forEach(function (event) {
      window.addEventListener(event, function () {
        if (!socket.connected && socket.active)
          showState("reconnecting");
      });
    });

    socket.connect();
  }

  window.server.load({
    ready: start,
    waiting: function () {
      showState("reconnecting");
    },
    absent: function (script) {
      showState("closed");
      showNotice("There is no Socket.IO client at " + script + ". Either the resource path is another one, " +
        "or the library was built without the client files: run npm ci in its folder client/ and build again.");
    },
  });

  elements.name.focus();
})();
