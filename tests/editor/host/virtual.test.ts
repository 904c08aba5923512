import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import * as vscode from "vscode";
import { MemoryFiles } from "./memory-files";
import { card, generate } from "./support";

describe("a virtual file system", () => {
  const files = new MemoryFiles();
  const picture = vscode.Uri.parse("pixels:/pictures/图 one.png");
  const beside = (name: string) => vscode.Uri.joinPath(picture, "..", name);
  let registered: vscode.Disposable;

  before(async () => {
    registered = vscode.workspace.registerFileSystemProvider("pixels", files);
    files.put(picture, await readFile(card().fsPath));
  });
  after(() => registered.dispose());

  it("gets the page and its pictures through the editor", async () => {
    const { made, failed } = await generate(picture);
    assert.deepEqual(failed, []);
    assert.equal(made[0]?.page.toString(), beside("图 one.html").toString());
    assert.match(files.text(beside("图 one.html")), /Harbour at dawn/);
    const assets = files.list().filter((name) => name.startsWith("/pictures/图 one.assets/"));
    assert.ok(assets.length >= 1, files.list().join());
  });

  it("keeps what lies there already", async () => {
    files.put(beside("图 one.html"), Buffer.from("mine"));
    const { made } = await generate(picture);
    assert.equal(made[0]?.page.toString(), beside("图 one-2.html").toString());
    assert.equal(files.text(beside("图 one.html")), "mine");
  });

  it("is left clean when a file cannot be written", async () => {
    const other = beside("full.png");
    files.put(other, files.get(picture));
    files.refuse = /full\.html$/;
    const before = files.list();
    const { failed } = await generate(other);
    files.refuse = undefined;
    assert.match(failed[0]?.failure.message ?? "", /full\.html could not be written/);
    assert.deepEqual(files.list(), before);
  });
});
