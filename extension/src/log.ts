import * as vscode from "vscode";

export type Log = vscode.LogOutputChannel;

/** The one log channel. Set its level to Trace to see every message between editor and server. */
export function createLog(): Log {
  return vscode.window.createOutputChannel("Pixelwright", { log: true });
}
