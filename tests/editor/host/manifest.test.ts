import assert from "node:assert/strict";
import * as vscode from "vscode";
import { extension } from "./support";

interface Manifest {
  capabilities: { untrustedWorkspaces: { supported: string; restrictedConfigurations: string[] } };
  contributes: {
    commands: { command: string }[];
    menus: Record<string, { command: string; when: string }[]>;
    configuration: { properties: Record<string, { scope?: string; default: unknown }> };
  };
}

const manifest = (): Manifest => extension().packageJSON as Manifest;

describe("manifest", () => {
  it("every contributed command exists", async () => {
    await extension().activate();
    const registered = await vscode.commands.getCommands(true);
    for (const { command } of manifest().contributes.commands) {
      assert.ok(registered.includes(command), command);
    }
  });

  it("what names an executable cannot come from an untrusted workspace", () => {
    const { untrustedWorkspaces } = manifest().capabilities;
    assert.equal(untrustedWorkspaces.supported, "limited");
    const paths = Object.keys(manifest().contributes.configuration.properties).filter((name) =>
      /path|command|executable|address/i.test(name),
    );
    assert.deepEqual(untrustedWorkspaces.restrictedConfigurations, paths);
  });

  it("every setting has the default that the code falls back on", () => {
    const settings = vscode.workspace.getConfiguration("pixelwright");
    for (const [name, { default: value }] of Object.entries(
      manifest().contributes.configuration.properties,
    )) {
      assert.deepEqual(settings.inspect(name.replace("pixelwright.", ""))?.defaultValue, value);
    }
  });

  it("the menus know every kind of picture", () => {
    const clause = manifest().contributes.menus["explorer/context"]?.[0]?.when ?? "";
    const pattern = new RegExp(/\/(.+)\/i$/.exec(clause)?.[1] ?? "nothing", "i");
    for (const kind of "png jpg jpeg webp gif bmp tif tiff avif heic PNG".split(" ")) {
      assert.ok(pattern.test(`.${kind}`), kind);
    }
    for (const kind of "md svg html pngx".split(" ")) assert.ok(!pattern.test(`.${kind}`), kind);
  });
});
