// A board for everybody. What page and server say to each other:
//
// From the page:
//   line binary       a line that was drawn, or the next part of one
//   pointer x, y      where the pointer is; volatile
//   clear             wipes the board
//
// From the server:
//   board binary      upon connecting: all lines so far, each behind its length in two bytes
//   line binary       somebody else has drawn
//   pointer id, x, y  somebody else's pointer; gone id: there is no such pointer any more
//   clear             to everybody
//
// A line is a list of numbers of two bytes, the low one first: colour (an index), width (thousandths of
// the board's width, ten times), and then x and y of two points or more, as parts of the board's width and
// height from 0 to 65535.
(function () {
  "use strict";

  const words = {
    connecting: "Connecting",
    open: "Connected",
    reconnecting: "Reconnecting",
    closed: "Offline",
  };
  const colours = ["#1d1a17", "#8f2f1c", "#2f5d9b", "#4c7a3f", "#b8860b", "#7b3f8c", "#ffffff"];
  const across = 65535;
  const longest = 500; // points in one binary
  const pause = 40; // milliseconds between what is sent

  const body = document.body;
  const elements = {};
  ["colours", "width", "clear", "notice", "board", "pointers", "state"].forEach(function (id) {
    elements[id] = document.getElementById(id);
  });
  const context = elements.board.getContext("2d");

  let socket = null;
  let lines = []; // Uint16Array each
  let colour = 0;
  let drawing = null; // numbers of the line under the pointer that have not been sent
  let here = null; // where the pointer is, if that has not been said
  let timer = 0;

  // --- what is shown ---------------------------------------------------------------------------

  function showState(state) {
    body.setAttribute("data-state", state);
    elements.state.textContent = words[state];
    elements.clear.disabled = state !== "open";
  }

  function showNotice(text) {
    elements.notice.textContent = text;
    elements.notice.hidden = text === "";
  }

  function draw(line) {
    const width = elements.board.width / across;
    const height = elements.board.height / across;
    context.strokeStyle = colours[line[0] % colours.length];
    context.lineWidth = Math.max(1, line[1] / 10000 * elements.board.width);
    context.lineCap = context.lineJoin = "round";
    context.beginPath();
    context.moveTo(line[2] * width, line[3] * height);
    for (let i = 4; i + 1 < line.length; i += 2)
      context.lineTo(line[i] * width, line[i + 1] * height);
    context.stroke();
  }

  function add(line) {
    lines.push(line);
    body.setAttribute("data-lines", String(lines.length));
    draw(line);
  }

  function drawAll() {
    context.clearRect(0, 0, elements.board.width, elements.board.height);
    lines.forEach(draw);
    body.setAttribute("data-lines", String(lines.length));
  }

  function fit() {
    const ratio = window.devicePixelRatio || 1;
    elements.board.width = Math.max(1, Math.round(elements.board.clientWidth * ratio));
    elements.board.height = Math.max(1, Math.round(elements.board.clientHeight * ratio));
    drawAll();
  }

  function showPointer(id, x, y) {
    let pointer = document.getElementById("pointer-" + id);
    if (pointer === null) {
      pointer = document.createElement("div");
      pointer.id = "pointer-" + id;
      pointer.className = "pointer";
      elements.pointers.appendChild(pointer);
    }
    pointer.style.left = x / across * 100 + "%";
    pointer.style.top = y / across * 100 + "%";
  }

  function dropPointer(id) {
    const pointer = document.getElementById("pointer-" + id);
    if (pointer !== null)
      pointer.remove();
  }

  // --- bytes -----------------------------------------------------------------------------------

  function bytesOf(numbers) {
    const view = new DataView(new ArrayBuffer(2 * numbers.length));
    numbers.forEach(function (number, i) {
      view.setUint16(2 * i, number, true);
    });
    return view.buffer;
  }

  function numbersOf(buffer, from, length) {
    const view = new DataView(buffer, from, length);
    const numbers = new Uint16Array(length >> 1);
    for (let i = 0; i < numbers.length; i++)
      numbers[i] = view.getUint16(2 * i, true);
    return numbers;
  }

  function linesOf(buffer) {
    const all = [];
    const view = new DataView(buffer);
    for (let at = 0; at < buffer.byteLength;) {
      const length = view.getUint16(at, true);
      all.push(numbersOf(buffer, at + 2, length));
      at += 2 + length;
    }
    return all;
  }

  // --- drawing ---------------------------------------------------------------------------------

  function placeOf(event) {
    const box = elements.board.getBoundingClientRect();
    return [(event.clientX - box.left) / box.width, (event.clientY - box.top) / box.height]
      .map(function (part) {
        return Math.round(Math.min(1, Math.max(0, part)) * across);
      });
  }

  // Sends what has been drawn; the line goes on from its last point.
  function send() {
    timer = 0;
    if (drawing !== null && drawing.length >= 6) {
      const line = drawing;
      drawing = line.slice(0, 2).concat(line.slice(-2));
      add(Uint16Array.from(line));
      socket.emit("line", bytesOf(line));
    }
    if (here !== null)
      socket.volatile.emit("pointer", here[0], here[1]);
    here = null;
  }

  function sendSoon() {
    if (timer === 0)
      timer = setTimeout(send, pause);
  }

  function begin(event) {
    if (!socket || !socket.connected || event.button !== 0)
      return;
    elements.board.setPointerCapture(event.pointerId);
    const place = placeOf(event);
    drawing = [colour, Math.round(Number(elements.width.value) / elements.board.clientWidth * 10000)]
      .concat(place, place);
    sendSoon();
  }

  function move(event) {
    if (!socket || !socket.connected)
      return;
    here = placeOf(event);
    if (drawing !== null)
      drawing.push(here[0], here[1]);
    if (drawing !== null && drawing.length >= 2 * longest)
      send();
    sendSoon();
  }

  function end() {
    if (drawing !== null && socket.connected)
      send();
    drawing = null;
  }

  // --- the page --------------------------------------------------------------------------------

  function choose(index) {
    colour = index;
    Array.from(elements.colours.children).forEach(function (button, i) {
      button.setAttribute("aria-checked", String(i === index));
    });
  }

  colours.forEach(function (value, index) {
    const button = document.createElement("button");
    button.type = "button";
    button.setAttribute("role", "radio");
    button.setAttribute("aria-label", index === colours.length - 1 ? "Rubber" : value);
    button.style.background = value;
    button.addEventListener("click", function () {
      choose(index);
    });
    elements.colours.appendChild(button);
  });
  choose(0);

  elements.board.addEventListener("pointerdown", begin);
  elements.board.addEventListener("pointermove", move);
  elements.board.addEventListener("pointerup", end);
  elements.board.addEventListener("pointercancel", end);
  elements.clear.addEventListener("click", function () {
    socket.emit("clear");
  });
  window.addEventListener("resize", fit);
  fit();

  function listen() {
    socket.on("connect", function () {
      showState("open");
    });
    socket.on("disconnect", function () {
      showState("reconnecting");
      drawing = here = null;
      elements.pointers.textContent = "";
    });
    socket.on("board", function (buffer) {
      lines = linesOf(buffer);
      drawAll();
    });
    socket.on("line", function (buffer) {
      add(numbersOf(buffer, 0, buffer.byteLength));
    });
    socket.on("clear", function () {
      lines = [];
      drawAll();
    });
    socket.on("pointer", showPointer);
    socket.on("gone", dropPointer);
  }

  window.server.load({
    ready: function (made) {
      socket = made;
      showNotice("");
      listen();
      socket.connect();
    },
    waiting: function () {
      showState("reconnecting");
    },
    absent: function (script) {
      showState("closed");
      showNotice("The server has no client files at " + script + ".");
    },
  });
})();
