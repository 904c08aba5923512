// From "where is the server?" to an interpreter that runs it: finds one, or offers to make one.

import * as vscode from "vscode";
import { Cancelled, Failure, type Remedy } from "../failures";
import type { Log } from "../log";
import { serverPath, setServerPath } from "../settings";
import { DISK_MB, DOWNLOAD_MB, type Environment } from "./environment";
import { activeInterpreter, interpretersOnPath } from "./interpreters";
import { type Interpreter, isNewEnough, OLDEST_PYTHON, probe } from "./probe";
import { type Resolution, resolve } from "./resolve";

export interface Setup {
  version: string;
  /** A folder of our own to run things in. */
  cwd: string;
  environment: Environment;
  log: Log;
}

const remedies: Record<"choose" | "settings", Remedy> = {
  choose: {
    title: "Choose Interpreter",
    run: () => vscode.commands.executeCommand("pixelwright.chooseInterpreter"),
  },
  settings: {
    title: "Open Setting",
    run: () =>
      vscode.commands.executeCommand("workbench.action.openSettings", "pixelwright.server.path"),
  },
};

/** The Python that runs the server. Asks before it downloads anything. */
export async function prepare(setup: Setup): Promise<Resolution> {
  const resolution = await resolve(
    {
      version: setup.version,
      cwd: setup.cwd,
      setting: serverPath(),
      managed: () => setup.environment.existing(),
      active: () => activeInterpreter(setup.log),
      onPath: () => interpretersOnPath({ versioned: false }),
    },
    setup.log,
  );
  if ("python" in resolution) return resolution;
  if (resolution.kind === "badSetting") {
    throw new Failure(resolution.message, "Empty it, or choose another interpreter.", [
      remedies.settings,
      remedies.choose,
    ]);
  }
  await askToSetUp();
  return setUp(setup);
}

async function askToSetUp(): Promise<void> {
  const choice = await vscode.window.showInformationMessage(
    "Set up Pixelwright on this machine?",
    {
      modal: true,
      detail:
        `It needs a Python environment of its own, once. Python's package installer will download about ${DOWNLOAD_MB} MB ` +
        `(OCR with its models, image and HTML libraries) into the editor's storage, where it takes about ${DISK_MB} MB. ` +
        "After that, pictures are read on this machine and nothing is sent anywhere.",
    },
    "Set Up",
    "Choose Interpreter…",
  );
  if (choice === "Choose Interpreter…") {
    setTimeout(remedies.choose.run); // it restarts the server: this start must have ended by then
  }
  if (choice !== "Set Up") throw new Cancelled();
}

/** Make the managed environment, with progress, and take it into use. */
export async function setUp(setup: Setup, base?: string): Promise<Resolution> {
  const python = base ?? (await findBase(setup)).python;
  const title = "Setting up Pixelwright";
  const made = await vscode.window.withProgress(
    { location: vscode.ProgressLocation.Notification, title, cancellable: true },
    (progress, token) =>
      setup.environment.create(python, (message) => progress.report({ message }), token),
  );
  if (serverPath()) await setServerPath("");
  return { kind: "managed", python: made, source: "own environment" };
}

async function findBase({ cwd, log }: Setup): Promise<Interpreter> {
  const active = await activeInterpreter(log);
  const candidates = [
    ...(active ? [active] : []),
    ...(await interpretersOnPath({ versioned: true })),
  ];
  for (const python of candidates) {
    const answer = await probe(python, cwd);
    if (typeof answer !== "string" && isNewEnough(answer)) return answer;
    log.info(
      `Set-up: not ${typeof answer === "string" ? answer : `${python} (${answer.version})`}`,
    );
  }
  throw new Failure(
    `Pixelwright needs Python ${OLDEST_PYTHON} or newer, and none was found.`,
    "Install Python, or choose an interpreter.",
    [remedies.choose],
  );
}
