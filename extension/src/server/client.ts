import { createInterface } from "node:readline";
import {
  CloseAction,
  type CloseHandlerResult,
  ErrorAction,
  type ErrorHandler,
  LanguageClient,
  RevealOutputChannelOn,
} from "vscode-languageclient/node";
import type { Log } from "../log";

const RESTARTS = 4;
const WITHIN = 3 * 60 * 1000;

/** A client of the server that `python` runs. `cwd` is a folder of our own: nothing is imported from the workspace. */
export function createClient(
  python: string,
  cwd: string,
  log: Log,
  errorHandler: ErrorHandler,
): LanguageClient {
  const options = { cwd, env: { ...process.env, PYTHONUTF8: "1", PYTHONSAFEPATH: "1" } };
  return new LanguageClient(
    "pixelwright",
    "Pixelwright",
    { command: python, args: ["-m", "pixelwright", "lsp"], options },
    {
      documentSelector: [{ scheme: "file", language: "html" }],
      outputChannel: log,
      revealOutputChannelOn: RevealOutputChannelOn.Never,
      errorHandler,
      stdioOptions: {
        stdout: () => undefined, // the protocol's alone
        stderr: (stream) => {
          createInterface({ input: stream }).on("line", (line) => log.info(line));
        },
      },
    },
  );
}

export interface Endings {
  /** False until the server has answered once: one that ends at its start is not tried again. */
  started: () => boolean;
  onGivenUp: () => void;
  now?: () => number;
}

/** A server that ends by itself is started again, up to four times in three minutes and no more. */
export function restartsInLimits({ started, onGivenUp, now = Date.now }: Endings): ErrorHandler {
  const ends: number[] = [];
  return {
    error: (_error, _message, count) => ({
      action: (count ?? 0) <= 3 ? ErrorAction.Continue : ErrorAction.Shutdown,
      handled: true,
    }),
    closed: (): CloseHandlerResult => {
      if (!started()) return { action: CloseAction.DoNotRestart, handled: true };
      ends.push(now());
      while ((ends[0] ?? 0) < now() - WITHIN) ends.shift();
      if (ends.length <= RESTARTS) return { action: CloseAction.Restart, handled: true };
      onGivenUp();
      return { action: CloseAction.DoNotRestart, handled: true };
    },
  };
}
