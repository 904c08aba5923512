import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { editorFor, uiTest } from "../support/suite.mjs";

const editor = editorFor({ pictures: ["login"] });

uiTest("a broken picture gives an error that names it, with Show Logs", editor, async () => {
  const { window } = editor;
  await editor.write("broken.png", editor.pictures.login.subarray(0, 200));
  await window.chooseFromMenu("broken.png", "Generate HTML");

  const toast = window.toast("broken.png");
  await toast.waitFor();
  assert.equal(existsSync(editor.path("broken.html")), false);
  await toast.getByRole("button", { name: "Show Logs" }).click();
  await window.page.locator(".panel .output-view-content, .panel .view-lines").first().waitFor();
});
