import assert from "node:assert/strict";
import { editorFor, uiTest } from "../support/suite.mjs";

const editor = editorFor();

uiTest("a page is compared with the picture that it came from", editor, async () => {
  const { window } = editor;
  await editor.copySample("product.png");
  await window.chooseFromMenu("product.png", "Generate HTML");
  await window.opened("product.html");
  await window.chooseFromMenu("product.html", "Compare with the Source");

  const view = window.webview();
  await view.locator(".score").waitFor({ timeout: 60_000 });
  const score = Number.parseInt(await view.locator(".score strong").textContent(), 10);
  assert.ok(score > 50 && score <= 100, `${score} %`);
  const width = await view
    .locator("img")
    .evaluate((image) => image.decode().then(() => image.naturalWidth));
  assert.ok(width >= 400, `the picture is ${width} wide`);
  assert.ok((await view.locator("meter").count()) >= 1);
  assert.equal(await view.locator("script").count(), 0);
  await editor.shot("editor-compare");

  await view.getByRole("link", { name: "Compare again" }).click();
  await window.progress("Comparing").waitFor();
  await window.progress("Comparing").waitFor({ state: "hidden", timeout: 60_000 });
  assert.equal(
    await window.page.locator('.tab[aria-label^="product.html and its source"]').count(),
    1,
  );
});
