// The environment of our own: a virtual environment in the extension's storage, made from the wheel
// that the extension carries. It is built under another name and renamed when it works, so that what
// bears its name is always whole.

import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, readdir, readFile, rename, rm, stat, utimes } from "node:fs/promises";
import * as path from "node:path";
import type { CancellationToken } from "vscode";
import { Cancelled, Failure } from "../failures";
import type { Log } from "../log";
import { lastLine, probe } from "./probe";
import { run } from "./process";

/** What pip fetches for the wheel, and what it becomes on disk, in MB. */
export const DOWNLOAD_MB = 150;
export const DISK_MB = 450;

const UNUSED_FOR = 14 * 24 * 3600 * 1000;

export class Environment {
  /** `bundled` holds the wheel; `storage` holds the environments, one folder for each wheel. */
  constructor(
    private readonly bundled: string,
    private readonly storage: string,
    private readonly log: Log,
  ) {}

  /** The interpreter of the environment for the wheel, when it has been made. */
  async existing(): Promise<string | undefined> {
    const wheel = await this.wheel();
    const folder = wheel && (await this.folder(wheel));
    if (!folder || !existsSync(pythonIn(folder))) return undefined;
    const now = new Date();
    await utimes(folder, now, now).catch(() => undefined); // says that it is in use
    return pythonIn(folder);
  }

  /** Make the environment with a Python 3.10 or newer. Leaves nothing behind when it fails or is cancelled. */
  async create(
    base: string,
    tell: (message: string) => void,
    token: CancellationToken,
  ): Promise<string> {
    const wheel = await this.wheel();
    if (!wheel) {
      throw new Failure(
        "This build of the extension carries no server.",
        "Install the packaged extension, or name an interpreter in pixelwright.server.path.",
      );
    }
    const folder = await this.folder(wheel);
    const draft = path.join(this.storage, `.making-${process.pid}-${Date.now()}`);
    await mkdir(this.storage, { recursive: true });
    try {
      await this.build(base, wheel, draft, tell, token);
      await rm(folder, { recursive: true, force: true });
      await rename(draft, folder);
    } finally {
      await rm(draft, { recursive: true, force: true, maxRetries: 3 });
    }
    await this.removeUnused();
    return pythonIn(folder);
  }

  private async build(
    base: string,
    wheel: string,
    draft: string,
    tell: (message: string) => void,
    token: CancellationToken,
  ): Promise<void> {
    const step = async (what: string, command: string, args: string[]) => {
      this.log.info(`Set-up: ${command} ${args.join(" ")}`);
      const onLine = (line: string) => {
        this.log.info(`Set-up: ${line}`);
        const message = inShort(line);
        if (message) tell(message);
      };
      const { code, stdout, stderr } = await run(command, args, {
        cwd: this.storage,
        token,
        onLine,
      });
      if (token.isCancellationRequested) throw new Cancelled();
      if (code !== 0)
        throw new Failure(
          `${what}: ${lastLine(stderr) || lastLine(stdout)}`,
          hint(stdout + stderr),
        );
    };
    tell("Making a Python environment…");
    await step("The Python environment could not be made", base, ["-m", "venv", draft]);
    tell("Looking for packages…");
    const pip = ["-m", "pip", "install", "--no-input", "--disable-pip-version-check"];
    await step("The server's packages could not be installed", pythonIn(draft), [
      ...pip,
      ...["--progress-bar=off", "--prefer-binary", wheel],
    ]);
    tell("Looking whether it works…");
    const answer = await probe(pythonIn(draft), this.storage);
    if (typeof answer === "string" || !answer.pixelwright) {
      throw new Failure("The new environment does not run.", "The log says what pip did.");
    }
  }

  private async wheel(): Promise<string | undefined> {
    const files = await readdir(this.bundled).catch(() => []);
    const name = files.find((file) => file.startsWith("pixelwright-") && file.endsWith(".whl"));
    return name && path.join(this.bundled, name);
  }

  private async folder(wheel: string): Promise<string> {
    const hash = createHash("sha256")
      .update(await readFile(wheel))
      .digest("hex")
      .slice(0, 12);
    const version = path.basename(wheel).split("-")[1];
    return path.join(this.storage, `${version}-${hash}`);
  }

  /** Earlier versions that no window has used for two weeks, and drafts that a crash left. */
  private async removeUnused(): Promise<void> {
    for (const name of await readdir(this.storage)) {
      const folder = path.join(this.storage, name);
      const age = Date.now() - (await stat(folder)).mtimeMs;
      if (age > UNUSED_FOR)
        await rm(folder, { recursive: true, force: true }).catch(() => undefined);
    }
  }
}

function pythonIn(folder: string): string {
  return process.platform === "win32"
    ? path.join(folder, "Scripts", "python.exe")
    : path.join(folder, "bin", "python");
}

/** A line of pip as a message: "Downloading numpy (16.9 MB)". */
function inShort(line: string): string | undefined {
  const download = /^\s*Downloading (.+?)-\d\S*(?: \((.+)\))?/.exec(line);
  if (download) return `Downloading ${download[1]}${download[2] ? ` (${download[2]})` : ""}`;
  const collect = /^\s*Collecting ([\w.-]+)/.exec(line);
  if (collect) return `Looking for ${collect[1]}`;
  return /^\s*Installing collected/.test(line) ? "Installing…" : undefined;
}

function hint(output: string): string {
  if (/ensurepip is not\s+available/.test(output)) {
    return "On Debian and Ubuntu install the package python3-venv, or choose another interpreter.";
  }
  if (/No space left|ENOSPC/.test(output)) return `It needs about ${DISK_MB} MB of free space.`;
  if (/Could not find a version|connection|resolve|timed out|SSL/i.test(output)) {
    return "The packages come from Python's package index: look at the network and at pip's settings, then try again.";
  }
  return "The log says more.";
}
