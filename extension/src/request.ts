import type * as vscode from "vscode";
import { type LanguageClient, ProgressType, WorkDoneProgress } from "vscode-languageclient/node";
import type { Told } from "./progress";

export interface Listeners {
  token: vscode.CancellationToken;
  onProgress?: (told: Told) => void;
  /** Gets the request's partial records, yet to be decoded. */
  onPartial?: (partial: unknown) => void;
}

let tokens = 0;

/** Send a request with its progress and partial results; cancelling the token cancels it in the server. */
export async function request(
  client: LanguageClient,
  method: string,
  params: object,
  { token, onProgress, onPartial }: Listeners,
): Promise<unknown> {
  const id = `pixelwright-${++tokens}`;
  const listening: vscode.Disposable[] = [];
  if (onProgress) {
    listening.push(
      client.onProgress(WorkDoneProgress.type, `${id}-work`, (value) => {
        if (value.kind !== "end") onProgress(value);
      }),
    );
  }
  if (onPartial) {
    listening.push(
      client.onProgress(new ProgressType<unknown>(), `${id}-partial`, (value) => onPartial(value)),
    );
  }
  try {
    return await client.sendRequest(
      method,
      {
        ...params,
        ...(onProgress && { workDoneToken: `${id}-work` }),
        ...(onPartial && { partialResultToken: `${id}-partial` }),
      },
      token,
    );
  } finally {
    for (const listener of listening) listener.dispose();
  }
}
