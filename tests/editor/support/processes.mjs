// Who runs on this machine, from /proc.

import { readdir, readFile } from "node:fs/promises";

const read = (pid, file) => readFile(`/proc/${pid}/${file}`, "utf8").catch(() => "");

async function pids() {
  return (await readdir("/proc")).filter((name) => /^\d+$/.test(name));
}

/** The processes whose environment has this XDG_STATE_HOME, as {pid, command}. */
export async function processesOf(stateHome) {
  const found = [];
  for (const pid of await pids()) {
    const environment = (await read(pid, "environ")).split("\0");
    if (!environment.includes(`XDG_STATE_HOME=${stateHome}`)) continue;
    found.push({ pid, command: (await read(pid, "cmdline")).replaceAll("\0", " ").trim() });
  }
  return found;
}

/** Processes of Python that have ended and that nobody has taken note of, as {pid, name}. */
export async function zombies() {
  const found = [];
  for (const pid of await pids()) {
    const [, name, state] = /\((.*)\) (\S)/.exec(await read(pid, "stat")) ?? [];
    if (state === "Z" && /python|pixelwright/.test(name)) found.push({ pid, name });
  }
  return found;
}
