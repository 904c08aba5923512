import * as vscode from "vscode";

/** A file system in memory, with the folders that its files imply. */
export class MemoryFiles implements vscode.FileSystemProvider {
  /** Paths that cannot be written. */
  refuse: RegExp | undefined;
  private readonly files = new Map<string, Uint8Array>();
  private readonly changed = new vscode.EventEmitter<vscode.FileChangeEvent[]>();
  readonly onDidChangeFile = this.changed.event;

  put = (uri: vscode.Uri, data: Uint8Array): unknown => this.files.set(uri.path, data);
  get = (uri: vscode.Uri): Uint8Array => this.readFile(uri);
  text = (uri: vscode.Uri): string => Buffer.from(this.readFile(uri)).toString();
  list = (): string[] => [...this.files.keys()].sort();

  watch = (): vscode.Disposable => new vscode.Disposable(() => {});
  createDirectory(): void {}
  rename(): void {
    throw vscode.FileSystemError.NoPermissions();
  }

  stat(uri: vscode.Uri): vscode.FileStat {
    const data = this.files.get(uri.path);
    if (data) return { type: vscode.FileType.File, ctime: 0, mtime: 0, size: data.length };
    const inside = this.list().some((path) => path.startsWith(`${uri.path.replace(/\/$/, "")}/`));
    if (!inside) throw vscode.FileSystemError.FileNotFound(uri);
    return { type: vscode.FileType.Directory, ctime: 0, mtime: 0, size: 0 };
  }

  readDirectory(uri: vscode.Uri): [string, vscode.FileType][] {
    const names = this.list().filter((path) => path.startsWith(`${uri.path}/`));
    return names.map((path) => [path.slice(uri.path.length + 1), vscode.FileType.File]);
  }

  readFile(uri: vscode.Uri): Uint8Array {
    const data = this.files.get(uri.path);
    if (!data) throw vscode.FileSystemError.FileNotFound(uri);
    return data;
  }

  writeFile(uri: vscode.Uri, data: Uint8Array): void {
    if (this.refuse?.test(uri.path)) throw vscode.FileSystemError.NoPermissions("It is full");
    this.files.set(uri.path, data);
  }

  delete(uri: vscode.Uri): void {
    if (!this.files.delete(uri.path)) throw vscode.FileSystemError.FileNotFound(uri);
  }
}
