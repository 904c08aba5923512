import assert from "node:assert/strict";
import { editorFor, uiTest, until } from "../support/suite.mjs";

// The tiny checkpoint of our own: a real engine, and an answer that it has learnt.
const editor = editorFor({ env: { PIXELWRIGHT_MODEL: "tiny" } });
const QUESTION = "What does this picture show?";

const answer = async () => {
  const lines = await editor.window.page
    .locator('.editor-instance[data-mode-id="markdown"] .view-line, .editor-instance .view-line')
    .allTextContents();
  return lines.join("\n").replaceAll("\u00a0", " ");
};

async function ask(name) {
  const { window } = editor;
  await window.chooseFromMenu(name, "Ask About Picture");
  await window.input.waitFor();
  await editor.shot("editor-question");
  await window.input.fill(QUESTION);
  await window.page.keyboard.press("Enter");
}

uiTest("Cancel while the model loads ends the question, and nothing opens", editor, async () => {
  const { window } = editor;
  await editor.copySample("product.png");
  await ask("product.png");
  const progress = window.progress("Asking about product.png");
  await progress.getByRole("button", { name: "Cancel" }).click();
  await progress.waitFor({ state: "hidden" });
  await until("the server has let go", () => window.statusItem.locator(".codicon-wand").count());
  await window.page.waitForTimeout(1500);
  assert.equal(await window.page.locator(".tab").count(), 0);
  assert.equal(await window.notification("product.png").count(), 0);
});

uiTest(
  "Ask About Picture in a picture's menu brings the answer beside the picture",
  editor,
  async () => {
    const { window } = editor;
    await ask("product.png");
    const markdown = window.page.locator(".editor-instance .view-lines").first();
    await markdown.waitFor({ timeout: 60_000 });
    await until("the answer has come", async () => (await answer()).split(QUESTION)[1]?.trim());
    assert.match(await answer(), /^# product\.png/);
    await until("it is whole", async () => /Moor teapot.*price/s.test(await answer()));
    await editor.shot("editor-answer");
  },
);

uiTest("the status tells of the model: device, memory and speed", editor, async () => {
  const { window } = editor;
  const said = () => window.statusItem.getAttribute("aria-label");
  await until("the state is told", async () => /Model tiny/.test(await said()));
  assert.match(await said(), /Model tiny: ready on cpu \(\w+\), \d+ MB, \d+ tokens\/s/);
  await window.statusItem.hover();
  await window.page.locator(".monaco-hover", { hasText: "Model tiny" }).first().waitFor();
  await editor.shot("editor-status");
});

uiTest("the actions have asking and installing, below the state", editor, async () => {
  const { window } = editor;
  await window.statusItem.click();
  await window.quickPick("Ask About Picture").waitFor();
  await window.quickPick("Install Model").waitFor();
  await editor.shot("editor-actions");
});
