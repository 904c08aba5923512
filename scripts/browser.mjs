// Finds the user's Chromium, Chrome or Edge.

import { existsSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { Failure, onPath, WINDOWS } from "./run.mjs";

const PROGRAMS = [
  "chromium",
  "chromium-browser",
  "google-chrome",
  "google-chrome-stable",
  "microsoft-edge",
  "chrome",
  "msedge",
];

/** The path of a browser: PIXELWRIGHT_BROWSER, CHROME_PATH, PATH, the usual places. Or undefined.
 * Throws a Failure when a variable names none. */
export function findBrowser() {
  for (const variable of ["PIXELWRIGHT_BROWSER", "CHROME_PATH"]) {
    const named = process.env[variable];
    if (!named) continue;
    const path = existsSync(named) ? named : onPath(named);
    if (path) return path;
    throw new Failure(`${variable} names ${named}, which is no program. Correct it, or unset it.`);
  }
  for (const name of PROGRAMS) {
    const path = onPath(name);
    if (path) return path;
  }
  return usualPlaces().find((path) => existsSync(path));
}

function usualPlaces() {
  if (process.platform === "darwin")
    return ["Google Chrome", "Chromium", "Microsoft Edge"].flatMap((name) =>
      ["/Applications", join(homedir(), "Applications")].map((folder) =>
        join(folder, `${name}.app`, "Contents", "MacOS", name),
      ),
    );
  if (!WINDOWS) return [];
  const folders = ["PROGRAMFILES", "PROGRAMFILES(X86)", "LOCALAPPDATA"]
    .map((name) => process.env[name])
    .filter(Boolean);
  const programs = [
    ["Google", "Chrome", "Application", "chrome.exe"],
    ["Chromium", "Application", "chrome.exe"],
    ["Microsoft", "Edge", "Application", "msedge.exe"],
  ];
  return folders.flatMap((folder) => programs.map((program) => join(folder, ...program)));
}
