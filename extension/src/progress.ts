import type * as vscode from "vscode";

/** What a request tells while it runs: percent 0..100 of it done, and what it does now. */
export interface Told {
  percentage?: number;
  message?: string;
}

export type Notification = vscode.Progress<{ message?: string; increment?: number }>;

interface Part {
  /** How much of the notification's bar the request fills, 0..1. */
  share?: number;
  inWords?: (message?: string) => string | undefined;
}

/** What is told of a request as progress of a notification, which counts in steps and never goes back. */
export function reporter(
  progress: Notification,
  { share = 1, inWords = (message) => message }: Part = {},
): (told: Told) => void {
  let reached = 0;
  return ({ percentage = reached, message }) => {
    const increment = Math.max(0, percentage - reached) * share;
    reached = Math.max(reached, percentage);
    const words = inWords(message);
    progress.report({ increment, ...(words && { message: words }) });
  };
}
