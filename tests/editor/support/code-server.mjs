// Starts a VS Code server with folders of its own, with the packaged extension in it.

import { execFile, spawn } from "node:child_process";
import { createWriteStream, existsSync } from "node:fs";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import { codeServer } from "../../../scripts/code-server/install.mjs";
import { python } from "../../../scripts/setup.mjs";

const run = promisify(execFile);

const SETTINGS = {
  "chat.disableAIFeatures": true,
  "editor.minimap.enabled": false,
  "extensions.autoUpdate": false,
  "extensions.ignoreRecommendations": true,
  "files.autoSave": "off", // as on a desktop: what is typed stays unsaved
  "files.simpleDialog.enable": true,
  "git.enabled": false,
  "telemetry.telemetryLevel": "off",
  "update.mode": "none",
  "window.commandCenter": false,
  "workbench.editor.empty.hint": "hidden",
  "workbench.layoutControl.enabled": false,
  "workbench.secondarySideBar.defaultVisibility": "hidden",
  "workbench.startupEditor": "none",
  "workbench.tips.enabled": false,
};

/**
 * Start a server. `settings` are the machine's; `vsix` is installed; `trust` false leaves
 * workspaces untrusted; `options` go to the command line; `env` to the environment.
 * Returns {url, home, workspace, env, stop}; everything lies below `home`, with a short path, because
 * a socket's address may have no more than about 100 bytes.
 */
export async function startCodeServer({
  settings = {},
  vsix,
  trust = true,
  options = [],
  env = {},
} = {}) {
  const home = await mkdtemp(join(tmpdir(), "pw-"));
  const folder = (name) => join(home, name);
  for (const name of [
    "workspace",
    "extensions",
    "data/User",
    "data/Machine",
    "run",
    "state",
    "cache",
    "config",
  ])
    await mkdir(folder(name), { recursive: true, mode: 0o700 });
  // A window on a server takes what names a path on that machine from the machine's settings only.
  await writeFile(folder("data/User/settings.json"), JSON.stringify(SETTINGS));
  const machine = { "pixelwright.offerModel": false, ...settings };
  await writeFile(folder("data/Machine/settings.json"), JSON.stringify(machine));

  const environment = {
    ...withoutVsCode(process.env),
    PIXELWRIGHT_RUNTIME_DIR: folder("run"), // the editor keeps XDG_RUNTIME_DIR from its extensions
    XDG_STATE_HOME: folder("state"),
    XDG_CACHE_HOME: folder("cache"),
    XDG_CONFIG_HOME: folder("config"),
    PIP_CACHE_DIR: process.env.PIP_CACHE_DIR ?? join(homedir(), ".cache", "pip"),
    OMP_NUM_THREADS: "1",
    OMP_WAIT_POLICY: "PASSIVE",
    ...env,
  };
  const folders = ["--user-data-dir", folder("data"), "--extensions-dir", folder("extensions")];
  if (vsix) {
    const install = [codeServer.entry, ...folders, "--install-extension", vsix];
    await run(codeServer.node, install, { env: environment });
  }
  const port = await freePort();
  const args = ["--bind-addr", `127.0.0.1:${port}`, "--auth", "none", "--disable-telemetry"];
  args.push("--disable-update-check", "--disable-getting-started-override");
  args.push("--reconnection-grace-time", "3", ...(trust ? ["--disable-workspace-trust"] : []));
  const child = spawn(codeServer.node, [codeServer.entry, ...args, ...folders, ...options], {
    env: environment,
    stdio: ["ignore", "pipe", "pipe"],
    detached: true,
  });
  const log = createWriteStream(folder("code-server.log"));
  child.stdout.pipe(log);
  child.stderr.pipe(log);
  const url = `http://127.0.0.1:${port}`;
  await answers(`${url}/healthz`, child);
  return {
    url,
    home,
    workspace: folder("workspace"),
    env: environment,
    async stop() {
      await stopHost(environment);
      if (child.exitCode === null) {
        const ended = new Promise((done) => child.once("exit", done));
        process.kill(-child.pid, "SIGTERM");
        await Promise.race([ended, sleep(5000).then(() => process.kill(-child.pid, "SIGKILL"))]);
      }
      await rm(home, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
    },
  };
}

/** End the host that the tests' own folders name, if one runs. */
async function stopHost(env) {
  if (existsSync(python()))
    await run(python(), ["-m", "pixelwright", "host", "stop"], { env }).catch(() => {});
}

/** The environment as a terminal would have it: code-server refuses to start inside a VS Code. */
function withoutVsCode(env) {
  const kept = Object.entries(env).filter(
    ([name]) => !/^(VSCODE_|PIXELWRIGHT_|NODE_TEST_)/.test(name),
  );
  return Object.fromEntries(kept);
}

async function answers(url, child) {
  for (let attempt = 0; attempt < 150; attempt++) {
    if (child.exitCode !== null) throw new Error(`code-server ended with code ${child.exitCode}`);
    if (
      await fetch(url).then(
        (response) => response.ok,
        () => false,
      )
    )
      return;
    await sleep(200);
  }
  throw new Error("code-server did not answer within 30 seconds");
}

function freePort() {
  return new Promise((done, fail) => {
    const server = createServer().once("error", fail);
    server.listen(0, "127.0.0.1", () => {
      const { port } = server.address();
      server.close(() => done(port));
    });
  });
}
