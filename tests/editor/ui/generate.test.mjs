import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { editorFor, uiTest, until } from "../support/suite.mjs";

const editor = editorFor({ pictures: ["login", "chinese", "long"] });
const inView = (window, name) =>
  window.page.locator(`.editor-group-container .tab.active[data-resource-name="${name}"]`);

uiTest(
  "Generate HTML in a picture's menu writes the page and its pictures, and opens it beside",
  editor,
  async () => {
    const { window } = editor;
    await editor.copySample("product.png");
    await window.openMenu("product.png", "Generate HTML");
    await editor.shot("editor-menu");
    await window.page.keyboard.press("Escape");
    await window.chooseFromMenu("product.png", "Generate HTML");
    await window.opened("product.html");
    await window.toast("product.html is ready").waitFor();

    assert.match(await editor.read("product.html"), /Moor teapot/);
    const assets = await readdir(editor.path("product.assets"));
    assert.ok(assets.length >= 4, `pictures: ${assets}`);
    const page = await editor.read("product.html");
    for (const name of assets)
      assert.ok(page.includes(`product.assets/${name}`), `${name} is not used`);
    assert.equal(await inView(window, "product.png").count(), 1);
    assert.equal(await inView(window, "product.html").count(), 1);
    await editor.shot("editor-result");
  },
);

uiTest("the menu is there for pictures only", editor, async () => {
  const { window } = editor;
  await editor.write("notes.md", "# Notes\n");
  await window.openMenu("product.png", "Generate HTML");
  await window.page.keyboard.press("Escape");
  await window.openMenu("notes.md", "Copy Path");
  assert.equal(await window.menuItem("Generate HTML").count(), 0);
});

uiTest("several pictures: one that fails does not stop the others", editor, async () => {
  const { window } = editor;
  await editor.write("first.png", editor.pictures.login);
  await editor.write("second.png", editor.pictures.login.subarray(0, 200));
  await editor.write("third.png", editor.pictures.login);
  await window.select("first.png", "second.png", "third.png");
  await window.chooseFromMenu("third.png", "Generate HTML");

  const toast = window.toast("1 of 3 pictures failed");
  await toast.waitFor({ timeout: 60_000 });
  assert.match(await toast.textContent(), /second\.png/);
  assert.ok(existsSync(editor.path("first.html")));
  assert.ok(existsSync(editor.path("third.html")));
  assert.ok(!existsSync(editor.path("second.html")));
});

uiTest("a name in Chinese with a space", editor, async () => {
  const { window } = editor;
  await editor.write("春天 花园.png", editor.pictures.chinese);
  await window.chooseFromMenu("春天 花园.png", "Generate HTML");
  await window.opened("春天 花园.html");
  assert.match(await editor.read("春天 花园.html"), /春天的花园/);
});

uiTest("the command palette converts the picture in view", editor, async () => {
  const { window } = editor;
  await editor.write("login.png", editor.pictures.login);
  await window.sees("login.png");
  await window.file("login.png").dblclick();
  await window.tab("login.png").waitFor();
  await window.runCommand("Pixelwright: Generate HTML");
  await window.opened("login.html");
  assert.match(await editor.read("login.html"), /Welcome back/);
});

uiTest("the command palette asks for a picture when none is in view", editor, async () => {
  const { window } = editor;
  await editor.write("asked.png", editor.pictures.login);
  await window.runCommand("Pixelwright: Generate HTML");
  await window.chooseFile(editor.path("asked.png"));
  await window.opened("asked.html");
});

uiTest(
  "Cancel in the progress notification stops the work, and nothing is written",
  editor,
  async () => {
    const { window } = editor;
    await editor.write("long.png", editor.pictures.long);
    const before = (await readdir(editor.server.workspace)).sort();
    await window.chooseFromMenu("long.png", "Generate HTML");
    const progress = window.progress("long.png");
    await progress.filter({ hasText: /— (?!Starting)/ }).waitFor();
    await progress.getByRole("button", { name: "Cancel" }).click();
    await progress.waitFor({ state: "hidden" });
    const idle = () => window.statusItem.locator(".codicon-wand").count();
    await until("the server has let go", idle);
    await window.page.waitForTimeout(1500);
    assert.deepEqual((await readdir(editor.server.workspace)).sort(), before);
    assert.equal(await window.toast("long").count(), 0);
  },
);

uiTest("a page that the user has edited is not replaced", editor, async () => {
  const { window } = editor;
  await editor.write("mine.png", editor.pictures.login);
  await window.chooseFromMenu("mine.png", "Generate HTML");
  await window.opened("mine.html");
  const edited = `${await editor.read("mine.html")}<!-- mine -->\n`;
  await editor.write("mine.html", edited);
  await window.tidy();
  await window.chooseFromMenu("mine.png", "Generate HTML");
  await window.toast("is ready").waitFor();
  assert.equal(await editor.read("mine.html"), edited);
  const pages = (await readdir(editor.server.workspace)).filter((name) =>
    /^mine.*\.html$/.test(name),
  );
  assert.equal(pages.length, 2, pages.join());
  assert.ok(existsSync(join(editor.server.workspace, "mine.png")));
});

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
