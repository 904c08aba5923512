import { mkdir } from "node:fs/promises";
import * as path from "node:path";
import * as vscode from "vscode";
import { registerCommands } from "./commands/register";
import { createLog, type Log } from "./log";
import { Models } from "./models";
import { Pages } from "./pages";
import { restartWhenChanged } from "./server/changes";
import { Environment } from "./server/environment";
import { Server, type Situation } from "./server/server";
import { prepare, type Setup } from "./server/setup";
import { createStatus } from "./status";

/** What other extensions may know. */
export interface Api {
  situation(): Situation;
}

let server: Server | undefined;

export async function activate(context: vscode.ExtensionContext): Promise<Api | undefined> {
  const log = createLog();
  context.subscriptions.push(log);
  try {
    return await start(context, log);
  } catch (error) {
    log.error(error as Error);
    void vscode.window.showErrorMessage(`Pixelwright could not start: ${(error as Error).message}`);
    return undefined;
  }
}

export async function deactivate(): Promise<void> {
  await server?.stop();
}

async function start(context: vscode.ExtensionContext, log: Log): Promise<Api> {
  const version = String(context.extension.packageJSON.version);
  const cwd = context.globalStorageUri.fsPath;
  await mkdir(cwd, { recursive: true });
  const bundled = context.asAbsolutePath("dist/bundled");
  const environment = new Environment(bundled, path.join(cwd, "environments"), log);
  const setup: Setup = { version, cwd, environment, log };
  const started = new Server(() => prepare(setup), cwd, log);
  const models = new Models(started);
  const pages = new Pages(context.workspaceState);
  server = started;
  context.subscriptions.push(
    started,
    models,
    createStatus(started, models, version),
    registerCommands({ log, memory: context.globalState, models, pages, server: started, setup }),
    restartWhenChanged(started, log),
  );
  await pages.publish();
  return { situation: () => started.situation };
}
