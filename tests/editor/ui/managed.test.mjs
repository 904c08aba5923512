import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { editorFor, uiTest, until } from "../support/suite.mjs";

// A clean editor: no interpreter that has Pixelwright, or is set. pip installs from the real index.
const editor = editorFor({ pictures: ["login"], settings: { "pixelwright.offerModel": true } });
const environments = () =>
  join(editor.server.home, "data/User/globalStorage/pixelwright.pixelwright/environments");
const made = async () => (existsSync(environments()) ? readdir(environments()) : []);

uiTest("set-up asks first, and declining leaves nothing", editor, async () => {
  const { window } = editor;
  await editor.write("login.png", editor.pictures.login);
  await window.chooseFromMenu("login.png", "Generate HTML");
  const dialog = window.page.locator(".monaco-dialog-box", { hasText: "Set up Pixelwright" });
  await dialog.getByText("download about").waitFor();
  await dialog.getByRole("button", { name: "Cancel" }).click();
  await dialog.waitFor({ state: "hidden" });
  assert.deepEqual(await made(), []);
});

uiTest("set-up that is cancelled leaves nothing half made", editor, async () => {
  const { window } = editor;
  await setUp(window);
  await window.progress("Looking for").or(window.progress("Downloading")).first().waitFor();
  assert.equal((await made()).length, 1);
  await window.progress("Setting up").getByRole("button", { name: "Cancel" }).click();
  await until("the draft is gone", async () => (await made()).length === 0);
});

const minutes = { timeout: 240_000 };
uiTest(
  "set-up installs the server from the wheel, the picture becomes a page, and a model is offered",
  editor,
  async () => {
    const { window } = editor;
    await setUp(window);
    await window.opened("login.html", { timeout: 200_000 });
    assert.match(await editor.read("login.html"), /Welcome back/);
    assert.equal((await made()).length, 1);
    await lookAtOffer(window);
  },
  minutes,
);

/** The offer after the first page counts PyTorch in, which this environment does not have. */
async function lookAtOffer(window) {
  const offer = window.toast("answer questions about pictures");
  await offer.filter({ hasText: / for PyTorch/ }).waitFor();
  await editor.shot("editor-offer-pytorch");
  await offer.getByRole("button", { name: "Install…" }).click();
  const dialog = window.page.locator(".monaco-dialog-box", { hasText: "Install Qwen3-VL" });
  await dialog.getByText("of packages (PyTorch, Transformers)").waitFor();
  await editor.shot("editor-install-pytorch");
  await dialog.getByRole("button", { name: "Cancel" }).click();
}

async function setUp(window) {
  await window.chooseFromMenu("login.png", "Generate HTML");
  const dialog = window.page.locator(".monaco-dialog-box", { hasText: "Set up Pixelwright" });
  await dialog.getByRole("button", { name: "Set Up" }).click();
}
