// The whiteboard in real browsers that draw on it together.
import assert from "node:assert/strict";
import { join } from "node:path";
import { after, afterEach, before, beforeEach, it } from "node:test";
import { startBrowser, untilBody } from "./lib/browser.mjs";
import { startProgram, until } from "./lib/server.mjs";

const program = process.env.SIO_WHITEBOARD ??
  join(process.env.SIO_BUILD_ROOT, "examples/whiteboard/whiteboard");

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

async function open(query = "") {
  const page = await browser.open(`${server.url}/${query}`);
  pages.push(page);
  await untilBody(page, "state", "open");
  return page;
}

// A line from one part of the board to another, `steps` moves long.
async function draw(page, from, to, steps = 20) {
  const box = await (await page.$("#board")).boundingBox();
  const at = ([x, y]) => [box.x + x * box.width, box.y + y * box.height];
  await page.mouse.move(...at(from));
  await page.mouse.down();
  await page.mouse.move(...at(to), { steps });
  await page.mouse.up();
}

// The colour of the board there, as "r,g,b,a".
const pixel = (page, x, y) => page.evaluate(([partX, partY]) => {
  const board = document.querySelector("#board");
  const place = [Math.round(partX * board.width), Math.round(partY * board.height)];
  return [...board.getContext("2d").getImageData(...place, 1, 1).data].join();
}, [x, y]);
const untilPixel = (page, x, y, colour) => page.waitForFunction(([partX, partY, expected]) => {
  const board = document.querySelector("#board");
  const place = [Math.round(partX * board.width), Math.round(partY * board.height)];
  return [...board.getContext("2d").getImageData(...place, 1, 1).data].join() === expected;
}, [x, y, colour]);
const lines = async (page) => Number(await page.getAttribute("body", "data-lines"));
const untilLines = (page, count) => untilBody(page, "lines", count);

const nothing = "0,0,0,0", ink = "29,26,23,255", red = "143,47,28,255";

for (const transport of ["websocket", "polling"]) {
  it(`what one draws, the others see; who comes later, too (${transport})`, async () => {
    const query = `?transports=${transport}`;
    const [giotto, cimabue] = [await open(query), await open(query)];
    await draw(giotto, [0.1, 0.5], [0.9, 0.5]);
    await untilPixel(cimabue, 0.5, 0.5, ink);
    await giotto.click("#colours button:nth-child(2)");
    await draw(giotto, [0.5, 0.1], [0.5, 0.9]);
    await untilPixel(cimabue, 0.5, 0.2, red);
    assert.equal(await pixel(cimabue, 0.2, 0.2), nothing);
    await untilLines(cimabue, await lines(giotto));

    const late = await open(query);
    await untilPixel(late, 0.2, 0.5, ink);
    await untilPixel(late, 0.5, 0.2, red);
    assert.equal(await lines(late), await lines(giotto));
  });
}

it("a long line comes whole, in parts", async () => {
  const [giotto, cimabue] = [await open(), await open()];
  await draw(giotto, [0.02, 0.02], [0.98, 0.98], 1500);
  const count = await lines(giotto);
  assert.ok(count >= 3, `only ${count} parts`);
  await untilLines(cimabue, count);
  for (const part of [0.05, 0.3, 0.5, 0.7, 0.95])
    assert.match(await pixel(cimabue, part, part), /,255$/);
});

it("pointers are seen while their owners are there", async () => {
  const [giotto, cimabue] = [await open(), await open()];
  const box = await (await giotto.$("#board")).boundingBox();
  // Volatile: one that is moved while the transport changes is not seen.
  await until(async () => {
    await giotto.mouse.move(box.x + box.width / 2, box.y + box.height / 2);
    await giotto.mouse.move(box.x + box.width / 4, box.y + box.height / 2);
    return cimabue.$(".pointer");
  }, 30000, "a pointer");
  const pointer = await cimabue.waitForFunction(() => {
    const element = document.querySelector(".pointer");
    return element !== null && Math.abs(parseFloat(element.style.left) - 25) < 1 && element;
  });
  const place = await pointer.evaluate((element) => [element.style.left, element.style.top].map(parseFloat));
  assert.ok(Math.abs(place[0] - 25) < 1 && Math.abs(place[1] - 50) < 1, place.join());
  await giotto.context().close();
  await cimabue.waitForSelector(".pointer", { state: "detached" });
});

it("anybody wipes the board for all", async () => {
  const [giotto, cimabue] = [await open(), await open()];
  await draw(giotto, [0.1, 0.5], [0.9, 0.5]);
  await untilPixel(cimabue, 0.5, 0.5, ink);
  await cimabue.click("#clear");
  await Promise.all([giotto, cimabue].map((page) => untilPixel(page, 0.5, 0.5, nothing)));
  const late = await open();
  await untilLines(late, 0);
});

it("after a restart the page draws on an empty board", async () => {
  const giotto = await open();
  await draw(giotto, [0.1, 0.5], [0.9, 0.5]);
  await server.stop();
  await untilBody(giotto, "state", "reconnecting");
  server = await startProgram(program, ["--port", String(server.port)]);
  await untilBody(giotto, "state", "open");
  await untilLines(giotto, 0);
  await draw(giotto, [0.5, 0.1], [0.5, 0.9]);
  const late = await open();
  await untilPixel(late, 0.5, 0.5, ink);
});
