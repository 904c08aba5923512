import * as vscode from "vscode";
import { Cancelled } from "./failures";

const EXTENSIONS = ["png", "jpg", "jpeg", "webp", "gif", "bmp", "tif", "tiff", "avif", "heic"];
const PICTURE = new RegExp(`\\.(${EXTENSIONS.join("|")})$`, "i");

export const isPicture = (uri: vscode.Uri): boolean => PICTURE.test(uri.path);

export const nameOf = (uri: vscode.Uri): string => uri.path.split("/").at(-1) ?? uri.path;

/** The pictures a command is about: those clicked or selected, or the one in the active tab, or chosen in a dialog. */
export async function picturesFor(
  clicked: vscode.Uri | undefined,
  selected: vscode.Uri[] | undefined,
  openLabel: string,
  { several = true } = {},
): Promise<vscode.Uri[]> {
  const named = selected?.length ? selected : clicked ? [clicked] : [];
  const pictures = named.filter(isPicture);
  if (pictures.length) return pictures;
  const active = activeUri();
  return active && isPicture(active) ? [active] : askForPictures(openLabel, several);
}

/** The file of the active tab, whatever editor shows it. */
export function activeUri(): vscode.Uri | undefined {
  const input = vscode.window.tabGroups.activeTabGroup.activeTab?.input;
  return uriOf(input) ?? vscode.window.activeTextEditor?.document.uri;
}

export function uriOf(input: unknown): vscode.Uri | undefined {
  return input instanceof vscode.TabInputCustom || input instanceof vscode.TabInputText
    ? input.uri
    : undefined;
}

export async function askForPictures(
  openLabel: string,
  canSelectMany: boolean,
): Promise<vscode.Uri[]> {
  const chosen = await vscode.window.showOpenDialog({
    canSelectMany,
    openLabel,
    filters: { Pictures: EXTENSIONS },
  });
  if (!chosen?.length) throw new Cancelled();
  return chosen;
}
