import { constants } from "node:fs";
import { access, realpath } from "node:fs/promises";
import * as path from "node:path";
import * as vscode from "vscode";
import type { Log } from "../log";

/** The part of the Python extension's interface that is used here. */
interface PythonExtension {
  environments: {
    getActiveEnvironmentPath(resource?: vscode.Uri): { path: string };
    resolveEnvironment(path: {
      path: string;
    }): Promise<{ executable: { uri?: vscode.Uri } } | undefined>;
    onDidChangeActiveEnvironmentPath: vscode.Event<unknown>;
  };
}

const NAMES = ["python3", "python"];
const VERSIONED = [14, 13, 12, 11, 10].map((minor) => `python3.${minor}`);

/** The interpreter chosen in the Python extension. Never in Restricted Mode: it may lie in the workspace. */
export async function activeInterpreter(log: Log): Promise<string | undefined> {
  if (!vscode.workspace.isTrusted) return undefined;
  try {
    const python = await pythonExtension();
    const active = python?.environments.getActiveEnvironmentPath();
    const found = active && (await python?.environments.resolveEnvironment(active));
    return found?.executable.uri?.fsPath;
  } catch (error) {
    log.warn(`The Python extension did not answer: ${error}`);
    return undefined;
  }
}

export async function onActiveInterpreterChanged(
  listener: () => void,
): Promise<vscode.Disposable | undefined> {
  const python = vscode.workspace.isTrusted ? await pythonExtension() : undefined;
  return python?.environments.onDidChangeActiveEnvironmentPath(listener);
}

async function pythonExtension(): Promise<PythonExtension | undefined> {
  return vscode.extensions.getExtension<PythonExtension>("ms-python.python")?.activate();
}

/** Interpreters on PATH, the plain names first. Folders inside the workspace are passed over. */
export async function interpretersOnPath({ versioned }: { versioned: boolean }): Promise<string[]> {
  const windows = process.platform === "win32";
  const names = versioned ? [...NAMES, ...VERSIONED] : NAMES;
  const found: string[] = [];
  for (const name of windows ? ["python", "py"] : names) {
    const file = await onPath(windows ? `${name}.exe` : name);
    if (file) found.push(file);
  }
  return found;
}

async function onPath(name: string): Promise<string | undefined> {
  for (const folder of (process.env.PATH ?? "").split(path.delimiter)) {
    const file = path.join(folder, name);
    if (path.isAbsolute(folder) && (await isOurs(file))) return file;
  }
  return undefined;
}

async function isOurs(file: string): Promise<boolean> {
  try {
    await access(file, constants.X_OK);
    const places = [file, await realpath(file)].map((place) => vscode.Uri.file(place));
    return !places.some((place) => vscode.workspace.getWorkspaceFolder(place));
  } catch {
    return false;
  }
}
