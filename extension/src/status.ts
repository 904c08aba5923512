import * as vscode from "vscode";
import type { Server, Situation } from "./server/server";

/** The status item: ready, working or in trouble; the versions on hover, actions on click. */
export function createStatus(server: Server, version: string): vscode.Disposable {
  const item = vscode.window.createStatusBarItem(
    "pixelwright.status",
    vscode.StatusBarAlignment.Right,
    10,
  );
  item.name = "Pixelwright";
  item.command = "pixelwright.showStatus";
  const show = (situation: Situation) => {
    item.text = `${icon(situation)} Pixelwright${count(situation)}`;
    item.tooltip = [...describe(situation, version), ...trouble(situation)].join("\n");
    item.backgroundColor =
      situation.phase === "failed"
        ? new vscode.ThemeColor("statusBarItem.errorBackground")
        : undefined;
  };
  show(server.situation);
  item.show();
  return vscode.Disposable.from(item, server.onDidChange(show));
}

function icon(situation: Situation): string {
  if (situation.phase === "failed") return "$(error)";
  if (situation.phase === "starting" || jobs(situation)) return "$(sync~spin)";
  return "$(wand)";
}

const jobs = (situation: Situation): number =>
  situation.phase === "running" ? (situation.state?.jobs ?? 0) : 0;

function count(situation: Situation): string {
  const number = jobs(situation);
  return number ? ` ${number}` : "";
}

/** The situation in words, a line for each part: extension, server, host. */
export function describe(situation: Situation, version: string): string[] {
  return [`Extension ${version}`, ...ofServer(situation), ...ofHost(situation)];
}

function ofServer(situation: Situation): string[] {
  if (situation.phase === "idle") return ["Server: starts when needed"];
  if (situation.phase === "starting") return ["Server: starting"];
  if (situation.phase === "failed") return [`Server: ${situation.failure.message}`];
  const { resolution, state } = situation;
  const what = state ? `Server ${state.version}, Python ${state.python}` : "Server ready";
  return [`${what} (${resolution.source})`];
}

function trouble(situation: Situation): string[] {
  const error = situation.phase === "running" ? situation.state?.error : undefined;
  return error ? [`Last trouble: ${error}`] : [];
}

function ofHost(situation: Situation): string[] {
  if (situation.phase !== "running") return [];
  const host = situation.state?.host;
  if (!host) return ["Host: starts when needed"];
  const doing = host.running ? `${host.running} running, ${host.waiting} waiting` : "idle";
  return [`Host ${host.build}: ${doing}, ${Math.round(host.memory / 1e6)} MB`];
}
