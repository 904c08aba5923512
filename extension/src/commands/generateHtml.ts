import * as vscode from "vscode";
import type { App } from "../app";
import { Failure, failureOf } from "../failures";
import { offerModel } from "../offer";
import { openPage } from "../open";
import { nameOf, picturesFor } from "../pictures";
import { type Notification, reporter } from "../progress";
import { openResult } from "../settings";
import { makePage } from "./makePage";
import { type Outcome, summarise } from "./summary";

/** Make a page from each picture, one after the other; a failure does not stop the rest. */
export async function generateHtml(
  app: App,
  clicked?: vscode.Uri,
  selected?: vscode.Uri[],
): Promise<Outcome> {
  const pictures = await picturesFor(clicked, selected, "Generate HTML");
  await app.server.client();
  const outcome = await vscode.window.withProgress(
    {
      location: vscode.ProgressLocation.Notification,
      title: pictures.length > 1 ? `Generating ${pictures.length} pages` : "Generating HTML",
      cancellable: true,
    },
    (progress, token) => each(app, pictures, progress, token),
  );
  const first = outcome.made[0];
  if (first) await openPage(first.page, first.picture, openResult());
  void summarise(outcome);
  if (first) void offerModel(app);
  return outcome;
}

async function each(
  app: App,
  pictures: vscode.Uri[],
  progress: Notification,
  token: vscode.CancellationToken,
): Promise<Outcome> {
  const outcome: Outcome = { made: [], failed: [], cancelled: false };
  for (const [index, picture] of pictures.entries()) {
    const report = reportOf(picture, index, pictures.length, progress);
    report({ percentage: 0, message: "Starting" });
    try {
      const made = await makePage(app, picture, token, report);
      await app.pages.add(made.page, picture);
      outcome.made.push(made);
    } catch (error) {
      const failure = naming(picture, failureOf(error));
      if (failure) {
        app.log.error(`${nameOf(picture)}: ${failure.message}`);
        outcome.failed.push({ picture, failure });
      } else {
        outcome.cancelled = true;
      }
    }
    if (token.isCancellationRequested) outcome.cancelled = true;
    if (outcome.cancelled) break;
  }
  return outcome;
}

/** Progress of one of `count` pictures as progress of all of them. */
function reportOf(picture: vscode.Uri, index: number, count: number, progress: Notification) {
  const place = count > 1 ? `${index + 1} of ${count}: ${nameOf(picture)}` : nameOf(picture);
  const inWords = (message?: string) => (message ? `${place} — ${message}` : place);
  return reporter(progress, { share: 1 / count, inWords });
}

/** A failure whose message says which picture it is about. */
function naming(picture: vscode.Uri, failure: Failure | undefined): Failure | undefined {
  const name = nameOf(picture);
  if (!failure || failure.message.includes(name)) return failure;
  return new Failure(`${name}: ${failure.message}`, failure.hint, failure.remedies, failure.code);
}
