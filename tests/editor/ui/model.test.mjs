import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { after, before } from "node:test";
import { python } from "../../../scripts/setup.mjs";
import { startHub } from "../support/hub.mjs";
import { editorFor, uiTest, until } from "../support/suite.mjs";

// The tiny checkpoint, offered by a hub on this machine under the name of the model that people install.
const NAME = "Qwen3-VL-2B-Instruct";
const OFFER = "can also answer questions about pictures";
const env = {};
let hub;
before(async () => {
  hub = await startHub({ pause: 0.1 }); // so that there is time to cancel
  env.HF_ENDPOINT = hub.url;
});
after(() => hub?.stop());

const settings = { "pixelwright.server.path": python(), "pixelwright.offerModel": true };
const editor = editorFor({ pictures: ["login", "chinese"], settings, env });

const dialog = () => editor.window.page.locator(".monaco-dialog-box", { hasText: NAME });
const said = () => editor.window.statusItem.getAttribute("aria-label");

async function install() {
  await dialog().getByRole("button", { name: "Install", exact: true }).click();
  await editor.window.progress(`Installing ${NAME}`).waitFor();
}

uiTest(
  "after the first page the model is offered, with its size, and not again",
  editor,
  async () => {
    const { window } = editor;
    await editor.write("login.png", editor.pictures.login);
    await window.chooseFromMenu("login.png", "Generate HTML");
    const offer = window.toast(OFFER);
    await offer.waitFor();
    assert.match(
      await offer.textContent(),
      /Qwen3-VL-2B-Instruct on this machine.*Download: 4\.3 GB/,
    );
    await editor.shot("editor-offer");
    await offer.getByRole("button", { name: "Not Now" }).click();
    assert.match(await said(), /No model is installed/);

    await editor.write("chinese.png", editor.pictures.chinese);
    await window.chooseFromMenu("chinese.png", "Generate HTML");
    await window.toast("chinese.html is ready").waitFor();
    await window.page.waitForTimeout(3000);
    assert.equal(await offer.count(), 0);
  },
);

uiTest("the status says that no model is installed, with a way to one", editor, async () => {
  const { window } = editor;
  await window.statusItem.hover();
  const link = window.page.locator(".monaco-hover a", { hasText: "install one" });
  await link.waitFor();
  await editor.shot("editor-status-no-model");
  await link.click();
  await window.quickPick(NAME).waitFor();
  await window.page.keyboard.press("Escape");
});

uiTest("Install Model tells what it takes, and declining downloads nothing", editor, async () => {
  const { window } = editor;
  await window.runCommand("Pixelwright: Install Model");
  await window.quickPick(NAME).waitFor();
  await editor.shot("editor-models");
  await window.quickPick(NAME).click();
  await dialog().waitFor();
  const text = await dialog().textContent();
  for (const told of [
    /4\.3 GB of weights/,
    /Licence: apache-2\.0/,
    /Free on the disk: [\d.]+ GB/,
    /Nothing else is sent/,
  ])
    assert.match(text, told);
  await editor.shot("editor-install");
  await dialog().getByRole("button", { name: "Cancel" }).click();
  assert.equal(existsSync(join(editor.server.env.XDG_CACHE_HOME, "huggingface")), false);
});

uiTest("an installation that is cancelled stops, and leaves no model", editor, async () => {
  const { window } = editor;
  await window.runCommand("Pixelwright: Install Model");
  await window.quickPick(NAME).click();
  await install();
  const progress = window.progress(`Installing ${NAME}`);
  await progress.filter({ hasText: "Downloading model" }).waitFor();
  await editor.shot("editor-installing");
  await progress.getByRole("button", { name: "Cancel" }).click();
  await progress.waitFor({ state: "hidden" });
  await until("nothing runs any more", () => window.statusItem.locator(".codicon-wand").count());
  assert.equal(await window.toast("is installed").count(), 0);
});

uiTest(
  "a question without a model leads to the installation, and then to the answer",
  editor,
  async () => {
    const { window } = editor;
    await window.chooseFromMenu("login.png", "Ask About Picture");
    await window.input.fill("What can be done here?");
    await window.page.keyboard.press("Enter");
    const missing = window.toast("No model is installed");
    await missing.getByRole("button", { name: "Install Model…" }).click();
    await window.quickPick(NAME).click();
    await install();
    await window.toast(`${NAME} is installed`).waitFor({ timeout: 60_000 });
    await window.page.getByText("What can be done here?").waitFor({ timeout: 60_000 });
    await until("the state is told", async () => new RegExp(`Model ${NAME}: `).test(await said()));
  },
);

uiTest("a model that is installed is marked, and not downloaded again", editor, async () => {
  const { window } = editor;
  await window.runCommand("Pixelwright: Install Model");
  await window.quickPick("installed").click();
  await window.toast(`${NAME} is installed already`).waitFor();
});
