import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import * as vscode from "vscode";
import { MemoryFiles } from "./memory-files";
import { card, closeEditors, situation, until } from "./support";

const QUESTION = "What is offered here?";

/** Ask as the menu does, with the question given. */
const ask = (picture: vscode.Uri): Thenable<vscode.TextDocument | undefined> =>
  vscode.commands.executeCommand("pixelwright.ask", picture, undefined, QUESTION);

async function engine() {
  const now = await situation();
  return now.phase === "running" ? now.state?.host?.engine : undefined;
}

describe("a question about a picture", () => {
  afterEach(closeEditors);

  it("is answered in a Markdown document beside the picture", async () => {
    const document = await ask(card());
    const [before, answer] = document?.getText().split(`> ${QUESTION}\n\n`) ?? [];
    assert.equal(before, "# card.png\n\n");
    assert.ok(answer, "there is an answer");
    assert.equal(document?.languageId, "markdown");
    assert.ok(vscode.window.visibleTextEditors.some((editor) => editor.document === document));
    const names = vscode.window.tabGroups.all.map(({ activeTab }) => activeTab?.label ?? "");
    assert.ok(names.includes("card.png"), names.join());
  });

  it("lets the state tell of the model: device, memory, speed", async () => {
    await ask(card());
    const told = await until(engine);
    assert.equal(told?.model, "tiny");
    assert.ok((told?.memory ?? 0) > 0 && (told?.tokensPerSecond ?? 0) > 0);
    assert.equal(told?.phase, "ready");
  });

  it("may be about a picture in a virtual file system", async () => {
    const files = new MemoryFiles();
    const registered = vscode.workspace.registerFileSystemProvider("questions", files);
    const picture = vscode.Uri.parse("questions:/pictures/图 one.png");
    files.put(picture, await readFile(card().fsPath));
    try {
      const beside = (await ask(picture))?.getText();
      await closeEditors();
      const onDisk = (await ask(card()))?.getText();
      assert.equal(beside?.replace("图 one.png", "card.png"), onDisk);
      assert.deepEqual(files.list(), [picture.path]);
    } finally {
      registered.dispose();
    }
  });

  it("opens nothing when it fails", async () => {
    const missing = vscode.Uri.joinPath(card(), "..", "missing.png");
    assert.equal(await ask(missing), undefined);
    assert.deepEqual(
      vscode.window.tabGroups.all.flatMap(({ tabs }) => tabs),
      [],
    );
  });
});
