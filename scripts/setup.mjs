// Installs what the project needs, and only what is missing: quick when repeated.
//
// `await setUp(["python", "node", "chromium", "nvim"])`, or on the command line
// `node scripts/setup.mjs [part…]`.

import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { findBrowser } from "./browser.mjs";
import {
  CACHE,
  Failure,
  isMain,
  main,
  must,
  npm,
  onPath,
  ROOT,
  run,
  told,
  WINDOWS,
} from "./run.mjs";

const VENV = join(ROOT, ".venv");
const OLDEST_PYTHON = [3, 10];

const PARTS = { python: setUpPython, node: setUpNode, chromium: setUpChromium, nvim: setUpNeovim };

/** Install the named parts (see PARTS), in that order. Throws a Failure that says what to do by hand. */
export async function setUp(parts) {
  const release = await alone();
  try {
    for (const part of parts) {
      if (!(part in PARTS))
        throw new Failure(
          `There is no part called ${part}. Parts: ${Object.keys(PARTS).join(", ")}.`,
        );
      await PARTS[part]();
    }
  } finally {
    release();
  }
}

/** The interpreter of the project's own environment. */
export function python() {
  return WINDOWS ? join(VENV, "Scripts", "python.exe") : join(VENV, "bin", "python");
}

/** A program that a Python package installs into the environment (ruff, mypy, …). */
export function pythonTool(name) {
  return WINDOWS ? join(VENV, "Scripts", `${name}.exe`) : join(VENV, "bin", name);
}

async function setUpPython() {
  const stamp = stampOf("python", ["pyproject.toml"], ROOT);
  const usable = await works(python());
  if (stamp.fresh && usable) return;
  // Without Debian's python3-venv an environment is made that has no pip.
  if (!usable || (await run(python(), ["-m", "pip", "--version"])).code !== 0)
    await told("Python environment in .venv", makeEnvironment);
  const pip = (...args) =>
    must(
      "The Python packages could not be installed; the lines above say why.",
      python(),
      ["-m", "pip", ...args],
      {
        log: "pip",
        env: { PIP_DISABLE_PIP_VERSION_CHECK: "1", PIP_NO_INPUT: "1", PIP_PROGRESS_BAR: "off" },
      },
    );
  await told("Python packages", async () => {
    await pip("install", "--upgrade", "pip>=25.1"); // the first that reads dependency groups
    await pip("install", "--editable", ".", "--group", "dev");
  });
  stamp.set();
}

async function makeEnvironment() {
  const base = await findPython();
  const make = () =>
    run(base[0], [...base.slice(1), "-m", "venv", "--clear", VENV], { log: "venv" });
  let made = await make();
  if (made.code !== 0 && canUseApt()) {
    await apt("python3-venv");
    made = await make();
  }
  if (made.code !== 0)
    throw new Failure(
      `${base.join(" ")} could not make a virtual environment. On Debian and Ubuntu install the package python3-venv, then try again.`,
      made.output,
    );
}

async function findPython() {
  const named = process.env.PYTHON ? [[process.env.PYTHON]] : [];
  const versions = [14, 13, 12, 11, 10].map((minor) => [`python3.${minor}`]);
  for (const candidate of [...named, ["python3"], ["python"], ["py", "-3"], ...versions])
    if (await works(...candidate)) return candidate;
  if (canUseApt()) {
    await apt("python3", "python3-venv");
    if (await works("python3")) return ["python3"];
  }
  throw new Failure(
    `Python ${OLDEST_PYTHON.join(".")} or newer was not found. Install it, or name it in the environment variable PYTHON.`,
  );
}

async function works(command, ...args) {
  const test = `import sys; raise SystemExit(sys.version_info < (${OLDEST_PYTHON.join(", ")}))`;
  return (await run(command, [...args, "-c", test])).code === 0;
}

