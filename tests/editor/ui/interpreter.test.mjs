import assert from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { python } from "../../../scripts/setup.mjs";
import { editorFor, uiTest, until } from "../support/suite.mjs";

const editor = editorFor({ settings: {} });
const choose = (window) => window.runCommand("Pixelwright: Choose a Python Interpreter");

uiTest(
  "an interpreter without Pixelwright is offered an environment beside it",
  editor,
  async () => {
    const { window } = editor;
    await choose(window);
    await window.quickPick("Python 3.").first().click();
    const dialog = window.page.locator(".monaco-dialog-box", { hasText: "Set up Pixelwright" });
    await dialog.getByText("does not have Pixelwright").waitFor();
    await dialog.getByRole("button", { name: "Cancel" }).click();
  },
);

uiTest(
  "an interpreter with Pixelwright becomes the setting, and the server runs",
  editor,
  async () => {
    const { window } = editor;
    await choose(window);
    await window.quickPick("Browse").click();
    await window.chooseFile(python());
    const settings = join(editor.server.home, "data", "Machine", "settings.json");
    const path = async () =>
      JSON.parse(await readFile(settings, "utf8"))["pixelwright.server.path"];
    await until("the setting is written", async () => (await path()) === python());
    const said = () => window.statusItem.getAttribute("aria-label");
    await until("the server runs from it", async () => /server\.path/.test(await said()));
  },
);

uiTest("a file that is no interpreter is refused by name", editor, async () => {
  const { window } = editor;
  await choose(window);
  await window.quickPick("Browse").click();
  await window.chooseFile("/bin/echo");
  await window.toast("/bin/echo is not a Python interpreter").waitFor();
});

uiTest("a setting that does not do says why, and what can be done", editor, async () => {
  const { window } = editor;
  const settings = join(editor.server.home, "data", "Machine", "settings.json");
  await writeFile(settings, JSON.stringify({ "pixelwright.server.path": "/nowhere/python" }));
  const toast = window.toast("/nowhere/python does not run");
  await toast.waitFor();
  for (const name of ["Open Setting", "Choose Interpreter", "Show Logs"])
    assert.equal(await toast.getByRole("button", { name }).count(), 1, name);
});
