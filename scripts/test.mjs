// `npm test`: sets up everything, then all checks, the package and all tests, and a table at the end.

import { inView, main, ROOT, since, table } from "./run.mjs";
import { setUp } from "./setup.mjs";

const STEPS = [
  { name: "check", args: ["scripts/check.mjs"] },
  { name: "test:scripts", args: ["--test", "scripts/tests/run.test.mjs"] },
  { name: "package", args: ["scripts/package.mjs"] },
  { name: "test:server", args: ["scripts/test-server.mjs"] },
  { name: "test:editor", args: ["scripts/test-editor.mjs"] },
];

await main(async () => {
  const started = performance.now();
  await setUp(["python", "node", "chromium", "nvim"]);
  const rows = [["step", "result", "seconds", "in short"]];
  rows.push(["setup", "ok", since(started).toFixed(1), ""]);
  let failed = false;
  for (const { name, args } of STEPS) {
    console.log(`\n== ${name}`);
    const { code, output, seconds } = await inView(process.execPath, args, {
      cwd: ROOT,
    });
    failed ||= code !== 0;
    rows.push([name, code === 0 ? "ok" : "FAILED", seconds.toFixed(1), inShort(output)]);
  }
  rows.push(["in all", failed ? "FAILED" : "ok", since(started).toFixed(1), ""]);
  console.log(`\n${table(rows)}`);
  return failed ? 1 : 0;
});

// What the test runners say last: pytest's "12 passed in 3.4s", or the counts of node:test.
function inShort(output) {
  const pytest = output.match(/^=*\s*(\d+ (?:passed|failed|error|skipped).* in [\d.]+s.*?)\s*=*$/m);
  if (pytest) return pytest[1];
  const counts = [...output.matchAll(/^(?:ℹ|#) (pass|fail|skipped) (\d+)$/gm)].map(
    ([, what, n]) => `${n} ${what}`,
  );
  return counts.join(", ");
}
