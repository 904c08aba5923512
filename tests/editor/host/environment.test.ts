import assert from "node:assert/strict";
import { mkdir, readdir, rm, writeFile } from "node:fs/promises";
import * as path from "node:path";
import * as vscode from "vscode";
import { Environment } from "../../../extension/src/server/environment";
import { memoryLog, PYTHON, scratch } from "./support";

describe("the managed environment", () => {
  const storage = scratch("environments");
  const bundled = scratch("bundled");
  const wheel = path.join(bundled, "pixelwright-0.0.1-py3-none-any.whl");
  const { token } = new vscode.CancellationTokenSource();
  const environment = () => new Environment(bundled, storage, memoryLog().log);
  const create = (base: string) => environment().create(base, () => {}, token);

  beforeEach(async () => {
    await mkdir(bundled, { recursive: true });
    await writeFile(wheel, "not a wheel");
  });
  afterEach(async () => {
    for (const folder of [storage, bundled]) await rm(folder, { recursive: true, force: true });
  });

  it("is not there before it is made", async () => {
    assert.equal(await environment().existing(), undefined);
  });

  it("leaves nothing when the interpreter cannot make one", async () => {
    await assert.rejects(create("/bin/false"), /environment could not be made/);
    assert.deepEqual(await readdir(storage), []);
  });

  it("leaves nothing when the packages cannot be installed, and says what pip said", async () => {
    await assert.rejects(create(PYTHON), /packages could not be installed: .*wheel/i);
    assert.deepEqual(await readdir(storage), []);
  });

  it("says so when the build carries no wheel", async () => {
    await rm(wheel);
    await assert.rejects(create(PYTHON), /carries no server/);
  });
});
