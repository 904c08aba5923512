// `npm run test:editor`: the packaged extension in a real VS Code. Ends with the summary of node's test
// runner. `--screenshots FOLDER` keeps pictures of the editor for the documentation.

import { readdirSync } from "node:fs";
import { mkdir, rm } from "node:fs/promises";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { ensureCodeServer } from "./code-server/install.mjs";
import { makePackage } from "./package.mjs";
import { inView, isMain, main, ROOT } from "./run.mjs";
import { setUp } from "./setup.mjs";

const TESTS = join(ROOT, "tests", "editor", "ui");

/** Run the editor's tests, or those whose file name contains one of `names`. Returns the exit code. */
export async function testEditor({ names = [], screenshots } = {}) {
  if (process.platform !== "linux" || process.arch !== "x64") {
    console.log(
      "The editor's tests run on Linux (x64) only; there is no VS Code to run them in here.",
    );
    return 0;
  }
  await setUp(["python", "node", "chromium"]);
  await ensureCodeServer();
  await rm(join(ROOT, "tests", "editor", "failures"), { recursive: true, force: true });
  const env = { EDITOR_TEST_VSIX: await makePackage() };
  if (screenshots) {
    env.EDITOR_TEST_SCREENSHOTS = resolve(screenshots);
    await mkdir(env.EDITOR_TEST_SCREENSHOTS, { recursive: true });
  }
  const files = readdirSync(TESTS).filter((name) => name.endsWith(".test.mjs"));
  const chosen = files.filter((name) => !names.length || names.some((part) => name.includes(part)));
  // One at a time: a second editor beside the first makes both slower than one after the other.
  const options = ["--test", "--test-concurrency=1", "--test-reporter=spec"];
  const paths = chosen.map((name) => join(TESTS, name));
  const { code } = await inView(process.execPath, [...options, ...paths], { env });
  return code;
}

if (isMain(import.meta.url))
  await main(() => {
    const { values, positionals } = parseArgs({
      options: { screenshots: { type: "string" } },
      allowPositionals: true,
    });
    return testEditor({ names: positionals, ...values });
  });
