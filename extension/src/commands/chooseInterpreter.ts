import * as vscode from "vscode";
import type { App } from "../app";
import { Cancelled, Failure } from "../failures";
import type { Log } from "../log";
import { activeInterpreter, interpretersOnPath } from "../server/interpreters";
import { type Interpreter, isNewEnough, OLDEST_PYTHON, probe } from "../server/probe";
import { type Setup, setUp } from "../server/setup";
import { setServerPath } from "../settings";

interface Choice extends vscode.QuickPickItem {
  interpreter?: Interpreter;
}

/** Let the person say which Python runs the server; one without Pixelwright can get it in an environment of its own. */
export async function chooseInterpreter(app: App): Promise<void> {
  const { version, cwd } = app.setup;
  const interpreter = await choose(app);
  if (!isNewEnough(interpreter)) {
    throw new Failure(
      `${interpreter.python} is Python ${interpreter.version}.`,
      `Pixelwright needs ${OLDEST_PYTHON} or newer.`,
    );
  }
  app.log.info(`Chosen: ${interpreter.python} (run in ${cwd})`);
  if (interpreter.pixelwright === version) {
    await setServerPath(interpreter.python);
  } else {
    await confirmSetUp(interpreter, version);
    await setUp(app.setup, interpreter.python);
  }
  await app.server.restart();
}

async function choose({ setup, log }: App): Promise<Interpreter> {
  const picked = await vscode.window.showQuickPick(choices(setup, log), {
    title: "Python for Pixelwright",
    placeHolder: "It runs the server, or makes an environment for it",
  });
  if (!picked) throw new Cancelled();
  if (picked.interpreter) return picked.interpreter;
  const files = await vscode.window.showOpenDialog({ openLabel: "Choose Interpreter" });
  const file = files?.[0];
  if (!file) throw new Cancelled();
  const answer = await probe(file.fsPath, setup.cwd);
  if (typeof answer === "string") throw new Failure(`${answer}.`);
  return answer;
}

async function choices({ cwd, version }: Setup, log: Log): Promise<Choice[]> {
  const active = await activeInterpreter(log);
  const paths = [...(active ? [active] : []), ...(await interpretersOnPath({ versioned: true }))];
  const answers = await Promise.all(paths.map((path) => probe(path, cwd)));
  const known = new Map<string, Interpreter>();
  for (const answer of answers.reverse()) {
    if (typeof answer !== "string") known.set(answer.prefix, answer); // one of its many names
  }
  return [
    ...[...known.values()].reverse().map((interpreter) => describe(interpreter, version)),
    { label: "$(folder-opened) Browse…" },
  ];
}

function describe(interpreter: Interpreter, version: string): Choice {
  const { pixelwright } = interpreter;
  const has =
    pixelwright === version
      ? "$(check) has Pixelwright"
      : pixelwright && `has Pixelwright ${pixelwright}`;
  return {
    label: `Python ${interpreter.version}`,
    description: interpreter.python,
    ...(has && { detail: has }),
    interpreter,
  };
}

async function confirmSetUp({ python, pixelwright }: Interpreter, version: string): Promise<void> {
  const has = pixelwright ? `It has Pixelwright ${pixelwright}.` : "It does not have Pixelwright.";
  const chosen = await vscode.window.showInformationMessage(
    `Set up Pixelwright ${version} with ${python}?`,
    {
      modal: true,
      detail: `${has} The extension can make an environment of its own with this Python; the Python itself stays as it is.`,
    },
    "Set Up",
  );
  if (!chosen) throw new Cancelled();
}
