// `npm run test:server`: every Python test. Words after `--` go to pytest.

import { findBrowser } from "./browser.mjs";
import { inView, isMain, main } from "./run.mjs";
import { python, setUp } from "./setup.mjs";

/** Run pytest in view. Returns what `run` returns. */
export async function testServer(args = []) {
  // tests/editor holds Node's tests; pytest finds none there and need not look.
  const options = [
    "-m",
    "pytest",
    "-p",
    "no:cacheprovider",
    "--durations=10",
    "--ignore=tests/editor",
    ...args,
  ];
  return inView(python(), options, {
    log: "test-server",
    env: { PYTHONUTF8: "1", PIXELWRIGHT_BROWSER: findBrowser() ?? "" },
  });
}

if (isMain(import.meta.url))
  await main(async () => {
    await setUp(["python", "chromium", "nvim"]);
    return (await testServer(process.argv.slice(2))).code;
  });
