// Pictures that the server cannot read and pages that it cannot write: those of virtual file systems.

import * as vscode from "vscode";
import { Failure } from "./failures";
import { nameOf } from "./pictures";
import type { GeneratedFile } from "./protocol/messages";

export const isVirtual = (uri: vscode.Uri): boolean => uri.scheme !== "file";

export async function readBase64(uri: vscode.Uri): Promise<string> {
  return Buffer.from(await vscode.workspace.fs.readFile(uri)).toString("base64");
}

/** A page beside the picture under a name that is free: what lies there already is never replaced. */
export async function freePage(picture: vscode.Uri): Promise<vscode.Uri> {
  const folder = vscode.Uri.joinPath(picture, "..");
  const stem = nameOf(picture).replace(/\.[^.]*$/, "");
  for (let n = 1; ; n++) {
    const page = vscode.Uri.joinPath(folder, n === 1 ? `${stem}.html` : `${stem}-${n}.html`);
    if (!(await exists(page))) return page;
  }
}

/** Write a page's files below a folder, the page last; when one fails, none stays. Returns the page. */
export async function writeFiles(folder: vscode.Uri, files: GeneratedFile[]): Promise<vscode.Uri> {
  const pages = files.filter(({ path }) => path.endsWith(".html"));
  const page = pages[0];
  if (!page) throw new Failure("The server sent no page.");
  const written: vscode.Uri[] = [];
  try {
    for (const { path, data } of [...files.filter((file) => file !== page), page]) {
      const target = below(folder, path);
      await vscode.workspace.fs.writeFile(target, Buffer.from(data, "base64"));
      written.push(target);
    }
  } catch (error) {
    for (const file of written) await vscode.workspace.fs.delete(file).then(undefined, () => {});
    throw new Failure(`${page.path} could not be written: ${(error as Error).message}`);
  }
  return below(folder, page.path);
}

function below(folder: vscode.Uri, path: string): vscode.Uri {
  const parts = path.split("/");
  if (parts.some((part) => ["", ".", ".."].includes(part) || /[\\:]/.test(part))) {
    throw new Failure(`The server named a file outside the folder: ${path}`);
  }
  return vscode.Uri.joinPath(folder, ...parts);
}

async function exists(uri: vscode.Uri): Promise<boolean> {
  return vscode.workspace.fs.stat(uri).then(
    () => true,
    () => false,
  );
}
