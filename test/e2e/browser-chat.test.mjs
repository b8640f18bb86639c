// The chat page in real browsers that talk to each other.
import assert from "node:assert/strict";
import { join } from "node:path";
import { after, afterEach, before, beforeEach, it } from "node:test";
import { startBrowser, untilBody } from "./lib/browser.mjs";
import { forward, startNginx } from "./lib/nginx.mjs";
import { startProgram } from "./lib/server.mjs";

const program = process.env.SIO_CHAT ?? join(process.env.SIO_BUILD_ROOT, "examples/chat/chat");

let browser;
let server;
let pages = [];

before(async () => { browser = await startBrowser(); });
after(() => browser?.close());
beforeEach(async () => { server = await startProgram(program, ["--port", "0"]); });
afterEach(async () => {
  const opened = pages;
  pages = [];
  for (const page of opened)
    await page.context().close();
  await server.stop();
  assert.deepEqual(opened.flatMap((page) => page.errors), []);
});

async function open(url = server.url) {
  const page = await browser.open(`${url}/`);
  pages.push(page);
  await untilBody(page, "state", "open");
  return page;
}

async function ask(page, name, room) {
  await page.fill("#name", name);
  await page.fill("#room", room);
  await page.click("#enter");
}

async function enter(page, name, room) {
  await ask(page, name, room);
  await untilBody(page, "room", room);
  return page;
}

async function say(page, text) {
  await page.fill("#text", text);
  await page.click("#send");
}

const users = (page) => page.$$eval("#users li", (all) => all.map((item) => item.textContent));
const untilUsers = (page, ...names) => page.waitForFunction((expected) => {
  const shown = [...document.querySelectorAll("#users li")].map((item) => item.textContent);
  return JSON.stringify(shown) === expected;
}, JSON.stringify(names));
const untilMessage = (page, from, text) => page.waitForFunction(([name, said]) =>
  [...document.querySelectorAll("#messages .message")].some((item) => item.dataset.from === name &&
    item.querySelector(".text").textContent === said && item.querySelector("time")), [from, text]);
const messages = (page) => page.$$eval("#messages .message .text", (all) => all.map((item) => item.textContent));
const untilTyping = (page, text) =>
  page.waitForFunction((expected) => document.querySelector("#typing").textContent === expected, text);

it("two in a room see and hear each other", async () => {
  const virgil = await enter(await open(), "Virgil", "selva");
  assert.deepEqual(await users(virgil), ["Virgil"]);
  const dante = await enter(await open(), "Dante", "selva");
  await untilUsers(virgil, "Virgil", "Dante");
  assert.deepEqual(await users(dante), ["Virgil", "Dante"]);

  await say(dante, "Have pity on me");
  await untilMessage(virgil, "Dante", "Have pity on me");
  await untilMessage(dante, "Dante", "Have pity on me");
  await say(virgil, "Not man; man once I was");
  await untilMessage(dante, "Virgil", "Not man; man once I was");
  await untilMessage(virgil, "Virgil", "Not man; man once I was");
  assert.deepEqual(await messages(dante), ["Have pity on me", "Not man; man once I was"]);
  assert.deepEqual(await dante.$$eval("#messages .own", (all) => all.length), 1);
  assert.deepEqual(await dante.$$eval("[data-pending], [data-failed]", (all) => all.length), 0);
});

it("rooms are apart, and one can change between them", async () => {
  const virgil = await enter(await open(), "Virgil", "selva");
  const dante = await enter(await open(), "Dante", "selva");
  const charon = await enter(await open(), "Charon", "acheron");
  await untilUsers(virgil, "Virgil", "Dante");
  assert.deepEqual(await users(charon), ["Charon"]);
  await say(virgil, "here");
  await untilMessage(dante, "Virgil", "here");

  await enter(dante, "Dante", "acheron");
  await untilUsers(virgil, "Virgil");
  await untilUsers(charon, "Charon", "Dante");
  assert.deepEqual(await messages(dante), []);
  await say(dante, "there");
  await untilMessage(charon, "Dante", "there");
  // What would have leaked into the other room would have arrived before this.
  await say(virgil, "still here");
  await untilMessage(virgil, "Virgil", "still here");
  assert.deepEqual(await messages(virgil), ["here", "still here"]);
  assert.deepEqual(await messages(charon), ["there"]);
});

