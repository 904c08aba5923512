import * as vscode from "vscode";
import type { App } from "../app";
import { Cancelled } from "../failures";
import { nameOf } from "../pictures";
import type { Told } from "../progress";
import { REQUESTS } from "../protocol/messages";
import { decode } from "../protocol/wire";
import { request } from "../request";
import { inlineAssets } from "../settings";
import { freePage, isVirtual, readBase64, writeFiles } from "../virtual";
import type { Made } from "./summary";

/** Have the server make a page from a picture. What it cannot read or write goes through the editor. */
export async function makePage(
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
    onPartial: (partial) => {
      const { kind, text } = decode("GenerateHtmlPartial", partial);
      app.log.debug(`${nameOf(picture)}: ${kind}: ${text}`);
      if (kind === "reading") report({ message: `“${lastWords(text)}”` });
    },
  });
  const result = decode("GenerateHtmlResult", answer);
  if (!result.uri && token.isCancellationRequested) throw new Cancelled();
  const page = result.uri
    ? vscode.Uri.parse(result.uri, true)
    : await writeFiles(vscode.Uri.joinPath(picture, ".."), result.files);
  await saveIfOpen(page);
  for (const { code, message } of result.problems)
    app.log.info(`${nameOf(page)}: ${code}: ${message}`);
  app.log.info(
    `${nameOf(picture)} -> ${nameOf(page)}: ${result.texts} texts, ${result.seconds.toFixed(1)} s`,
  );
  return { picture, page, ...(result.notice && { notice: result.notice }) };
}

/** A page that was open got the new text as an edit; on disk it must not stay the old one. */
async function saveIfOpen(page: vscode.Uri): Promise<void> {
  const documents = vscode.workspace.textDocuments;
  const open = documents.find(({ uri }) => uri.toString() === page.toString());
  if (open?.isDirty) await open.save();
}

/** The last line of what was read, short enough for a notification. */
function lastWords(text: string): string {
  const line = text.trim().split("\n").at(-1) ?? "";
  return line.length > 40 ? `${line.slice(0, 40)}…` : line;
}
