import assert from "node:assert/strict";
import * as os from "node:os";
import { interpretersOnPath } from "../../../extension/src/server/interpreters";
import { type Places, resolve } from "../../../extension/src/server/resolve";
import { extension, memoryLog, PYTHON } from "./support";

const version = (): string => String(extension().packageJSON.version);
const nothing = async () => undefined;

/** Resolve with the real interpreters of this machine, from places that hold nothing unless said. */
async function resolveIn(places: Partial<Places>) {
  const { log, lines } = memoryLog();
  const empty = { managed: nothing, active: nothing, onPath: async () => [] };
  const cwd = os.tmpdir();
  const found = await resolve({ version: version(), cwd, setting: "", ...empty, ...places }, log);
  return { found, lines };
}

describe("resolution of the server", () => {
  it("takes the setting before all else", async () => {
    const managed = async () => "/nowhere/python";
    const { found } = await resolveIn({ setting: PYTHON, managed });
    assert.deepEqual(found, { kind: "setting", python: PYTHON, source: "pixelwright.server.path" });
  });

  it("says what is wrong with the setting, and looks no further", async () => {
    const managed = async () => PYTHON;
    const { found } = await resolveIn({ setting: "/nowhere/python", managed });
    assert.equal(found.kind, "badSetting");
    assert.match("message" in found ? found.message : "", /\/nowhere\/python does not run/);
  });

  it("takes the managed environment before the interpreters", async () => {
    const managed = async () => "/managed/python";
    const { found } = await resolveIn({ managed, active: async () => PYTHON });
    assert.deepEqual(found, {
      kind: "managed",
      python: "/managed/python",
      source: "own environment",
    });
  });

  it("takes the active interpreter before PATH", async () => {
    const { found } = await resolveIn({
      active: async () => PYTHON,
      onPath: async () => ["/nowhere"],
    });
    assert.deepEqual(found, { kind: "interpreter", python: PYTHON, source: "active interpreter" });
  });

  it("passes over an interpreter without Pixelwright, with a line in the log", async () => {
    const bare = (await interpretersOnPath({ versioned: false }))[0] as string;
    const { found, lines } = await resolveIn({ onPath: async () => [bare, PYTHON] });
    assert.deepEqual(found, { kind: "interpreter", python: PYTHON, source: "PATH" });
    assert.ok(
      lines.some((line) => line.includes("does not have Pixelwright")),
      lines.join("\n"),
    );
  });

  it("passes over another version of Pixelwright", async () => {
    const { found, lines } = await resolveIn({ version: "99.0.0", active: async () => PYTHON });
    assert.equal(found.kind, "absent");
    assert.ok(
      lines.some((line) => line.includes("this extension needs 99.0.0")),
      lines.join("\n"),
    );
  });

  it("is not taken in by a program that is no Python", async () => {
    const { found } = await resolveIn({ setting: "/bin/echo" });
    assert.equal(found.kind, "badSetting");
    assert.match("message" in found ? found.message : "", /is not a Python interpreter/);
  });
});
