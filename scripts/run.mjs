// Running programs from the scripts: quietly into a log, or in view; the same on every system.

import { spawn } from "node:child_process";
import { createWriteStream, existsSync, mkdirSync, readFileSync } from "node:fs";
import { delimiter, dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

export const ROOT = resolve(dirname(fileURLToPath(import.meta.url)), "..");
export const CACHE = join(ROOT, ".cache");
export const WINDOWS = process.platform === "win32";

const LOGS = join(CACHE, "logs");

/** A failure that a sentence explains; `log` is what the failed program said. */
export class Failure extends Error {
  constructor(message, log = "") {
    super(message);
    this.log = log;
  }
}

/**
 * Run a program to its end.
 *
 * Returns {code, output, seconds}; `output` is stdout and stderr as they came. With `log` (a name) the
 * output also goes to .cache/logs/<name>.log; with `show` it is shown as it comes; `env` is added to
 * the environment; `code` is 127 when the program does not exist.
 */
export function run(
  command,
  args,
  { cwd = ROOT, env = {}, log, show = false, shell = false } = {},
) {
  const started = performance.now();
  const file = log ? openLog(log) : null;
  return new Promise((done) => {
    const child = spawn(command, args, {
      cwd,
      shell,
      env: { ...process.env, ...env },
      stdio: ["ignore", "pipe", "pipe"],
      windowsHide: true,
    });
    const parts = [];
    const take = (stream, out) => {
      let rest = "";
      const pass = (text) => {
        parts.push(text);
        file?.write(text);
        if (show) out.write(text);
      };
      stream.setEncoding("utf8");
      stream.on("data", (chunk) => {
        const end = (rest + chunk).lastIndexOf("\n") + 1;
        const text = rest + chunk;
        rest = text.slice(end);
        if (end) pass(withoutAddresses(text.slice(0, end)));
      });
      stream.on("end", () => rest && pass(withoutAddresses(rest)));
    };
    take(child.stdout, process.stdout);
    take(child.stderr, process.stderr);
    let code = null;
    child.on("error", (error) => {
      parts.push(`${error.message}\n`);
      code = error.code === "ENOENT" ? 127 : 126;
    });
    child.on("close", (status) => {
      file?.end();
      done({ code: code ?? status ?? 1, output: parts.join(""), seconds: since(started) });
    });
  });
}

/** Run a program quietly, and throw a Failure with its output unless it succeeds. */
export async function must(what, command, args, options = {}) {
  const result = await run(command, args, options);
  if (result.code !== 0) throw new Failure(what, result.output);
  return result;
}

/** Run a program in view: what it prints appears as it comes. Returns what `run` returns. */
export function inView(command, args, options = {}) {
  return run(command, args, { ...options, show: true });
}

/** Do `work`, and print one line that says what is done and then how long it took. */
export async function told(what, work) {
  const started = performance.now();
  process.stdout.write(`${what} … `);
  try {
    const result = await work();
    console.log(`${since(started).toFixed(1)} s`);
    return result;
  } catch (error) {
    console.log("failed");
    throw error;
  }
}

/** Do `work` for each item, at most `together` at a time, in order. */
export async function inTurn(items, together, work) {
  const rest = [...items];
  const worker = async () => {
    for (let item = rest.shift(); item !== undefined; item = rest.shift()) await work(item);
  };
  await Promise.all(Array.from({ length: together }, worker));
}

/** Run a script's main function; a Failure becomes its sentence, its log and exit code 1. */
export async function main(work) {
  try {
    process.exitCode = (await work()) ?? 0;
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    if (error.log) console.error(error.log.trimEnd());
    console.error(`\n${error.message}`);
    process.exitCode = 1;
  }
}

/** True when `url` (an import.meta.url) is the script that was started. */
export function isMain(url) {
  return Boolean(process.argv[1]) && resolve(process.argv[1]) === fileURLToPath(url);
}

/** The path of a program on PATH, or undefined. */
export function onPath(name) {
  const endings = WINDOWS ? (process.env.PATHEXT ?? ".EXE;.CMD;.BAT").split(";") : [""];
  for (const folder of (process.env.PATH ?? "").split(delimiter).filter(Boolean))
    for (const ending of endings) {
      const path = join(folder, name + ending);
      if (existsSync(path)) return path;
    }
  return undefined;
}

/** How to call npm: the npm that runs us, or the one beside node, or the one on PATH. */
export function npm(...args) {
  const beside = join(dirname(process.execPath), "node_modules", "npm", "bin", "npm-cli.js");
  const script = process.env.npm_execpath?.endsWith(".js") ? process.env.npm_execpath : beside;
  // A .cmd file cannot be started without a shell; a script that node runs can.
  return existsSync(script)
    ? [process.execPath, [script, ...args], {}]
    : ["npm", args, { shell: WINDOWS }];
}

/** How to call a program of an installed node package, without the shell wrappers in .bin. */
export function nodeTool(name, program, ...args) {
  const folder = join(ROOT, "node_modules", ...name.split("/"));
  const { bin } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
  return [process.execPath, [join(folder, typeof bin === "string" ? bin : bin[program]), ...args]];
}

/** Seconds since `started` (of performance.now()). */
export function since(started) {
  return (performance.now() - started) / 1000;
}

/** Rows of texts as aligned columns; the first row is the head. */
export function table(rows) {
  const widths = rows[0].map((_, column) => Math.max(...rows.map((row) => width(row[column]))));
  const line = (row) =>
    row
      .map((cell, i) => cell + " ".repeat(widths[i] - width(cell)))
      .join("  ")
      .trimEnd();
  return [
    line(rows[0]),
    widths.map((n) => "-".repeat(n)).join("  "),
    ...rows.slice(1).map(line),
  ].join("\n");
}

// Columns in a terminal: East Asian wide characters take two.
function width(text) {
  return [...text].reduce(
    (sum, c) =>
      sum +
      (/[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]/u.test(
        c,
      )
        ? 2
        : 1),
    0,
  );
}

function openLog(name) {
  mkdirSync(LOGS, { recursive: true });
  return createWriteStream(join(LOGS, `${name}.log`));
}

// Where packages come from is a private matter of the machine (company mirrors, tokens in addresses):
// keep it out of logs. Addresses of this machine are of use, and stay.
function withoutAddresses(text) {
  return text
    .split("\n")
    .filter((line) => !/^Looking in (indexes|links):/.test(line.trim()))
    .join("\n")
    .replace(/\b(https?|ftp):\/\/(?!(127\.|localhost|\[::1\]))[^\s'")>]+/g, "$1://…");
}
