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
  if (how === "beside") await showPicture(picture);
  await vscode.window.showTextDocument(page, {
    viewColumn: how === "beside" ? vscode.ViewColumn.Beside : vscode.ViewColumn.Active,
    preview: false,
  });
}

async function showPicture(picture: vscode.Uri): Promise<void> {
  const groups = vscode.window.tabGroups.all;
  const group = groups.find(({ tabs }) =>
    tabs.some(({ input }) => uriOf(input)?.toString() === picture.toString()),
  );
  const viewColumn = group?.viewColumn ?? vscode.ViewColumn.Active;
  await vscode.commands.executeCommand("vscode.open", picture, { viewColumn, preview: true });
}
