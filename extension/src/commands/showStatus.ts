import * as vscode from "vscode";
import type { App } from "../app";
import { REQUESTS } from "../protocol/messages";
import { decode } from "../protocol/wire";
import { describe } from "../status";

interface Action extends vscode.QuickPickItem {
  command?: string;
}

const ACTIONS: Action[] = [
  { label: "$(wand) Generate HTML…", command: "pixelwright.generateHtml" },
  { label: "$(comment-discussion) Ask About Picture…", command: "pixelwright.ask" },
  { label: "$(cloud-download) Install Model…", command: "pixelwright.installModel" },
  { label: "$(output) Show Logs", command: "pixelwright.showLogs" },
  { label: "$(debug-restart) Restart the Server", command: "pixelwright.restartServer" },
  { label: "$(debug-stop) Stop the Host and Free Its Memory", command: "pixelwright.stopHost" },
  {
    label: "$(settings-gear) Choose a Python Interpreter",
    command: "pixelwright.chooseInterpreter",
  },
  { label: "$(tools) Set Up the Server Again", command: "pixelwright.setUpServer" },
];

/** What runs now, and what can be done about it. */
export async function showStatus(app: App): Promise<void> {
  await refresh(app);
  const lines = describe(app.server.situation, app.setup.version, app.models.known);
  const title = lines.join("   ·   ");
  const chosen = await vscode.window.showQuickPick(ACTIONS, { title });
  if (chosen?.command) await vscode.commands.executeCommand(chosen.command);
}

async function refresh({ log, models, server }: App): Promise<void> {
  if (server.situation.phase !== "running") return;
  const client = await server.client();
  const looking = models.look().catch((error) => log.info(`Which models there are: ${error}`));
  server.take(decode("ServerState", await client.sendRequest(REQUESTS.status, {})));
  await looking;
}
