import type { Memento } from "vscode";
import type { Log } from "./log";
import type { Models } from "./models";
import type { Pages } from "./pages";
import type { Server } from "./server/server";
import type { Setup } from "./server/setup";

/** What the commands work with. */
export interface App {
  log: Log;
  /** What is remembered on this machine, over all workspaces. */
  memory: Memento;
  models: Models;
  pages: Pages;
  server: Server;
  setup: Setup;
}
