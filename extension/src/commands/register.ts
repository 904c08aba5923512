import * as vscode from "vscode";
import type { App } from "../app";
import { failureOf, showFailure } from "../failures";
import { COMMANDS } from "../protocol/messages";
import { decode } from "../protocol/wire";
import { setUp } from "../server/setup";

// Imported when first called: the language client is most of the extension's code, and nothing of it
// is needed to start.
type Given = [clicked?: vscode.Uri, selected?: vscode.Uri[], words?: string];
type Command = (app: App, ...given: Given) => Promise<unknown>;

const COMMANDS_BY_ID: Record<string, Command> = {
  "pixelwright.generateHtml": async (app, clicked, selected) =>
    (await import("./generateHtml")).generateHtml(app, clicked, selected),
  "pixelwright.compare": async (app, clicked) => (await import("./compare")).compare(app, clicked),
  "pixelwright.ask": async (app, clicked, selected, words) =>
    (await import("./ask")).ask(app, clicked, selected, words),
  "pixelwright.installModel": async (app, chosen) =>
    (await import("./installModel")).installModel(app, chosen),
  "pixelwright.showStatus": async (app) => (await import("./showStatus")).showStatus(app),
  "pixelwright.chooseInterpreter": async (app) =>
    (await import("./chooseInterpreter")).chooseInterpreter(app),
  "pixelwright.restartServer": restartServer,
  "pixelwright.stopHost": stopHost,
  "pixelwright.setUpServer": setUpServer,
  "pixelwright.showLogs": async ({ log }) => log.show(),
};

/** Register every command; what one throws is shown with its way out. */
export function registerCommands(app: App): vscode.Disposable {
  const registered = Object.entries(COMMANDS_BY_ID).map(([id, command]) => {
    const run = async (...given: Given): Promise<unknown> => {
      try {
        return await command(app, ...given);
      } catch (error) {
        const failure = failureOf(error);
        if (!failure) return undefined;
        app.log.error(`${id}: ${failure.stack}`);
        void showFailure(failure, [{ title: "Retry", run: () => run(...given) }]);
        return undefined;
      }
    };
    return vscode.commands.registerCommand(id, run);
  });
  return vscode.Disposable.from(...registered);
}

async function restartServer({ server }: App): Promise<void> {
  await server.restart();
  vscode.window.setStatusBarMessage("Pixelwright: the server runs again.", 5000);
}

async function stopHost({ server }: App): Promise<void> {
  const client = await server.client();
  const params = { command: COMMANDS.stopHost, arguments: [] };
  server.take(decode("ServerState", await client.sendRequest("workspace/executeCommand", params)));
  vscode.window.setStatusBarMessage("Pixelwright: the host has stopped.", 5000);
}

async function setUpServer({ server, setup }: App): Promise<void> {
  await server.stop(); // an interpreter that runs cannot be replaced everywhere
  await setUp(setup);
  await server.client();
}