async function setUpNode() {
  if (Number(process.versions.node.split(".")[0]) < 20)
    throw new Failure(`Node 20 or newer is needed; this is ${process.versions.node}.`);
  const stamp = stampOf("node", ["package-lock.json"], "");
  if (stamp.fresh && existsSync(join(ROOT, "node_modules"))) return;
  // Not `npm ci`: it refuses a lock file that lacks another system's optional packages. This takes the
  // locked versions as well, and leaves the lock file alone.
  const [command, args, options] = npm(
    "install",
    "--no-save",
    "--ignore-scripts",
    "--no-audit",
    "--no-fund",
  );
  await told("Node packages", () =>
    must("The Node packages could not be installed; the lines above say why.", command, args, {
      ...options,
      log: "npm",
    }),
  );
  stamp.set();
}

async function setUpChromium() {
  const wanted = findBrowser() ? [] : ["chromium"];
  if (canUseApt()) {
    // Without these two a page in Arial or in Chinese is rendered with boxes.
    // biome-ignore lint/suspicious/noTemplateCurlyInString: dpkg's placeholder, not ours
    const query = ["-W", "-f", "${Status}"];
    for (const font of ["fonts-liberation", "fonts-noto-cjk"]) {
      const { output } = await run("dpkg-query", [...query, font]);
      if (output !== "install ok installed") wanted.push(font);
    }
    if (wanted.length) await told(wanted.join(", "), () => apt(...wanted));
  }
  if (!findBrowser())
    throw new Failure(
      "No Chromium was found. Install Chromium, Chrome or Edge, or name one in the environment variable PIXELWRIGHT_BROWSER.",
    );
}

async function setUpNeovim() {
  if (onPath("nvim")) return;
  if (canUseApt()) await told("neovim", () => apt("neovim"));
  else if (process.env.CI === "true")
    throw new Failure("Neovim was not found. Install it: CI runs every test.");
  else console.log("Neovim was not found: its tests will be skipped. Install it to run them.");
}

function canUseApt() {
  return process.platform === "linux" && process.getuid() === 0 && Boolean(onPath("apt-get"));
}

async function apt(...packages) {
  const options = { log: "apt", env: { DEBIAN_FRONTEND: "noninteractive" } };
  const install = ["install", "-y", "--no-install-recommends", ...packages];
  for (let attempt = 1; ; attempt++) {
    const updated = await run("apt-get", ["update"], options);
    const installed = await run("apt-get", install, options);
    if (installed.code === 0) return;
    // Mirrors that are being updated, and another apt that holds the lock, are over in a moment.
    if (attempt === 2)
      throw new Failure(
        `${packages.join(", ")} could not be installed with apt-get.`,
        updated.output + installed.output,
      );
    await sleep(5000);
  }
}

// A part is fresh while the files that it was installed from are as they were (and `salt` is).
function stampOf(part, files, salt) {
  const hash = createHash("sha256").update(salt);
  for (const file of files) {
    const path = join(ROOT, file);
    if (!existsSync(path)) throw new Failure(`${file} is missing.`);
    hash.update(readFileSync(path));
  }
  const wanted = hash.digest("hex");
  const stamp = join(CACHE, "setup", part);
  return {
    fresh: existsSync(stamp) && readFileSync(stamp, "utf8") === wanted,
    set() {
      mkdirSync(join(CACHE, "setup"), { recursive: true });
      writeFileSync(stamp, wanted);
    },
  };
}

// Two scripts started together must not install into the same folders at once.
async function alone() {
  const lock = join(CACHE, "setup.lock");
  mkdirSync(CACHE, { recursive: true });
  for (let told = false; ; ) {
    try {
      writeFileSync(lock, String(process.pid), { flag: "wx" });
      return () => rmSync(lock, { force: true });
    } catch (error) {
      if (error.code !== "EEXIST") throw error;
    }
    if (!holderLives(lock)) {
      rmSync(lock, { force: true });
      continue;
    }
    if (!told) console.log("Waiting for another setup to end.");
    told = true;
    await sleep(500);
  }
}

function holderLives(lock) {
  try {
    process.kill(Number(readFileSync(lock, "utf8")), 0);
    return true;
  } catch (error) {
    return error.code === "EPERM";
  }
}

if (isMain(import.meta.url)) {
  const parts = process.argv.slice(2);
  await main(() => setUp(parts.length ? parts : Object.keys(PARTS)));
}
