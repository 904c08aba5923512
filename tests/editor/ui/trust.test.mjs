import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { chmod, mkdir } from "node:fs/promises";
import { editorFor, uiTest } from "../support/suite.mjs";

const editor = editorFor({ pictures: ["login"], trust: false });

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
