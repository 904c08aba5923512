import * as vscode from "vscode";
import { failureOf, showFailure } from "../failures";
import type { Log } from "../log";
import { serverPath } from "../settings";
import { onActiveInterpreterChanged } from "./interpreters";
import type { Server } from "./server";

/** Start the server again when what it was found by has changed. A server that never ran stays so. */
export function restartWhenChanged(server: Server, log: Log): vscode.Disposable {
  const subscriptions: vscode.Disposable[] = [];
  const restart = async (why: string) => {
    log.info(`Restart: ${why} changed`);
    await server.restart().catch((error) => {
      const failure = failureOf(error);
      if (failure) void showFailure(failure);
    });
  };
  let path = serverPath();
  subscriptions.push(
    vscode.workspace.onDidChangeConfiguration(() => {
      const before = path;
      path = serverPath(); // stays the same when an untrusted workspace names another
      if (path === before || server.situation.phase === "idle") return;
      void restart("pixelwright.server.path");
    }),
  );
  let watching = false;
  const watchInterpreter = server.onDidChange(async ({ phase }) => {
    if (watching || phase !== "running") return;
    watching = true; // late, so that the Python extension is not woken by our own start
    const subscription = await onActiveInterpreterChanged(() => {
      const { situation } = server;
      if (situation.phase === "running" && situation.resolution.kind === "interpreter") {
        void restart("the active interpreter");
      }
    });
    if (subscription) subscriptions.push(subscription);
  });
  return new vscode.Disposable(() => {
    vscode.Disposable.from(watchInterpreter, ...subscriptions).dispose();
  });
}
