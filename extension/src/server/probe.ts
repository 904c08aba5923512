import { run } from "./process";

/** A Python that runs: its path, the folder of its environment, its version, and the version of Pixelwright that it has, if any. */
export interface Interpreter {
  python: string;
  prefix: string;
  version: string;
  pixelwright?: string;
}

const OLDEST = [3, 10] as const;

const PROGRAM = `
import json, sys
from importlib import metadata
try:
    have = metadata.version("pixelwright")
except metadata.PackageNotFoundError:
    have = None
version = sys.version.split()[0]
print(json.dumps({"python": sys.executable, "prefix": sys.prefix, "version": version, "pixelwright": have}))
`;

/** Ask an interpreter what it is; a sentence when it does not answer. `cwd` is a folder of our own. */
export async function probe(python: string, cwd: string): Promise<Interpreter | string> {
  const { code, stdout, stderr } = await run(python, ["-c", PROGRAM], { cwd, timeout: 20_000 });
  if (code !== 0) return `${python} does not run: ${lastLine(stderr) || `exit code ${code}`}`;
  try {
    const answer = JSON.parse(stdout) as Partial<Record<keyof Interpreter, unknown>>;
    return {
      python: String(answer.python || python),
      prefix: String(answer.prefix),
      version: String(answer.version),
      ...(answer.pixelwright ? { pixelwright: String(answer.pixelwright) } : {}),
    };
  } catch {
    return `${python} is not a Python interpreter: it answered ${JSON.stringify(stdout.slice(0, 80))}`;
  }
}

export function isNewEnough({ version }: Interpreter): boolean {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  return major > OLDEST[0] || (major === OLDEST[0] && minor >= OLDEST[1]);
}

export const OLDEST_PYTHON = OLDEST.join(".");

export function lastLine(text: string): string {
  return text.trim().split("\n").at(-1)?.trim() ?? "";
}
