// Runs in the extension host: mocha over the suites here, with the results in the file that
// EDITOR_TEST_RESULTS names.

import { writeFileSync } from "node:fs";
import Mocha from "mocha";

interface Result {
  title: string;
  error?: string;
}

export async function run(): Promise<void> {
  const mocha = new Mocha({ ui: "bdd", timeout: 60_000 });
  mocha.suite.emit("pre-require", globalThis as never, "", mocha);
  await import("./manifest.test");
  await import("./resolve.test");
  await import("./environment.test");
  await import("./restarts.test");
  await import("./server.test");
  await import("./edits.test");
  await import("./virtual.test");
  await import("./status.test");
  await import("./answer.test");
  await import("./ask.test");

  const results: Result[] = [];
  await new Promise<void>((done) => {
    mocha
      .run(() => done())
      .on("pass", (test) => results.push({ title: test.fullTitle() }))
      .on("fail", (test, error) =>
        results.push({ title: test.fullTitle(), error: error.stack ?? error.message }),
      );
  });
  writeFileSync(process.env.EDITOR_TEST_RESULTS as string, JSON.stringify(results));
}
