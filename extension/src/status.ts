import * as vscode from "vscode";
import { inBytes, installedIn, type Models, titleOf } from "./models";
import type { EngineState, ModelsState } from "./protocol/messages";
import type { Server, Situation } from "./server/server";

/** The status item: ready, working or in trouble; versions and the model on hover, actions on click. */
export function createStatus(server: Server, models: Models, version: string): vscode.Disposable {
  const item = vscode.window.createStatusBarItem(
    "pixelwright.status",
    vscode.StatusBarAlignment.Right,
    10,
  );
  item.name = "Pixelwright";
  item.command = "pixelwright.showStatus";
  const show = () => {
    const { situation } = server;
    const lines = [...describe(situation, version, models.known), ...trouble(situation)];
    item.text = `${icon(situation)} Pixelwright${count(situation)}`;
    item.tooltip = tooltip(lines);
    item.accessibilityInformation = { label: ["Pixelwright", ...lines].join(", ") };
    item.backgroundColor =
      situation.phase === "failed"
        ? new vscode.ThemeColor("statusBarItem.errorBackground")
        : undefined;
  };
  show();
  item.show();
  return vscode.Disposable.from(item, server.onDidChange(show), models.onDidChange(show));
}

const NO_MODEL = "No model is installed";

function tooltip(lines: string[]): vscode.MarkdownString {
  const text = new vscode.MarkdownString();
  text.isTrusted = { enabledCommands: ["pixelwright.installModel"] };
  for (const line of lines) {
    text.appendText(line);
    if (line === NO_MODEL) text.appendMarkdown(": [install one](command:pixelwright.installModel)");
    text.appendMarkdown("\n\n");
  }
  return text;
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

/** The situation in words, a line for each part: extension, server, host, model. */
export function describe(situation: Situation, version: string, models?: ModelsState): string[] {
  return [
    `Extension ${version}`,
    ...ofServer(situation),
    ...ofHost(situation),
    ...ofModel(situation, models),
  ];
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

function ofModel(situation: Situation, models?: ModelsState): string[] {
  if (situation.phase !== "running") return [];
  const engine = situation.state?.host?.engine;
  if (engine) return [`Model ${titleOf(engine.model)}: ${ofEngine(engine)}`];
  if (!models) return [];
  const installed = installedIn(models);
  return [installed ? `Model ${titleOf(installed.name)}: loads when asked` : NO_MODEL];
}

function ofEngine({ phase, device, dtype, memory, tokensPerSecond }: EngineState): string {
  if (phase === "loading") return "loading";
  const speed = tokensPerSecond ? [`${Math.round(tokensPerSecond)} tokens/s`] : [];
  return [`${phase} on ${device} (${dtype})`, inBytes(memory), ...speed].join(", ");
}
