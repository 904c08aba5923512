// A model hub on this machine, so that installing is real and nothing is fetched from elsewhere.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { ROOT } from "../../../scripts/run.mjs";
import { python } from "../../../scripts/setup.mjs";

/** Start a hub that pauses (seconds) between pieces of a file. Returns {url, stop}. */
export async function startHub({ pause = 0 } = {}) {
  const args = ["-m", "tests.editor.support.hub", String(pause)];
  const child = spawn(python(), args, { cwd: ROOT, stdio: ["pipe", "pipe", "inherit"] });
  const [url] = await once(createInterface({ input: child.stdout }), "line");
  return { url, stop: () => child.stdin.end() };
}