it("who leaves or closes the page is gone from the list", async () => {
  const virgil = await enter(await open(), "Virgil", "selva");
  const dante = await enter(await open(), "Dante", "selva");
  const beatrice = await enter(await open(), "Beatrice", "selva");
  await untilUsers(virgil, "Virgil", "Dante", "Beatrice");
  await dante.click("#leave");
  await untilBody(dante, "room", "");
  await untilUsers(virgil, "Virgil", "Beatrice");
  await beatrice.context().close();
  await untilUsers(virgil, "Virgil");
  await enter(dante, "Dante", "selva");
  await untilUsers(virgil, "Virgil", "Dante");
});

it("typing is shown, and ends with the message, or by itself", async () => {
  const virgil = await enter(await open(), "Virgil", "selva");
  const dante = await enter(await open(), "Dante", "selva");
  await dante.type("#text", "I am ");
  await untilTyping(virgil, "Dante is typing …");
  await dante.click("#send");
  await untilMessage(virgil, "Dante", "I am");
  await untilTyping(virgil, "");
  await dante.type("#text", "and then");
  await untilTyping(virgil, "Dante is typing …");
  await untilTyping(virgil, "");
  assert.equal(await dante.inputValue("#text"), "and then");
  await dante.type("#text", " more");
  await untilTyping(virgil, "Dante is typing …");
  await dante.context().close();
  await untilTyping(virgil, "");
});

it("a name is taken once in a room", async () => {
  const first = await enter(await open(), "Dante", "selva");
  const second = await open();
  await ask(second, "Dante", "selva");
  await second.waitForSelector("#notice:not([hidden])");
  assert.match(await second.innerText("#notice"), /has this name already/);
  assert.equal(await second.getAttribute("body", "data-room"), "");
  await enter(second, "Dante", "elsewhere");
  assert.deepEqual(await users(first), ["Dante"]);
  // Refused, one stays where one is.
  await ask(second, "Dante", "selva");
  await second.waitForSelector("#notice:not([hidden])");
  assert.equal(await second.getAttribute("body", "data-room"), "elsewhere");
  await enter(second, "Alighieri", "selva");
  await untilUsers(first, "Dante", "Alighieri");
});

it("what people write stays text", async () => {
  const evil = "<img src=x onerror=\"document.title='owned'\"><b>bold</b> & ünï 😀";
  const name = "<i>Minos</i>";
  const virgil = await enter(await open(), "Virgil", "selva");
  const minos = await enter(await open(), name, "selva");
  await untilUsers(virgil, "Virgil", name);
  await say(minos, evil);
  await untilMessage(virgil, name, evil);
  await untilMessage(minos, name, evil);
  for (const page of [virgil, minos]) {
    assert.equal(await page.$$eval("main img, main b, main i", (all) => all.length), 0);
    assert.doesNotMatch(await page.title(), /owned/);
  }
});

it("the server is restarted: everybody is back in the room", async () => {
  const virgil = await enter(await open(), "Virgil", "selva");
  const dante = await enter(await open(), "Dante", "selva");
  await server.stop();
  await Promise.all([virgil, dante].map((page) => untilBody(page, "state", "reconnecting")));
  assert.equal(await virgil.isDisabled("#send"), true);
  server = await startProgram(program, ["--port", String(server.port)]);
  await Promise.all([virgil, dante].map((page) => untilBody(page, "room", "selva")));
  await virgil.waitForFunction(() => document.querySelectorAll("#users li").length === 2);
  await say(virgil, "again");
  await untilMessage(dante, "Virgil", "again");
});

for (const upgrade of [true, false]) {
  it(`behind nginx, WebSocket ${upgrade ? "passed" : "not passed"} through`, async () => {
    const nginx = await startNginx(forward("/", server, { upgrade }));
    try {
      const virgil = await enter(await open(nginx.url), "Virgil", "selva");
      const dante = await enter(await open(nginx.url), "Dante", "selva");
      await untilUsers(virgil, "Virgil", "Dante");
      await untilBody(dante, "transport", upgrade ? "websocket" : "polling");
      await say(dante, "Have pity on me");
      await untilMessage(virgil, "Dante", "Have pity on me");
    } finally {
      await nginx.stop();
    }
  });
}
