import type { Log } from "./log";
import type { Pages } from "./pages";
import type { Server } from "./server/server";
import type { Setup } from "./server/setup";

/** What the commands work with. */
export interface App {
  log: Log;
  pages: Pages;
  server: Server;
  setup: Setup;
}
