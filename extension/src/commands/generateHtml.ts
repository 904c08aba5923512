import * as vscode from "vscode";
import type { App } from "../app";
import { Cancelled, failureOf } from "../failures";
import { openPage } from "../open";
import { nameOf, picturesFor } from "../pictures";
import { REQUESTS } from "../protocol/messages";
import { decode } from "../protocol/wire";
import { request, type Told } from "../request";
import { inlineAssets, openResult } from "../settings";
import { freePage, isVirtual, readBase64, writeFiles } from "../virtual";
import { type Made, type Outcome, summarise } from "./summary";

/** Make a page from each picture, one after the other; a failure does not stop the rest. */
export async function generateHtml(
  app: App,
  clicked?: vscode.Uri,
  selected?: vscode.Uri[],
): Promise<Outcome> {
  const pictures = await picturesFor(clicked, selected);
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
  void summarise(outcome, (again) => generateHtml(app, undefined, again));
  return outcome;
}

type Progress = vscode.Progress<{ message?: string; increment?: number }>;

async function each(
  app: App,
  pictures: vscode.Uri[],
  progress: Progress,
  token: vscode.CancellationToken,
): Promise<Outcome> {
  const outcome: Outcome = { made: [], failed: [], cancelled: false };
  for (const [index, picture] of pictures.entries()) {
    const report = reporter(progress, picture, index, pictures.length);
    report({ percentage: 0, message: "Starting" });
    try {
      const made = await one(app, picture, token, report);
      await app.pages.add(made.page, picture);
      outcome.made.push(made);
    } catch (error) {
      const failure = failureOf(error);
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

async function one(
  app: App,
  picture: vscode.Uri,
  token: vscode.CancellationToken,
  report: (told: Told) => void,
): Promise<Made> {
  const virtual = isVirtual(picture);
  const params = {
    uri: picture.toString(),
    inlineAssets: inlineAssets(picture),
    ...(virtual && {
      data: await readBase64(picture),
      output: (await freePage(picture)).toString(),
    }),
  };
  const client = await app.server.client();
  const answer = await request(client, REQUESTS.generateHtml, params, {
    token,
    onProgress: report,
    onPartial: ({ kind, text }) => {
      app.log.debug(`${nameOf(picture)}: ${kind}: ${text}`);
      if (kind === "reading") report({ message: `“${lastWords(text)}”` });
    },
  });
  if (token.isCancellationRequested) throw new Cancelled();
  const result = decode("GenerateHtmlResult", answer);
  const page = result.uri
    ? vscode.Uri.parse(result.uri, true)
    : await writeFiles(vscode.Uri.joinPath(picture, ".."), result.files);
  for (const { code, message } of result.problems)
    app.log.info(`${nameOf(page)}: ${code}: ${message}`);
  app.log.info(
    `${nameOf(picture)} -> ${nameOf(page)}: ${result.texts} texts, ${result.seconds.toFixed(1)} s`,
  );
  return { picture, page, ...(result.notice && { notice: result.notice }) };
}

/** Progress of one of `count` pictures as progress of all of them. */
function reporter(progress: Progress, picture: vscode.Uri, index: number, count: number) {
  const place = count > 1 ? `${index + 1} of ${count}: ${nameOf(picture)}` : nameOf(picture);
  let reached = 0;
  return ({ percentage = reached, message }: Told) => {
    const increment = Math.max(0, percentage - reached) / count;
    reached = Math.max(reached, percentage);
    progress.report({ increment, message: message ? `${place} — ${message}` : place });
  };
}

/** The last line of what was read, short enough for a notification. */
function lastWords(text: string): string {
  const line = text.trim().split("\n").at(-1) ?? "";
  return line.length > 40 ? `${line.slice(0, 40)}…` : line;
}
