import * as vscode from "vscode";

const KEY = "pixelwright.pages";
const MOST = 500;

/** The pages made in this workspace, so that their menus offer what can be done with them. */
export class Pages {
  constructor(private readonly memory: vscode.Memento) {}

  /** Tell the menus (`resourcePath in pixelwright.pages`): a remote window knows the files by other uris. */
  async publish(): Promise<void> {
    const pages = Object.keys(this.all()).map((uri) => vscode.Uri.parse(uri));
    const paths = new Set(pages.flatMap(({ path, fsPath }) => [path, fsPath]));
    await vscode.commands.executeCommand("setContext", KEY, [...paths]);
  }

  async add(page: vscode.Uri, picture: vscode.Uri): Promise<void> {
    const rest = Object.entries(this.all()).filter(([uri]) => uri !== page.toString());
    const pages = [...rest, [page.toString(), picture.toString()]].slice(-MOST);
    await this.memory.update(KEY, Object.fromEntries(pages));
    await this.publish();
  }

  private all(): Record<string, string> {
    return this.memory.get(KEY, {});
  }
}
