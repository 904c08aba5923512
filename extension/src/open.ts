import * as vscode from "vscode";
import { uriOf } from "./pictures";
import type { OpenResult } from "./settings";

/** Open a page as the setting says: beside its picture, by itself, or not at all. */
export async function openPage(
  page: vscode.Uri,
  picture: vscode.Uri,
  how: OpenResult,
): Promise<void> {
  if (how === "none") return;
  const viewColumn = await placeFor(picture, how);
  await vscode.window.showTextDocument(page, { viewColumn, preview: false });
}

/** The column for what was made of a picture: beside it, once it is in view, or where the person is. */
export async function placeFor(
  picture: vscode.Uri,
  how: Exclude<OpenResult, "none">,
): Promise<vscode.ViewColumn> {
  if (how === "page") return vscode.ViewColumn.Active;
  await showPicture(picture);
  return vscode.ViewColumn.Beside;
}

async function showPicture(picture: vscode.Uri): Promise<void> {
  const groups = vscode.window.tabGroups.all;
  const group = groups.find(({ tabs }) =>
    tabs.some(({ input }) => uriOf(input)?.toString() === picture.toString()),
  );
  const viewColumn = group?.viewColumn ?? vscode.ViewColumn.Active;
  await vscode.commands.executeCommand("vscode.open", picture, { viewColumn, preview: true });
}
