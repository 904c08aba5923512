import * as vscode from "vscode";

export type OpenResult = "beside" | "page" | "none";

const section = (scope?: vscode.Uri) => vscode.workspace.getConfiguration("pixelwright", scope);

/** The interpreter that the user named, or "". In Restricted Mode the editor leaves out the workspace's word. */
export const serverPath = (): string => section().get("server.path", "").trim();

export const openResult = (): OpenResult => section().get<OpenResult>("openResult", "beside");

export const inlineAssets = (picture: vscode.Uri): boolean =>
  section(picture).get("inlineAssets", false);

export const offersModel = (): boolean => section().get("offerModel", true);

export const setServerPath = (python: string): Thenable<void> =>
  section().update("server.path", python, vscode.ConfigurationTarget.Global);
