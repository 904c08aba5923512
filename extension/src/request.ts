import type * as vscode from "vscode";
import { type LanguageClient, ProgressType, WorkDoneProgress } from "vscode-languageclient/node";
import type { GenerateHtmlPartial } from "./protocol/messages";
import { decode } from "./protocol/wire";

/** What a request tells while it runs: percent 0..100 of it done, and what it does now. */
export interface Told {
  percentage?: number;
  message?: string;
}

export interface Listeners {
  token: vscode.CancellationToken;
  onProgress?: (told: Told) => void;
  onPartial?: (partial: GenerateHtmlPartial) => void;
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
      client.onProgress(new ProgressType<unknown>(), `${id}-partial`, (value) => {
        onPartial(decode("GenerateHtmlPartial", value));
      }),
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
