// `npm run demo`: converts samples/ through the real server. Words after `--` go to scripts/demo.py.

import { spawnSync } from "node:child_process";
import { findBrowser } from "./browser.mjs";
import { main, ROOT } from "./run.mjs";
import { python, setUp } from "./setup.mjs";

await main(async () => {
  await setUp(["python", "chromium"]);
  const { status } = spawnSync(python(), ["-m", "scripts.demo", ...process.argv.slice(2)], {
    cwd: ROOT,
    env: { ...process.env, PYTHONUTF8: "1", PIXELWRIGHT_BROWSER: findBrowser() },
    stdio: "inherit", // progress is drawn on the terminal itself
  });
  return status ?? 1;
});
