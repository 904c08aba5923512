import assert from "node:assert/strict";
import * as vscode from "vscode";
import { describe as inWords } from "../../../extension/src/status";
import { extension, generate, servers, situation, until } from "./support";

const restart = () => vscode.commands.executeCommand("pixelwright.restartServer");
const running = async () => (await situation()).phase === "running";

describe("the server", () => {
  it("does not run before it is needed", async () => {
    assert.equal((await situation()).phase, "idle");
    assert.deepEqual(servers(), []);
  });

  it("runs, and says what it is", async () => {
    await restart();
    const now = await situation();
    assert.equal(now.phase, "running");
    assert.equal(servers().length, 1);
    const words = inWords(now, String(extension().packageJSON.version)).join("\n");
    assert.match(words, /Extension \d+\.\d+.*\nServer .*pixelwright\.server\.path/);
  });

  it("is another one after the restart command; two calls at once make one restart", async () => {
    const [before] = servers();
    await Promise.all([restart(), restart()]);
    await until(() => servers().length === 1);
    assert.notEqual(servers()[0], before);
    assert.ok(await running());
  });

  it("comes back when it is killed", async () => {
    const [before] = servers();
    process.kill(before as number, "SIGKILL");
    await until(() => servers().length === 1 && servers()[0] !== before);
    await until(running);
  });

  it("stays down when it keeps ending, until it is asked for", async () => {
    for (let n = 0; n < 4; n++) {
      const pid = (await until(() => servers()[0])) as number;
      await until(running);
      process.kill(pid, "SIGKILL");
      await until(() => !servers().includes(pid));
    }
    await until(async () => (await situation()).phase === "failed");
    assert.deepEqual(servers(), []);
    await restart();
    assert.ok(await running());
  });

  it("says so when it ends in the middle of its work, and is there for the next try", async () => {
    const answer = generate();
    await until(async () => ((await server())?.jobs ?? 0) > 0);
    process.kill(servers()[0] as number, "SIGKILL");
    const { made, failed } = await answer;
    assert.deepEqual(made, []);
    assert.match(failed[0]?.failure.message ?? "", /ended in the middle of its work/);
    await until(running);
    assert.deepEqual((await generate()).failed, []);
  });

  it("knows the host that it works with, and stops it when told to", async () => {
    await generate();
    await until(async () => (await host())?.phase === "idle");
    await vscode.commands.executeCommand("pixelwright.stopHost");
    assert.ok(await running());
    assert.equal(await host(), undefined);
  });
});

async function server() {
  const now = await situation();
  return now.phase === "running" ? now.state : undefined;
}

async function host() {
  return (await server())?.host;
}
