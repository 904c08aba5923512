import * as vscode from "vscode";
import type { LanguageClient } from "vscode-languageclient/node";
import { Failure, failureOf, type Remedy } from "../failures";
import type { Log } from "../log";
import { NOTIFICATIONS, type ServerState } from "../protocol/messages";
import { decode } from "../protocol/wire";
import type { Resolution } from "./resolve";

/** What the server is doing, for the status item. */
export type Situation =
  | { phase: "idle" }
  | { phase: "starting" }
  | { phase: "running"; resolution: Resolution; state?: ServerState }
  | { phase: "failed"; failure: Failure };

const setUpAgain: Remedy = {
  title: "Set Up Again",
  run: () => vscode.commands.executeCommand("pixelwright.setUpServer"),
};

/** The server of this window: started when first needed, started again when asked. */
export class Server implements vscode.Disposable {
  situation: Situation = { phase: "idle" };
  private readonly changed = new vscode.EventEmitter<Situation>();
  readonly onDidChange = this.changed.event;
  private running: Promise<LanguageClient> | undefined;
  private restarting: Promise<LanguageClient> | undefined;

  /** `prepare` finds the Python to run, asking the person where it must. */
  constructor(
    private readonly prepare: () => Promise<Resolution>,
    private readonly cwd: string,
    private readonly log: Log,
  ) {}

  /** The running client, started if need be. */
  client(): Promise<LanguageClient> {
    this.running ??= this.start().catch((error) => {
      this.running = undefined;
      throw error;
    });
    return this.running;
  }

  /** Stop and start; a call while another is under way joins it. */
  restart(): Promise<LanguageClient> {
    this.restarting ??= this.stop()
      .then(() => this.client())
      .finally(() => {
        this.restarting = undefined;
      });
    return this.restarting;
  }

  async stop(): Promise<void> {
    const running = this.running;
    this.running = undefined;
    await dispose(await running?.catch(() => undefined));
    this.now({ phase: "idle" });
  }

  /** Take in what the server says of itself. */
  take(state: ServerState): void {
    if (this.situation.phase === "running") this.now({ ...this.situation, state });
  }

  dispose(): void {
    this.changed.dispose();
  }

  private async start(): Promise<LanguageClient> {
    this.now({ phase: "starting" });
    try {
      const resolution = await this.prepare();
      const client = await this.connect(resolution);
      this.now({ phase: "running", resolution });
      return client;
    } catch (error) {
      const failure = failureOf(error);
      this.now(failure ? { phase: "failed", failure } : { phase: "idle" });
      throw error;
    }
  }

  private async connect(resolution: Resolution): Promise<LanguageClient> {
    const { createClient, restartsInLimits } = await import("./client");
    const { State } = await import("vscode-languageclient/node");
    let started = false;
    const onGivenUp = () => this.gaveUp();
    const endings = restartsInLimits({ started: () => started, onGivenUp });
    const client = createClient(resolution.python, this.cwd, this.log, endings);
    client.onNotification(NOTIFICATIONS.stateChanged, (state) =>
      this.take(decode("ServerState", state)),
    );
    try {
      await client.start();
    } catch (error) {
      await dispose(client);
      this.log.error(`The server did not start: ${error}`);
      const remedies = resolution.kind === "managed" ? [setUpAgain] : [];
      throw new Failure(
        `The server did not start (${resolution.python}).`,
        "The log says why.",
        remedies,
      );
    }
    started = true;
    client.onDidChangeState(({ newState }) => {
      if (newState === State.Starting) this.now({ phase: "starting" });
      if (newState === State.Running) this.now({ phase: "running", resolution });
    });
    return client;
  }

  private gaveUp(): void {
    this.running = undefined;
    const failure = new Failure("The server ended five times in three minutes, so it stays down.");
    this.now({ phase: "failed", failure });
  }

  private now(situation: Situation): void {
    this.situation = situation;
    this.changed.fire(situation);
  }
}

/** Stop a client; one that never ran, or has ended already, has nothing to say about it. */
async function dispose(client: LanguageClient | undefined): Promise<void> {
  await client?.dispose().catch(() => undefined);
}
