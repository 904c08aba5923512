import * as vscode from "vscode";
import { AnswerDocument } from "../answerDocument";
import type { App } from "../app";
import { Cancelled, Failure, failureOf } from "../failures";
import { titleOf } from "../models";
import { placeFor } from "../open";
import { nameOf, picturesFor } from "../pictures";
import { reporter, type Told } from "../progress";
import { type AskResult, type FinishReason, REQUESTS } from "../protocol/messages";
import { decode } from "../protocol/wire";
import { request } from "../request";
import { openResult } from "../settings";
import { isVirtual, readBase64 } from "../virtual";

let lastQuestion = "";

/** Ask the model about a picture; the answer comes into a Markdown document, word for word. Returns it. */
export async function ask(
  app: App,
  clicked?: vscode.Uri,
  selected?: vscode.Uri[],
  words?: string,
): Promise<vscode.TextDocument | undefined> {
  const one = clicked ? [clicked] : selected;
  const [picture] = await picturesFor(clicked, one, "Ask About Picture", { several: false });
  if (!picture) throw new Cancelled();
  const question = words ?? (await questionAbout(picture));
  const answer = new AnswerDocument(heading(picture, question), () => {
    const how = openResult();
    return placeFor(picture, how === "none" ? "beside" : how);
  });
  try {
    const result = await vscode.window.withProgress(
      {
        location: vscode.ProgressLocation.Notification,
        title: `Asking about ${nameOf(picture)}`,
        cancellable: true,
      },
      (progress, token) => fetch(app, picture, question, answer, reporter(progress), token),
    );
    await answer.complete(result.text);
    tell(app, picture, result);
  } catch (error) {
    await answer.settled();
    throw inContext(error, answer.written !== "", () => askAfterInstalling(picture, question));
  } finally {
    answer.dispose();
  }
  return answer.document;
}

async function questionAbout(picture: vscode.Uri): Promise<string> {
  const question = await vscode.window.showInputBox({
    title: `Ask About ${nameOf(picture)}`,
    prompt: "Answered on this machine; nothing is sent anywhere.",
    placeHolder: "For example: What can be done on this page?",
    value: lastQuestion,
    ignoreFocusOut: true,
  });
  if (!question?.trim()) throw new Cancelled();
  lastQuestion = question.trim();
  return lastQuestion;
}

function heading(picture: vscode.Uri, question: string): string {
  return `# ${nameOf(picture)}\n\n> ${question}\n\n`;
}

/** The answer. It is given up when the person cancels or closes the document. */
async function fetch(
  app: App,
  picture: vscode.Uri,
  question: string,
  answer: AnswerDocument,
  report: (told: Told) => void,
  token: vscode.CancellationToken,
): Promise<AskResult> {
  const params = {
    uri: picture.toString(),
    question,
    ...(isVirtual(picture) && { data: await readBase64(picture) }),
  };
  const client = await app.server.client();
  const wanted = new vscode.CancellationTokenSource();
  const ends = [
    token.onCancellationRequested(() => wanted.cancel()),
    answer.onDidClose(() => wanted.cancel()),
  ];
  if (token.isCancellationRequested) wanted.cancel();
  try {
    const result = await request(client, REQUESTS.ask, params, {
      token: wanted.token,
      onProgress: report,
      onPartial: (partial) => answer.add(decode("AskPartial", partial).text),
    });
    return decode("AskResult", result);
  } finally {
    for (const end of [...ends, wanted]) end.dispose();
  }
}

const ENDINGS: Partial<Record<FinishReason, string>> = {
  budget: "The answer is as long as it may be, and ends there.",
  repetition: "The model began to repeat itself, so the answer ends there.",
};

function tell({ log }: App, picture: vscode.Uri, result: AskResult): void {
  const { tokens, seconds, model, finish } = result;
  const figures = `${tokens} tokens in ${seconds.toFixed(1)} s, ${titleOf(model)}`;
  log.info(`${nameOf(picture)}: answered, ${figures} (${finish})`);
  vscode.window.setStatusBarMessage(`Pixelwright: ${figures}`, 8000);
  const ending = ENDINGS[finish];
  if (ending) void vscode.window.showInformationMessage(ending);
}

/** A failure with what became of the answer, and with the way to a model where none is installed. */
function inContext(error: unknown, begun: boolean, installFirst: () => unknown): unknown {
  const failure = failureOf(error);
  if (!failure) return error;
  const { message, hint, remedies, code } = failure;
  if (code === "noModel")
    return new Failure(
      message,
      undefined,
      [{ title: "Install Model…", run: installFirst }, ...remedies],
      code,
    );
  return begun
    ? new Failure(`${message} The answer so far is kept.`, hint, remedies, code)
    : failure;
}

async function askAfterInstalling(picture: vscode.Uri, question: string): Promise<void> {
  if (await vscode.commands.executeCommand("pixelwright.installModel"))
    await vscode.commands.executeCommand("pixelwright.ask", picture, undefined, question);
}
