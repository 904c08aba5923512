import * as vscode from "vscode";
import { Failure, showFailure } from "../failures";
import { nameOf } from "../pictures";
import { isVirtual } from "../virtual";

/** One picture that became a page. */
export interface Made {
  picture: vscode.Uri;
  page: vscode.Uri;
  notice?: string;
}

export interface Outcome {
  made: Made[];
  failed: { picture: vscode.Uri; failure: Failure }[];
  cancelled: boolean;
}

const NAMED = 3;

/** Say what became of the pictures, once, with the next step as a button. */
export async function summarise(outcome: Outcome): Promise<void> {
  const failure = failureOfAll(outcome);
  if (!failure) return showMade(outcome);
  const pictures = outcome.failed.map(({ picture }) => picture);
  const again = () =>
    vscode.commands.executeCommand("pixelwright.generateHtml", undefined, pictures);
  await showFailure(failure, [{ title: "Retry", run: again }]);
}

function failureOfAll({ made, failed }: Outcome): Failure | undefined {
  const [first, ...others] = failed;
  if (!first || (!others.length && !made.length)) return first?.failure;
  const messages = failed.slice(0, NAMED).map(({ failure }) => failure.message);
  const more =
    failed.length > NAMED ? [`And ${failed.length - NAMED} more; the log names them.`] : [];
  const counts = `${failed.length} of ${made.length + failed.length} pictures failed.`;
  return new Failure([counts, ...messages, ...more].join(" "));
}

async function showMade({ made, cancelled }: Outcome): Promise<void> {
  const [first] = made;
  if (!first) return;
  const several = made.length > 1;
  const what = several ? `${made.length} pages are ready.` : `${nameOf(first.page)} is ready.`;
  const notices = new Set(made.flatMap(({ notice }) => notice ?? []));
  const text = [cancelled ? `Cancelled: ${what}` : what, ...notices].join(" ");
  const next = several ? openAll(made) : compare(first);
  const chosen = await vscode.window.showInformationMessage(text, ...(next ? [next] : []));
  await chosen?.run();
}

function openAll(made: Made[]) {
  const run = async () => {
    for (const { page } of made) await vscode.window.showTextDocument(page, { preview: false });
  };
  return { title: "Open All", run };
}

function compare({ page }: Made) {
  const run = () => vscode.commands.executeCommand("pixelwright.compare", page);
  return isVirtual(page) ? undefined : { title: "Compare with the Source", run };
}
