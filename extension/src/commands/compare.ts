import * as vscode from "vscode";
import type { App } from "../app";
import { showComparison } from "../compareView";
import { Failure } from "../failures";
import { activeUri, askForPictures, nameOf } from "../pictures";
import { REQUESTS } from "../protocol/messages";
import { decode } from "../protocol/wire";
import { request } from "../request";
import { isVirtual } from "../virtual";

/** Render a page, hold it against the picture it came from, and show both with the likeness. */
export async function compare(app: App, clicked?: vscode.Uri | string): Promise<void> {
  const page =
    typeof clicked === "string" ? vscode.Uri.parse(clicked, true) : (clicked ?? activePage());
  if (!page) throw new Failure("There is no page to compare.", "Open a generated page first.");
  if (isVirtual(page)) {
    throw new Failure(
      `${nameOf(page)} is not on disk.`,
      "Save the page and its picture to a folder first.",
    );
  }
  const picture = await sourceOf(app, page);
  const client = await app.server.client();
  const answer = await vscode.window.withProgress(
    {
      location: vscode.ProgressLocation.Notification,
      title: `Comparing ${nameOf(page)}`,
      cancellable: true,
    },
    (progress, token) =>
      request(
        client,
        REQUESTS.compare,
        { image: picture.toString(), page: page.toString() },
        { token, onProgress: ({ message }) => message && progress.report({ message }) },
      ),
  );
  showComparison(page, picture, decode("CompareResult", answer));
}

function activePage(): vscode.Uri | undefined {
  const active = activeUri();
  return active && /\.html?$/i.test(active.path) ? active : undefined;
}

async function sourceOf(app: App, page: vscode.Uri): Promise<vscode.Uri> {
  const client = await app.server.client();
  const answer = await client.sendRequest(REQUESTS.source, { uri: page.toString() });
  const { uri } = decode("SourceResult", answer);
  if (uri) return vscode.Uri.parse(uri, true);
  const [chosen] = await askForPictures(`Compare ${nameOf(page)} with This`, false);
  return chosen as vscode.Uri;
}
