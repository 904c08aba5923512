// A window of the editor, with the gestures of a person: clicks, menus, palette, notifications.

import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { chromium } from "playwright-core";
import { findBrowser } from "../../../scripts/browser.mjs";
import { ROOT } from "../../../scripts/run.mjs";

const FAILURES = join(ROOT, "tests", "editor", "failures");
const FLAGS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-background-networking",
  "--no-first-run",
];

export const launchBrowser = () => chromium.launch({ executablePath: findBrowser(), args: FLAGS });

/** Open a folder in a new window. */
export async function openWindow(browser, server, { width = 1280, height = 800, query = "" } = {}) {
  const page = await browser.newPage({ viewport: { width, height } });
  page.setDefaultTimeout(30_000);
  await page.goto(`${server.url}/?folder=${encodeURIComponent(server.workspace)}${query}`);
  await page.locator(".explorer-folders-view").waitFor();
  return new Window(page);
}

export class Window {
  constructor(page) {
    this.page = page;
  }

  /** A file in the explorer. */
  file(name) {
    return this.page.locator(`.explorer-folders-view .monaco-list-row[aria-label^="${name}"]`);
  }

  tab(name) {
    return this.page.locator(`.tab[data-resource-name="${name}"]`);
  }

  /** Wait for a tab; an error that is shown meanwhile ends the waiting. */
  async opened(name, { timeout } = {}) {
    const error = this.page.locator(".notification-toast:has(.codicon-error)");
    await this.tab(name).or(error).first().waitFor({ timeout });
    if (await error.count())
      throw new Error(`An error instead of ${name}: ${await error.first().textContent()}`);
  }

  /** A notification; not one of progress, which tells the same names. */
  toast(text) {
    return this.notification(text).filter({
      hasNot: this.page.locator(".monaco-progress-container.active"),
    });
  }

  /** A notification of progress. */
  progress(text) {
    return this.notification(text).filter({
      has: this.page.locator(".monaco-progress-container.active"),
    });
  }

  notification(text) {
    return this.page.locator(".notification-toast", { hasText: text });
  }

  menuItem(title) {
    return this.page.locator(".monaco-menu .action-item", { hasText: title });
  }

  get statusItem() {
    return this.page.locator('[id="pixelwright.pixelwright.pixelwright.status"]');
  }

  /** Wait for a file in the explorer, which may not have noticed one that is new. */
  async sees(name) {
    for (let attempt = 0; attempt < 5; attempt++) {
      if (await appears(this.file(name), 3000)) return;
      await this.runCommand("Refresh Explorer");
    }
    throw new Error(`${name} did not appear in the explorer`);
  }

  /** Open the context menu of a file; an extension's entries come a moment after the window's. */
  async openMenu(name, title) {
    await this.sees(name);
    for (let attempt = 0; attempt < 40; attempt++) {
      await this.file(name).click({ button: "right" });
      await this.page.locator(".monaco-menu .action-item").first().waitFor();
      if (await this.menuItem(title).count()) return;
      await this.page.keyboard.press("Escape");
      await this.page.waitForTimeout(500);
    }
    throw new Error(`${title} did not appear in the menu of ${name}`);
  }

  async chooseFromMenu(name, title) {
    await this.openMenu(name, title);
    await this.page.waitForTimeout(300); // a click at once is taken for the end of the one that opened it
    await this.menuItem(title).click();
    await this.menuItem(title).waitFor({ state: "hidden" });
  }

  async select(...names) {
    for (const name of names) await this.sees(name);
    for (const [index, name] of names.entries())
      await this.file(name).click({ modifiers: index ? ["Control"] : [] });
  }

  /** Run a command from the palette; an extension's come a moment after the window's. */
  async runCommand(title) {
    for (let attempt = 0; attempt < 15; attempt++) {
      await this.page.keyboard.press("F1"); // lost while a preview takes the focus
      if (!(await appears(this.input, 2000))) continue;
      // The palette closes again, or is not to be written to, where a dialog or an editor takes the focus.
      const written = this.input.fill(`>${title}`, { timeout: 2000 });
      if (!(await written.then(() => true).catch(() => false))) continue;
      if (await appears(this.quickPick(title).first(), 2000)) {
        await this.page.keyboard.press("Enter");
        return;
      }
      await this.page.keyboard.press("Escape");
    }
    throw new Error(`There is no command ${title}`);
  }

  /** Name a file in the editor's own dialog, which fills in a folder of its own first. */
  async chooseFile(path) {
    for (let attempt = 0; attempt < 5; attempt++) {
      await this.page.waitForTimeout(700);
      await this.input.fill(path);
      await this.page.waitForTimeout(300);
      if ((await this.input.inputValue()) !== path) continue;
      await this.page.keyboard.press("Enter");
      if (await disappears(this.input, 3000)) return;
    }
    throw new Error(`The dialog did not take ${path}`);
  }

  get input() {
    return this.page.locator(".quick-input-widget input[type=text]");
  }

  quickPick(text) {
    return this.page.locator(".quick-input-list .monaco-list-row", { hasText: text });
  }

  /** The document inside the webview of our extension that is in view. */
  webview() {
    return this.page
      .frameLocator('iframe.webview.ready[src*="extensionId=pixelwright.pixelwright"]')
      .frameLocator("#active-frame");
  }

  /** Close the notifications and the editors, as many times as it takes. */
  async tidy() {
    for (let attempt = 0; attempt < 3; attempt++) {
      await this.page.keyboard.press("Escape");
      await this.runCommand("Notifications: Clear All Notifications");
      await this.runCommand("View: Close All Editors");
      const unsaved = this.page.getByRole("button", { name: "Don't Save" });
      if (await appears(unsaved, 500)) await unsaved.click();
      if (await disappears(this.page.locator(".tab").first(), 2000)) return;
    }
    throw new Error("The editors do not close");
  }

  async screenshot(path) {
    await this.page.screenshot({ path });
  }

  async keepFailure(name) {
    await mkdir(FAILURES, { recursive: true });
    const file = join(FAILURES, `${name.replace(/[^\p{L}\p{N}]+/gu, "-")}.png`);
    await this.page.screenshot({ path: file }).catch(() => {});
    return file;
  }
}

const appears = (locator, timeout) => reaches(locator, { state: "visible", timeout });

const disappears = (locator, timeout) => reaches(locator, { state: "hidden", timeout });

const reaches = (locator, options) =>
  locator.waitFor(options).then(
    () => true,
    () => false,
  );
