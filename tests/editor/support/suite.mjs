// One server, one browser and one window for the tests of a file, and a screenshot of each failure.

import { copyFile, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { makePackage } from "../../../scripts/package.mjs";
import { ROOT } from "../../../scripts/run.mjs";
import { python } from "../../../scripts/setup.mjs";
import { startCodeServer } from "./code-server.mjs";
import { drawPictures } from "./pictures.mjs";
import { launchBrowser, openWindow } from "./window.mjs";

/** The package under test: that of the run, or one made now when a file is run by itself. */
export const vsix = async () => process.env.EDITOR_TEST_VSIX ?? (await makePackage());

/**
 * An editor for a file of tests, with the extension installed and its server set to the project's
 * environment, unless `options` (of startCodeServer) say otherwise. `pictures` are drawn for it.
 * Fill in `server`, `browser`, `window` and `pictures` before the first test.
 */
export function editorFor({ pictures = [], settings, ...options } = {}) {
  const editor = {};
  before(async () => {
    editor.browser = await launchBrowser();
    editor.pictures = await drawPictures(editor.browser, ...pictures);
    editor.server = await startCodeServer({
      vsix: await vsix(),
      settings: settings ?? { "pixelwright.server.path": python() },
      ...options,
    });
    editor.window = await openWindow(editor.browser, editor.server);
  });
  after(async () => {
    await editor.browser?.close();
    await editor.server?.stop();
  });
  editor.path = (name) => join(editor.server.workspace, name);
  editor.write = (name, data) => writeFile(editor.path(name), data);
  editor.copySample = (name) => copyFile(join(ROOT, "samples", name), editor.path(name));
  editor.read = (name) => readFile(editor.path(name), "utf8");
  editor.shot = (name) => keepShot(editor.window, name);
  return editor;
}

/** A picture for the documentation, when the run was asked for them. */
async function keepShot(window, name) {
  const folder = process.env.EDITOR_TEST_SCREENSHOTS;
  if (!folder) return;
  await window.page.waitForTimeout(2500); // previews load a moment after their tabs
  await window.screenshot(join(folder, `${name}.png`));
}

/** A test whose failure leaves a picture of the window. */
export function uiTest(name, editor, work, { timeout = 120_000 } = {}) {
  test(name, { timeout }, async (t) => {
    try {
      if (editor.dirty) await editor.window.tidy();
      editor.dirty = true;
      await work(t);
    } catch (error) {
      const file = await editor.window?.keepFailure(name);
      if (file) t.diagnostic(`screenshot: ${file}`);
      throw error;
    }
  });
}

/** Wait until `look` gives something true, and return it. */
export async function until(what, look, { within = 20_000 } = {}) {
  const end = Date.now() + within;
  for (;;) {
    const seen = await look();
    if (seen) return seen;
    if (Date.now() > end) throw new Error(`Waited ${within / 1000} s in vain: ${what}`);
    await sleep(150);
  }
}
