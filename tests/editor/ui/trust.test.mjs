import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { chmod, mkdir } from "node:fs/promises";
import { python } from "../../../scripts/setup.mjs";
import { editorFor, uiTest } from "../support/suite.mjs";

const settings = { "pixelwright.server.path": python(), "pixelwright.offerModel": true };
const editor = editorFor({ pictures: ["login"], trust: false, settings });

uiTest(
  "in Restricted Mode the workspace cannot name the interpreter, and pages are made",
  editor,
  async () => {
    const { window } = editor;
    const page = window.page;
    await mkdir(editor.path(".vscode"));
    await editor.write("evil.sh", `#!/bin/sh\ntouch "${editor.path("ran")}"\n`);
    await chmod(editor.path("evil.sh"), 0o755);
    const settings = { "pixelwright.server.path": editor.path("evil.sh") };
    await editor.write(".vscode/settings.json", JSON.stringify(settings));
    await editor.write("login.png", editor.pictures.login);

    await page.locator(".statusbar-item", { hasText: "Restricted Mode" }).waitFor();
    await window.chooseFromMenu("login.png", "Generate HTML");
    await window.opened("login.html");
    assert.match(await editor.read("login.html"), /Welcome back/);
    settings["pixelwright.server.path"] += " ";
    await editor.write(".vscode/settings.json", JSON.stringify(settings));
    await window.tidy();
    await window.chooseFromMenu("login.png", "Generate HTML");
    await window.opened("login.html");
    assert.equal(existsSync(editor.path("ran")), false);
  },
);

uiTest("in Restricted Mode no model is offered, and none installed", editor, async () => {
  const { window } = editor;
  await window.chooseFromMenu("login.png", "Generate HTML");
  await window.toast("is ready").waitFor();
  await window.page.waitForTimeout(3000);
  assert.equal(await window.toast("answer questions").count(), 0);
  await window.runCommand("Pixelwright: Install Model");
  const refusal = window.toast("in a trusted workspace only");
  await refusal.getByRole("button", { name: "Manage Workspace Trust" }).waitFor();
});
