// The one time that Pixelwright speaks of the model by itself.

import * as vscode from "vscode";
import type { App } from "./app";
import { inBytes, installedIn, titleOf } from "./models";
import type { ModelInfo, ModelsState } from "./protocol/messages";
import { offersModel } from "./settings";

const OFFERED = "pixelwright.modelOffered";

/** Offer to install a model where none is. Once on this machine, whatever the answer; never in Restricted Mode. */
export async function offerModel({ log, memory, models }: App): Promise<void> {
  try {
    if (memory.get(OFFERED) || !isWelcome()) return;
    const state = await models.look();
    const [model] = state.models;
    if (!model || installedIn(state) || !fits(model, state) || memory.get(OFFERED)) return;
    await memory.update(OFFERED, true);
    const chosen = await vscode.window.showInformationMessage(
      inWords(model, state),
      "Install…",
      "Not Now",
    );
    if (chosen === "Install…")
      await vscode.commands.executeCommand("pixelwright.installModel", model.name);
  } catch (error) {
    log.info(`The model is not offered: ${error}`);
  }
}

function isWelcome(): boolean {
  const { HF_HUB_OFFLINE, TRANSFORMERS_OFFLINE, PIXELWRIGHT_MODEL: named } = process.env;
  const isOffline = [HF_HUB_OFFLINE, TRANSFORMERS_OFFLINE].some((value) =>
    /^(1|on|yes|true)$/i.test(value ?? ""),
  );
  return vscode.workspace.isTrusted && offersModel() && !named && !isOffline;
}

const fits = ({ bytes }: ModelInfo, { free, runtime, runtimeBytes }: ModelsState): boolean =>
  bytes + (runtime ? 0 : runtimeBytes) < free;

/** The offer, with what it would download. */
export function inWords(model: ModelInfo, { runtime, runtimeBytes }: ModelsState): string {
  const packages = runtime ? "" : `, and ${inBytes(runtimeBytes)} for PyTorch`;
  return (
    `Pixelwright can also answer questions about pictures, with ${titleOf(model.name)} on this machine. ` +
    `Download: ${inBytes(model.bytes)}${packages}.`
  );
}
