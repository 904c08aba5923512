import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import * as vscode from "vscode";
import { generate } from "./support";

const onDisk = (uri: vscode.Uri) => readFile(uri.fsPath, "utf8");

async function made(): Promise<vscode.Uri> {
  const { made, failed } = await generate();
  assert.deepEqual(failed, []);
  return (made[0] as { page: vscode.Uri }).page;
}

async function append(uri: vscode.Uri, text: string): Promise<void> {
  const { document } = await vscode.window.showTextDocument(uri);
  const edit = new vscode.WorkspaceEdit();
  edit.insert(uri, document.lineAt(document.lineCount - 1).range.end, text);
  assert.ok(await vscode.workspace.applyEdit(edit));
}

describe("a page that is open in the editor", () => {
  it("is made anew in place while it is as it was made, and saved", async () => {
    const first = await made();
    const { document } = await vscode.window.showTextDocument(first);
    for (let n = 0; n < 2; n++) {
      assert.equal((await made()).toString(), first.toString());
      assert.equal(document.isDirty, false);
      assert.equal(document.getText(), await onDisk(first));
    }
  });

  it("keeps what was typed and not saved; the new page goes beside it", async () => {
    const first = await made();
    await append(first, "<!-- typed -->");
    const document = await vscode.workspace.openTextDocument(first);
    const second = await made();
    assert.notEqual(second.toString(), first.toString());
    assert.ok(document.isDirty);
    assert.match(document.getText(), /<!-- typed -->$/);
    assert.doesNotMatch(await onDisk(second), /typed/);
    await vscode.window.showTextDocument(document);
    await vscode.commands.executeCommand("workbench.action.files.revert");
  });
});
