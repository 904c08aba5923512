import { type ChildProcess, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import type { CancellationToken } from "vscode";

export interface Finished {
  code: number;
  stdout: string;
  stderr: string;
}

export interface RunOptions {
  cwd: string;
  token?: CancellationToken | undefined;
  timeout?: number;
  onLine?: (line: string) => void;
}

/** Run a program to its end, or end it and its children when the token or the time (ms) says so. */
export function run(command: string, args: string[], options: RunOptions): Promise<Finished> {
  return new Promise((done) => {
    const child = spawn(command, args, {
      cwd: options.cwd,
      env: { ...process.env, PYTHONUTF8: "1" },
      stdio: ["ignore", "pipe", "pipe"],
      detached: process.platform !== "win32",
      windowsHide: true,
    });
    const texts = { stdout: "", stderr: "" };
    for (const name of ["stdout", "stderr"] as const) {
      createInterface({ input: child[name] }).on("line", (line) => {
        texts[name] += `${line}\n`;
        options.onLine?.(line);
      });
    }
    const stop = () => killTree(child);
    const timer = options.timeout ? setTimeout(stop, options.timeout) : undefined;
    const cancel = options.token?.onCancellationRequested(stop);
    const finish = (code: number, problem = "") => {
      clearTimeout(timer);
      cancel?.dispose();
      done({ code, stdout: texts.stdout, stderr: texts.stderr + problem });
    };
    child.on("error", (error) => finish(127, error.message));
    child.on("close", (code) => finish(code ?? 1));
    if (options.token?.isCancellationRequested) stop();
  });
}

function killTree(child: ChildProcess): void {
  if (child.pid === undefined || child.exitCode !== null) return;
  if (process.platform === "win32") {
    spawn("taskkill", ["/pid", String(child.pid), "/T", "/F"], { windowsHide: true });
    return;
  }
  try {
    process.kill(-child.pid, "SIGKILL"); // its whole group: pip starts children of its own
  } catch {
    child.kill("SIGKILL");
  }
}
