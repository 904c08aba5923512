import * as vscode from "vscode";

const INTERVAL = 60; // ms between edits; more often shows a reader nothing

/** An untitled Markdown document that an answer comes into. It opens with the first words. */
export class AnswerDocument implements vscode.Disposable {
  document: vscode.TextDocument | undefined;
  /** The part of the answer that is in the document. */
  written = "";
  private pending = "";
  private writing: Promise<void> | undefined;
  private closed = false;
  private readonly closing = new vscode.EventEmitter<void>();
  readonly onDidClose = this.closing.event;
  private listening: vscode.Disposable | undefined;

  /** `heading` comes first; `makePlace` says in which column the editor opens. */
  constructor(
    private readonly heading: string,
    private readonly makePlace: () => Promise<vscode.ViewColumn>,
  ) {}

  /** Add the next piece, with the next edit. */
  add(text: string): void {
    this.pending += text;
    this.writing ??= this.write().finally(() => {
      this.writing = undefined;
    });
  }

  /** All pieces are in the document, as far as it is open. */
  async settled(): Promise<void> {
    await this.writing;
  }

  /** The answer as a whole. A host that died has begun it anew, and then the pieces are more than it. */
  async complete(text: string): Promise<void> {
    await this.settled();
    const streamed = this.written;
    if (text.startsWith(streamed)) {
      if (text !== streamed) this.add(text.slice(streamed.length));
      await this.settled();
    } else if (this.document?.getText().endsWith(streamed)) {
      await this.edit(streamed, text);
    }
  }

  dispose(): void {
    this.listening?.dispose();
    this.closing.dispose();
  }

  private async write(): Promise<void> {
    if (!this.document) await this.open();
    while (this.pending && !this.closed) {
      const text = this.pending;
      this.pending = "";
      if (await this.edit("", text)) this.written += text;
      else this.pending = text + this.pending; // the person typed at the same moment
      await new Promise((next) => setTimeout(next, INTERVAL));
    }
  }

  private async open(): Promise<void> {
    const viewColumn = await this.makePlace();
    // From here on at once: the editor itself soon opens an untitled document that nobody shows.
    const content = { language: "markdown", content: this.heading };
    this.document = await vscode.workspace.openTextDocument(content);
    await vscode.window.showTextDocument(this.document, { viewColumn, preview: false });
    this.listening = vscode.window.tabGroups.onDidChangeTabs(() => this.lookWhetherOpen());
  }

  /** Put `text` in the place of the document's last characters, `replaced`. One undo takes all such edits back. */
  private async edit(replaced: string, text: string): Promise<boolean> {
    const { document } = this;
    if (!document || document.isClosed) return false;
    const end = document.lineAt(document.lineCount - 1).range.end;
    const start = document.positionAt(document.offsetAt(end) - replaced.length);
    const range = new vscode.Range(start, end);
    const editor = vscode.window.visibleTextEditors.find((one) => one.document === document);
    if (editor) {
      const options = { undoStopBefore: false, undoStopAfter: false };
      return editor.edit((edit) => edit.replace(range, text), options);
    }
    const edit = new vscode.WorkspaceEdit();
    edit.replace(document.uri, range, text);
    return vscode.workspace.applyEdit(edit);
  }

  private async lookWhetherOpen(): Promise<void> {
    if (this.isInTab()) return;
    await new Promise((next) => setTimeout(next, INTERVAL)); // a tab that moves is nowhere for a moment
    if (this.closed || this.isInTab()) return;
    this.closed = true;
    this.closing.fire();
  }

  private isInTab(): boolean {
    const uri = this.document?.uri.toString();
    const tabs = vscode.window.tabGroups.all.flatMap((group) => group.tabs);
    return tabs.some(
      ({ input }) => input instanceof vscode.TabInputText && input.uri.toString() === uri,
    );
  }
}
