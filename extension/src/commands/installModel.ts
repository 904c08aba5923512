import * as vscode from "vscode";
import type { App } from "../app";
import { Cancelled, Failure } from "../failures";
import { inBytes, titleOf } from "../models";
import { reporter } from "../progress";
import { type ModelInfo, type ModelsState, REQUESTS } from "../protocol/messages";
import { request } from "../request";
import type { Resolution } from "../server/resolve";

/** Install a model, the one named or one that is chosen, after telling what that takes. Returns true when it is there. */
export async function installModel(app: App, named?: unknown): Promise<boolean> {
  if (!vscode.workspace.isTrusted) throw untrusted();
  const state = await app.models.look();
  const model = state.models.find(({ name }) => name === named) ?? (await choose(state));
  const title = titleOf(model.name);
  if (model.installed && state.runtime) {
    void vscode.window.showInformationMessage(`${title} is installed already.`);
    return true;
  }
  await confirm(model, state, resolutionOf(app));
  await install(app, model);
  app.log.info(`${model.name} is installed.`);
  void tellSuccess(title);
  return true;
}

function untrusted(): Failure {
  return new Failure("A model can be installed in a trusted workspace only.", undefined, [
    {
      title: "Manage Workspace Trust",
      run: () => vscode.commands.executeCommand("workbench.trust.manage"),
    },
  ]);
}

interface Choice extends vscode.QuickPickItem {
  model?: ModelInfo;
}

async function choose({ models, free }: ModelsState): Promise<ModelInfo> {
  const [first, ...others] = models.map(describe);
  if (!first) throw new Failure("The server knows of no model that it could install.");
  const choices: Choice[] = [
    { label: "recommended", kind: vscode.QuickPickItemKind.Separator },
    first,
    { label: "others", kind: vscode.QuickPickItemKind.Separator },
    ...others,
  ];
  const chosen = await vscode.window.showQuickPick(choices, {
    title: "Install a Model",
    placeHolder: `It answers questions about pictures, on this machine (${inBytes(free)} free)`,
  });
  if (!chosen?.model) throw new Cancelled();
  return chosen.model;
}

function describe(model: ModelInfo): Choice {
  const { name, bytes, licence, installed } = model;
  const parts = [inBytes(bytes), licence, ...(installed ? ["installed"] : [])];
  return {
    label: `${installed ? "$(check)" : "$(cloud-download)"} ${titleOf(name)}`,
    description: parts.join("  ·  "),
    model,
  };
}

function resolutionOf({ server }: App): Resolution | undefined {
  return server.situation.phase === "running" ? server.situation.resolution : undefined;
}

async function confirm(
  model: ModelInfo,
  state: ModelsState,
  resolution: Resolution | undefined,
): Promise<void> {
  const detail = whatItTakes(model, state, resolution);
  const chosen = await vscode.window.showInformationMessage(
    `Install ${titleOf(model.name)}?`,
    { modal: true, detail },
    "Install",
  );
  if (!chosen) throw new Cancelled();
}

/** What an installation downloads and where it goes, before anything happens. */
export function whatItTakes(
  { bytes, installed, licence }: ModelInfo,
  { free, runtime, runtimeBytes }: ModelsState,
  resolution: Resolution | undefined,
): string {
  const into = resolution && resolution.kind !== "managed" ? `, into ${resolution.python}` : "";
  const weights = `• ${inBytes(bytes)} of weights from Hugging Face`;
  const packages = `• ${inBytes(runtimeBytes)} of packages (PyTorch, Transformers) from the indexes of PyTorch and Python${into}`;
  return [
    "This will download:",
    ...(installed ? [] : [weights]),
    ...(runtime ? [] : [packages]),
    "",
    `Licence: ${licence}`,
    `Free on the disk: ${inBytes(free)}`,
    "",
    "Nothing else is sent: pictures and questions stay on this machine.",
  ].join("\n");
}

async function install({ server, models }: App, { name }: ModelInfo): Promise<void> {
  const client = await server.client();
  const answer = await vscode.window.withProgress(
    {
      location: vscode.ProgressLocation.Notification,
      title: `Installing ${titleOf(name)}`,
      cancellable: true,
    },
    (progress, token) =>
      request(
        client,
        REQUESTS.installModel,
        { model: name },
        { token, onProgress: reporter(progress) },
      ),
  );
  models.take(answer);
}

async function tellSuccess(title: string): Promise<void> {
  const chosen = await vscode.window.showInformationMessage(
    `${title} is installed.`,
    "Ask About Picture…",
  );
  if (chosen) await vscode.commands.executeCommand("pixelwright.ask");
}
