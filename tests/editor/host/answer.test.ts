import assert from "node:assert/strict";
import * as vscode from "vscode";
import { AnswerDocument } from "../../../extension/src/answerDocument";
import { closeEditors, until } from "./support";

const HEADING = "# card.png\n\n> What is it?\n\n";

const answerInto = () => new AnswerDocument(HEADING, async () => vscode.ViewColumn.Active);

const textOf = ({ document }: AnswerDocument): string => document?.getText() ?? "";

describe("an answer's document", () => {
  afterEach(closeEditors);

  it("opens with the first words, as Markdown, and grows with the rest", async () => {
    const answer = answerInto();
    assert.equal(textOf(answer), "");
    for (const piece of ["A card ", "about a\nharbour ", "at dawn: 春天."]) answer.add(piece);
    await answer.settled();
    answer.add(" And more.");
    await answer.complete("A card about a\nharbour at dawn: 春天. And more.");
    assert.equal(textOf(answer), `${HEADING}A card about a\nharbour at dawn: 春天. And more.`);
    assert.equal(answer.document?.languageId, "markdown");
    assert.equal(answer.document?.isUntitled, true);
    answer.dispose();
  });

  it("is taken back by one undo", async () => {
    const answer = answerInto();
    for (const piece of ["one ", "two ", "three"]) {
      answer.add(piece);
      await answer.settled();
    }
    await vscode.commands.executeCommand("undo");
    assert.equal(textOf(answer), HEADING);
    answer.dispose();
  });

  it("grows while it is not in view, and keeps what the person types", async () => {
    const answer = answerInto();
    answer.add("first ");
    await answer.settled();
    const edit = new vscode.WorkspaceEdit();
    edit.insert(answer.document?.uri as vscode.Uri, new vscode.Position(0, 0), "Mine: ");
    await vscode.workspace.applyEdit(edit);
    await vscode.window.showTextDocument(
      await vscode.workspace.openTextDocument({ content: "in front of it" }),
      { preview: false },
    );
    await answer.complete("first second");
    assert.equal(textOf(answer), `Mine: ${HEADING}first second`);
    answer.dispose();
  });

  it("holds the answer once when it was begun anew", async () => {
    const answer = answerInto();
    for (const piece of ["A card ab", "A card about", " a harbour"]) answer.add(piece);
    await answer.complete("A card about a harbour");
    assert.equal(textOf(answer), `${HEADING}A card about a harbour`);
    answer.dispose();
  });

  it("says that it was closed, once, and takes no more", async () => {
    const answer = answerInto();
    let closed = 0;
    answer.onDidClose(() => closed++);
    answer.add("some words");
    await answer.settled();
    await closeEditors();
    await until(() => closed);
    answer.add(" too late");
    await answer.settled();
    assert.equal(closed, 1);
    assert.deepEqual(vscode.window.tabGroups.activeTabGroup.tabs, []);
    answer.dispose();
  });
});
