// A model hub on this machine, so that installing is real and nothing is fetched from elsewhere.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { ROOT } from "../../../scripts/run.mjs";
import { python } from "../../../scripts/setup.mjs";

/** Start a hub that pauses (seconds) between pieces of a file. Returns {url, stop}. */
export async function startHub({ pause = 0 } = {}) {
  const args = ["-m", "tests.editor.support.hub", String(pause)];
  // Its stderr complains of every download that a test breaks off.
  const child = spawn(python(), args, { cwd: ROOT, stdio: ["pipe", "pipe", "ignore"] });
  const ended = once(child, "exit").then(([code]) => {
    throw new Error(`The hub ended with code ${code}`);
  });
  const [url] = await Promise.race([once(createInterface({ input: child.stdout }), "line"), ended]);
  ended.catch(() => {}); // later on it ends as it should
  return { url, stop: () => child.stdin.end() };
}
