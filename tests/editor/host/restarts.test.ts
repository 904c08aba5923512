import assert from "node:assert/strict";
import { CloseAction } from "vscode-languageclient/node";
import { restartsInLimits } from "../../../extension/src/server/client";

const MINUTE = 60_000;

function handler(started = true) {
  const clock = { now: 0 };
  let givenUp = 0;
  const errors = restartsInLimits({
    started: () => started,
    onGivenUp: () => givenUp++,
    now: () => clock.now,
  });
  const end = async () => (await errors.closed()).action;
  return { clock, end, givenUp: () => givenUp };
}

describe("restarts of a server that ends by itself", () => {
  it("four in three minutes and no more", async () => {
    const { end, givenUp } = handler();
    for (let n = 0; n < 4; n++) assert.equal(await end(), CloseAction.Restart);
    assert.equal(givenUp(), 0);
    assert.equal(await end(), CloseAction.DoNotRestart);
    assert.equal(givenUp(), 1);
  });

  it("as many as it takes, when they are far apart", async () => {
    const { clock, end } = handler();
    for (let n = 0; n < 12; n++) {
      clock.now += MINUTE;
      assert.equal(await end(), CloseAction.Restart);
    }
  });

  it("none before the server has answered once", async () => {
    assert.equal(await handler(false).end(), CloseAction.DoNotRestart);
  });
});
