// `npm run check`: everything that can be said about the code without running it, in under a minute.
// `npm run check -- --fix` formats, repairs what the linters can, and generates the protocol again.

import { availableParallelism } from "node:os";
import { inTurn, isMain, main, nodeTool, run } from "./run.mjs";
import { python, pythonTool, setUp } from "./setup.mjs";

const ruff = (...args) => [pythonTool("ruff"), args];
const biome = (...args) => nodeTool("@biomejs/biome", "biome", ...args);

const SHOWN_LINES = 120;

// The slow ones first, so that the quick ones fill the gaps. `call` is made late: its tool may have
// been installed a moment ago.
const CHECKS = [
  { name: "Python types (mypy)", call: () => [pythonTool("mypy"), []] },
  { name: "TypeScript types (tsc)", call: () => nodeTool("typescript", "tsc", "--noEmit") },
  {
    name: "TypeScript and JavaScript (biome)",
    call: () => biome("ci", "--colors=off", "--error-on-warnings"),
  },
  {
    name: "Import rules (lint-imports)",
    call: () => [pythonTool("lint-imports"), ["--no-cache", "--no-logo"]],
  },
  {
    name: "Protocol as its schema says",
    call: () => [python(), ["protocol/generate.py", "--check"]],
  },
  { name: "Python (ruff)", call: () => ruff("check", "--quiet") },
  { name: "Python format (ruff)", call: () => ruff("format", "--check", "--quiet") },
];

const FIXES = [
  { name: "Protocol", call: () => [python(), ["protocol/generate.py"]] },
  { name: "Python", call: () => ruff("check", "--fix", "--quiet") },
  { name: "Python format", call: () => ruff("format", "--quiet") },
  { name: "TypeScript and JavaScript", call: () => biome("check", "--write", "--colors=off") },
];

/** Run all checks (two at a time), printing a line for each. Returns the exit code. */
export async function check() {
  return report(CHECKS, Math.min(2, availableParallelism()));
}

/** Apply what can be repaired. Returns the exit code. */
export async function fix() {
  return report(FIXES, 1);
}

async function report(steps, together) {
  let failures = 0;
  await inTurn(steps, together, async ({ name, call }) => {
    const [command, args] = call();
    const log = `check-${name.toLowerCase().replace(/[^a-z]+/g, "-")}`;
    const { code, output, seconds } = await run(command, args, {
      log,
      env: { PYTHONUTF8: "1", NO_COLOR: "1" },
    });
    console.log(`${code === 0 ? "ok    " : "FAILED"}  ${name} (${seconds.toFixed(1)} s)`);
    if (code === 0) return;
    failures++;
    const lines = output.trimEnd().split("\n");
    for (const line of lines.slice(0, SHOWN_LINES)) console.log(`        ${line}`);
    if (lines.length > SHOWN_LINES) console.log(`        … all of it in .cache/logs/${log}.log`);
  });
  return failures === 0 ? 0 : 1;
}

if (isMain(import.meta.url))
  await main(async () => {
    await setUp(["python", "node"]);
    return process.argv.includes("--fix") ? fix() : check();
  });
