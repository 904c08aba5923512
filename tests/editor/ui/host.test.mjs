// The suites of tests/editor/host, run inside the extension host of a window.

import assert from "node:assert/strict";
import { readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { bundle } from "../../../scripts/package.mjs";
import { CACHE, ROOT } from "../../../scripts/run.mjs";
import { python } from "../../../scripts/setup.mjs";
import { startCodeServer } from "../support/code-server.mjs";
import { drawPictures } from "../support/pictures.mjs";
import { launchBrowser } from "../support/window.mjs";

const RESULTS = join(CACHE, "editor-tests", "results.json");
const WITHIN = 150_000;

test("in the extension host", { timeout: WITHIN + 30_000 }, async (t) => {
  const tests = join(CACHE, "editor-tests", "host.cjs");
  await bundle(join(ROOT, "tests", "editor", "host", "run.ts"), {
    outfile: tests,
    external: ["vscode", "mocha"],
    sourcemap: "inline",
  });
  const results = await runInHost(tests);
  assert.ok(results.length > 0, "no test ran");
  for (const { title, error } of results)
    await t.test(title, () => {
      if (error) throw new Error(error);
    });
});

async function runInHost(tests) {
  await rm(RESULTS, { force: true });
  const browser = await launchBrowser();
  const server = await startCodeServer({
    settings: { "pixelwright.server.path": python() },
    options: ["--vscode-option", "enable-smoke-test-driver"],
    env: {
      EDITOR_TEST_PYTHON: python(),
      EDITOR_TEST_RESULTS: RESULTS,
      PIXELWRIGHT_MODEL: "tiny",
    },
  });
  try {
    await writeFile(join(server.workspace, "card.png"), (await drawPictures(browser, "card")).card);
    const page = await browser.newPage();
    const lines = [];
    const code = await new Promise((done) => {
      const late = setTimeout(() => done(`not ended after ${WITHIN / 1000} s`), WITHIN);
      const exit = (status) => {
        clearTimeout(late);
        done(status);
      };
      openTests(page, server, tests, { exit, log: (...line) => lines.push(line.join(" ")) });
    });
    if (code !== 0) throw new Error(`The extension host: ${code}\n${lines.slice(-30).join("\n")}`);
    return JSON.parse(await readFile(RESULTS, "utf8"));
  } finally {
    await browser.close();
    await server.stop();
  }
}

async function openTests(page, server, tests, { exit, log }) {
  await page.exposeFunction("codeAutomationLog", (type, args) => log(type, ...args));
  await page.exposeFunction("codeAutomationExit", exit);
  const remote = (path) => `vscode-remote://${new URL(server.url).host}${path}`;
  const payload = JSON.stringify([
    ["extensionDevelopmentPath", remote(ROOT)],
    ["extensionTestsPath", remote(tests)],
  ]);
  const query = new URLSearchParams({ folder: server.workspace, payload });
  await page.goto(`${server.url}/?${query}`);
}
