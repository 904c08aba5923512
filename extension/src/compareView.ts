import * as vscode from "vscode";
import { nameOf } from "./pictures";
import type { CompareResult } from "./protocol/messages";

const panels = new Map<string, vscode.WebviewPanel>();

/** Show a page against its picture, in one panel for each page. No scripts, nothing from disk or network. */
export function showComparison(page: vscode.Uri, picture: vscode.Uri, result: CompareResult): void {
  const panel = panels.get(page.toString()) ?? createPanel(page);
  panel.webview.html = comparisonHtml(nameOf(page), nameOf(picture), result, again(page));
  panel.reveal(undefined, true);
}

function createPanel(page: vscode.Uri): vscode.WebviewPanel {
  const panel = vscode.window.createWebviewPanel(
    "pixelwright.compare",
    `${nameOf(page)} and its source`,
    { viewColumn: column(), preserveFocus: true },
    { enableScripts: false, localResourceRoots: [], enableCommandUris: ["pixelwright.compare"] },
  );
  panel.onDidDispose(() => panels.delete(page.toString()));
  panels.set(page.toString(), panel);
  return panel;
}

/** Beside, but three columns are too narrow for a picture this wide. */
const column = (): vscode.ViewColumn =>
  vscode.window.tabGroups.all.length > 1 ? vscode.ViewColumn.Active : vscode.ViewColumn.Beside;

// As a string: a link is followed in the window, which may know the file by another uri.
function again(page: vscode.Uri): string {
  return `command:pixelwright.compare?${encodeURIComponent(JSON.stringify([page.toString()]))}`;
}

export function comparisonHtml(
  page: string,
  picture: string,
  { score, parts, picture: png }: CompareResult,
  again: string,
): string {
  const rows = Object.entries(parts).map(
    ([name, value]) => `<tr><th scope="row">${escaped(inWords(name))}</th>
<td><meter min="0" max="1" value="${value}"></meter></td><td class="number">${percent(value)}</td></tr>`,
  );
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src data:; style-src 'unsafe-inline'">
<title>${escaped(page)} and its source</title>
<style>${STYLE}</style>
</head>
<body>
<header>
<p class="score"><strong>${percent(score)}</strong> alike</p>
<p>${escaped(page)} <span class="dim">as a browser draws it, against</span> ${escaped(picture)}</p>
<a href="${escaped(again)}">Compare again</a>
</header>
<label title="Click to change the size"><input type="checkbox"><img alt="The picture, the page and where they differ" src="data:image/png;base64,${png}"></label>
<table><caption>Likeness in parts</caption><tbody>
${rows.join("\n")}
</tbody></table>
</body>
</html>`;
}

const STYLE = `
body { padding: 0 20px 20px; color: var(--vscode-foreground); font: var(--vscode-font-size) var(--vscode-font-family); }
header { display: flex; flex-wrap: wrap; align-items: baseline; gap: 4px 20px; padding: 12px 0; }
header p { margin: 0; }
.score strong { font-size: 2em; font-weight: 600; }
.dim { color: var(--vscode-descriptionForeground); }
a { color: var(--vscode-textLink-foreground); }
label { display: block; overflow: auto; border: 1px solid var(--vscode-panel-border, transparent); background: var(--vscode-editorWidget-background); }
label input { position: absolute; opacity: 0; }
label:focus-within { outline: 1px solid var(--vscode-focusBorder); }
img { display: block; max-width: 100%; margin: auto; cursor: zoom-in; }
input:checked + img { max-width: none; cursor: zoom-out; }
table { margin-top: 16px; border-spacing: 0 4px; }
caption { text-align: left; color: var(--vscode-descriptionForeground); padding-bottom: 4px; }
th { text-align: left; font-weight: 400; padding-right: 20px; }
meter { width: 180px; vertical-align: middle; }
.number { padding-left: 12px; text-align: right; white-space: nowrap; font-variant-numeric: tabular-nums; }`;

const percent = (value: number): string => `${Math.round(value * 100)} %`;

/** "textScore" as "Text score". */
function inWords(name: string): string {
  const words = name
    .replace(/[_-]/g, " ")
    .replace(/([a-z])([A-Z])/g, "$1 $2")
    .toLowerCase();
  return words.charAt(0).toUpperCase() + words.slice(1);
}

function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
