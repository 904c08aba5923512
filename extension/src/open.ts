import * as vscode from "vscode";
import { uriOf } from "./pictures";
import type { OpenResult } from "./settings";

/** Open a page as the setting says: beside its picture, by itself, or not at all. */
export async function openPage(
  page: vscode.Uri,
  picture: vscode.Uri,
  how: OpenResult,
): Promise<void> {
  if (how !== "none") await showWith(picture, page, how);
}

/** Show a document in its own tab, beside its picture or by itself. */
export async function showWith(
  picture: vscode.Uri,
  document: vscode.Uri | vscode.TextDocument,
  how: OpenResult,
): Promise<vscode.TextEditor> {
  if (how === "beside") await showPicture(picture);
  const options = {
    viewColumn: how === "beside" ? vscode.ViewColumn.Beside : vscode.ViewColumn.Active,
    preview: false,
  };
  return document instanceof vscode.Uri
    ? vscode.window.showTextDocument(document, options)
    : vscode.window.showTextDocument(document, options);
}

async function showPicture(picture: vscode.Uri): Promise<void> {
  const groups = vscode.window.tabGroups.all;
  const group = groups.find(({ tabs }) =>
    tabs.some(({ input }) => uriOf(input)?.toString() === picture.toString()),
  );
  const viewColumn = group?.viewColumn ?? vscode.ViewColumn.Active;
  await vscode.commands.executeCommand("vscode.open", picture, { viewColumn, preview: true });
}
