import { readdirSync, readFileSync } from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import * as vscode from "vscode";
import type { Outcome } from "../../../extension/src/commands/summary";
import type { Api } from "../../../extension/src/extension";
import type { Log } from "../../../extension/src/log";
import type { Situation } from "../../../extension/src/server/server";

/** The project's own interpreter, which has Pixelwright. */
export const PYTHON = process.env.EDITOR_TEST_PYTHON as string;

export const extension = (): vscode.Extension<Api> => {
  const found = vscode.extensions.getExtension<Api>("pixelwright.pixelwright");
  if (!found) throw new Error("The extension is not there.");
  return found;
};

export async function situation(): Promise<Situation> {
  return (await extension().activate()).situation();
}

/** The picture in the workspace. */
export function card(): vscode.Uri {
  const folder = vscode.workspace.workspaceFolders?.[0]?.uri as vscode.Uri;
  return vscode.Uri.joinPath(folder, "card.png");
}

/** Make pages as the menu does: of the picture in the workspace, unless others are named. */
export function generate(...pictures: vscode.Uri[]): Thenable<Outcome> {
  const [clicked = card()] = pictures;
  return vscode.commands.executeCommand<Outcome>("pixelwright.generateHtml", clicked, pictures);
}

/** Close every editor; what is untitled goes unsaved. */
export async function closeEditors(): Promise<void> {
  while (vscode.window.tabGroups.activeTabGroup.tabs.length > 0)
    await vscode.commands.executeCommand("workbench.action.revertAndCloseActiveEditor");
}

/** A log that keeps its lines. */
export function memoryLog(): { log: Log; lines: string[] } {
  const lines: string[] = [];
  const add = (line: string) => lines.push(line);
  return { lines, log: { info: add, warn: add, error: add, debug: add } as unknown as Log };
}

/** The process ids of the servers that this extension host has started. */
export function servers(): number[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => {
      try {
        const command = readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0");
        const parent = /\) \S (\d+)/.exec(readFileSync(`/proc/${pid}/stat`, "utf8"))?.[1];
        return command.includes("lsp") && Number(parent) === process.pid;
      } catch {
        return false;
      }
    });
}

export async function until<T>(look: () => T | Promise<T>, within = 20_000): Promise<T> {
  const end = Date.now() + within;
  for (;;) {
    const seen = await look();
    if (seen) return seen;
    if (Date.now() > end) throw new Error(`Waited ${within / 1000} s in vain: ${look}`);
    await new Promise((next) => setTimeout(next, 100));
  }
}

export const scratch = (name: string): string =>
  path.join(os.tmpdir(), `pw-${process.pid}-${name}`);
