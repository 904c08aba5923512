// What the scripts stand on: running programs, keeping addresses out of logs, tables, taking turns.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { CACHE, Failure, inTurn, must, nodeTool, npm, onPath, run, table } from "../run.mjs";

const node = (script, options) => run(process.execPath, ["-e", script], options);

test("a program's output, code and log are kept", async () => {
  const result = await node("console.log('out 输出'); console.error('err'); process.exit(3)", {
    log: "script-test",
  });
  assert.equal(result.code, 3);
  assert.match(result.output, /out 输出/);
  assert.match(result.output, /err/);
  assert.match(readFileSync(join(CACHE, "logs", "script-test.log"), "utf8"), /out 输出/);
});

test("a program that does not exist is code 127, not an exception", async () => {
  assert.equal((await run("no-such-program-anywhere", [])).code, 127);
});

test("a Failure carries what the program said", async () => {
  const failing = must("It could not be done.", process.execPath, [
    "-e",
    "console.log('why'); process.exit(1)",
  ]);
  await assert.rejects(failing, (error) => {
    assert.ok(error instanceof Failure);
    assert.equal(error.message, "It could not be done.");
    assert.match(error.log, /why/);
    return true;
  });
});

test("where packages come from stays out of outputs; this machine's addresses stay in", async () => {
  const lines = [
    "Looking in indexes: https://user:secret@mirror.invalid/simple",
    "GET https://mirror.invalid/pkg-1.0.tgz failed",
    "listening on http://127.0.0.1:8080/",
  ];
  const { output } = await node(`console.log(${JSON.stringify(lines.join("\n"))})`);
  assert.doesNotMatch(output, /mirror|secret/);
  assert.match(output, /GET https:\/\/… failed/);
  assert.match(output, /http:\/\/127\.0\.0\.1:8080\//);
});

test("columns line up, also where characters are two wide", () => {
  const lines = table([
    ["name", "n"],
    ["首页.png", "1"],
    ["a", "22"],
  ]).split("\n");
  assert.deepEqual(lines, ["name      n", "--------  --", "首页.png  1", "a         22"]);
});

test("work is taken in turn, so many at a time", async () => {
  const log = [];
  let active = 0;
  let most = 0;
  await inTurn([30, 10, 10, 10], 2, async (milliseconds) => {
    most = Math.max(most, ++active);
    await sleep(milliseconds);
    log.push(milliseconds);
    active--;
  });
  assert.equal(most, 2);
  assert.equal(log[0], 10, "the second need not wait for the first");
  assert.equal(log.length, 4);
});

test("npm and the programs of packages are started without a shell's wrapper", async () => {
  assert.ok(onPath("node"));
  assert.equal(onPath("no-such-program-anywhere"), undefined);
  const [command, args, options] = npm("--version");
  assert.match((await run(command, args, options)).output, /^\d+\.\d+/m);
  const [biome, biomeArgs] = nodeTool("@biomejs/biome", "biome", "--version");
  assert.match((await run(biome, biomeArgs)).output, /Version/);
});
