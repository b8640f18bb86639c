// A headless Chromium with nothing of its own: a fresh profile inside the build, no calls home.
import { chromium } from "playwright-core";
import { tempDir } from "./temp.mjs";

const executablePath = process.env.CHROMIUM ?? "/usr/bin/chromium";
const args = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/**
 * Starts it: {open, close}. open(url) gives a page in a context of its own; what goes wrong in the page
 * is collected in page.errors (failed loads are not, as tests stop servers on purpose).
 */
export async function startBrowser() {
  const env = { ...process.env };
  // Playwright puts the profile into the temporary folder.
  process.env.TMPDIR = tempDir("browser");
  let browser;
  try {
    browser = await chromium.launch({ executablePath, args, env });
  } finally {
    if (env.TMPDIR === undefined)
      delete process.env.TMPDIR;
    else
      process.env.TMPDIR = env.TMPDIR;
  }

  return {
    async open(url, options = {}) {
      const context = await browser.newContext({ reducedMotion: "reduce", ...options });
      const page = await context.newPage();
      page.setDefaultTimeout(30000);
      page.errors = [];
      page.on("pageerror", (error) => page.errors.push(error));
      page.on("console", (message) => {
        if (message.text().includes("Content Security Policy"))
          page.errors.push(message.text());
      });
      await page.goto(url, { waitUntil: "domcontentloaded" }); // a JSONP poll that waits holds "load" up
      return page;
    },
    close: () => browser.close(),
  };
}

/** Waits until the body's attribute data-NAME has the value. */
export function untilBody(page, name, value) {
  return page.waitForSelector(`body[data-${name}="${value}"]`);
}
