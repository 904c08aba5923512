// Which Python runs the server. The order, first found first taken:
//   1. setting      pixelwright.server.path, and nothing else when it is set
//   2. managed      the environment that the extension made in its own storage, for this very wheel
//   3. interpreter  the active interpreter of the Python extension, then python3 or python on PATH,
//                   when it has Pixelwright in the extension's version
// When nothing is found, the caller offers to make the managed environment.

import type { Log } from "../log";
import { type Interpreter, isNewEnough, OLDEST_PYTHON, probe } from "./probe";

export interface Resolution {
  kind: "setting" | "managed" | "interpreter";
  python: string;
  source: string;
}

export interface Unresolved {
  kind: "badSetting" | "absent";
  message: string;
}

/** Where to look. The functions are asked only when their turn comes. */
export interface Places {
  version: string;
  cwd: string;
  setting: string;
  managed: () => Promise<string | undefined>;
  active: () => Promise<string | undefined>;
  onPath: () => Promise<string[]>;
}

export async function resolve(places: Places, log: Log): Promise<Resolution | Unresolved> {
  if (places.setting) return fromSetting(places, log);

  const managed = await places.managed();
  if (managed) return found({ kind: "managed", python: managed, source: "own environment" }, log);
  log.info("Server: no environment of our own for this version");

  const active = await places.active();
  const candidates = [
    ...(active ? [{ python: active, source: "active interpreter" }] : []),
    ...(await places.onPath()).map((python) => ({ python, source: "PATH" })),
  ];
  for (const { python, source } of candidates) {
    const answer = await probe(python, places.cwd);
    const misfit = unfit(answer, places.version);
    if (typeof answer !== "string" && !misfit) {
      return found({ kind: "interpreter", python: answer.python, source }, log);
    }
    log.info(`Server: not the one of ${source}: ${misfit}`);
  }
  return { kind: "absent", message: `Pixelwright ${places.version} is not set up yet.` };
}

async function fromSetting(places: Places, log: Log): Promise<Resolution | Unresolved> {
  const misfit = unfit(await probe(places.setting, places.cwd), places.version);
  if (!misfit) {
    return found(
      { kind: "setting", python: places.setting, source: "pixelwright.server.path" },
      log,
    );
  }
  log.error(`Server: the setting pixelwright.server.path does not do: ${misfit}`);
  return {
    kind: "badSetting",
    message: `The setting pixelwright.server.path does not do: ${misfit}.`,
  };
}

function found(resolution: Resolution, log: Log): Resolution {
  log.info(`Server: ${resolution.python} (${resolution.source})`);
  return resolution;
}

/** Why an interpreter cannot run this version of the server; undefined when it can. */
export function unfit(answer: Interpreter | string, version: string): string | undefined {
  if (typeof answer === "string") return answer;
  if (!isNewEnough(answer)) {
    return `${answer.python} is Python ${answer.version}; ${OLDEST_PYTHON} is the oldest that works`;
  }
  if (!answer.pixelwright) return `${answer.python} does not have Pixelwright`;
  if (answer.pixelwright !== version) {
    return `${answer.python} has Pixelwright ${answer.pixelwright}, and this extension needs ${version}`;
  }
  return undefined;
}
