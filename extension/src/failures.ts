import * as vscode from "vscode";
import type { ErrorCode } from "./protocol/messages";
import { decode } from "./protocol/wire";

/** Something to do about a failure, offered as a button. */
export interface Remedy {
  title: string;
  run: () => unknown;
}

/** A failure in words for the person at the keyboard. */
export class Failure extends Error {
  constructor(
    message: string,
    readonly hint?: string,
    readonly remedies: readonly Remedy[] = [],
    readonly code?: ErrorCode,
  ) {
    super(message);
  }
}

/** The person gave up; nothing more to say. */
export class Cancelled extends Error {}

const REQUEST_CANCELLED = -32800;
const CONNECTION_GONE = [-32097, -32096]; // the answer will never come; there is nobody to ask

/** What went wrong, whatever was thrown: undefined when it was the person's own wish. */
export function failureOf(error: unknown): Failure | undefined {
  if (error instanceof Cancelled || error instanceof vscode.CancellationError) return undefined;
  if (error instanceof Failure) return error;
  const thrown = error instanceof Error ? error : new Error(String(error));
  const code = "code" in thrown ? Number(thrown.code) : 0;
  if (code === REQUEST_CANCELLED) return undefined;
  if (CONNECTION_GONE.includes(code)) {
    return new Failure(
      "The server ended in the middle of its work.",
      "It starts again by itself: retry.",
    );
  }
  const data = failureData("data" in thrown ? thrown.data : undefined);
  if (data?.code === "cancelled") return undefined;
  return new Failure(without(thrown.message, data?.hint), data?.hint, [], data?.code);
}

/** The server's message ends with the hint, for clients that show nothing else. */
function without(message: string, hint = ""): string {
  return message.endsWith(hint) ? message.slice(0, message.length - hint.length).trim() : message;
}

function failureData(data: unknown) {
  try {
    return decode("FailureData", data);
  } catch {
    return undefined;
  }
}

/** Show a failure with its hint and its buttons; Show Logs is always one of them. */
export async function showFailure(failure: Failure, remedies: Remedy[] = []): Promise<void> {
  const text = failure.hint ? `${failure.message} ${failure.hint}` : failure.message;
  const logs = {
    title: "Show Logs",
    run: () => vscode.commands.executeCommand("pixelwright.showLogs"),
  };
  const chosen = await vscode.window.showErrorMessage(text, ...failure.remedies, ...remedies, logs);
  await chosen?.run();
}
