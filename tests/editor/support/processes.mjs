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

/** True for a process that has ended and whose end nobody has taken note of. */
export async function isZombie(pid) {
  return / Z /.test((await read(pid, "stat")).replace(/^.*\)/, ""));
}
