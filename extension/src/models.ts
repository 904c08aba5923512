import * as vscode from "vscode";
import { type ModelInfo, type ModelsState, REQUESTS } from "./protocol/messages";
import { decode } from "./protocol/wire";
import type { Server } from "./server/server";

/** Which models there are on the server's machine, as far as it was asked. */
export class Models implements vscode.Disposable {
  known: ModelsState | undefined;
  private readonly changed = new vscode.EventEmitter<void>();
  readonly onDidChange = this.changed.event;

  constructor(private readonly server: Server) {}

  /** Ask the server, starting it if need be. */
  async look(): Promise<ModelsState> {
    const client = await this.server.client();
    return this.take(await client.sendRequest(REQUESTS.models, {}));
  }

  /** Take in what the server answered. */
  take(answer: unknown): ModelsState {
    this.known = decode("ModelsState", answer);
    this.changed.fire();
    return this.known;
  }

  dispose(): void {
    this.changed.dispose();
  }
}

/** The model that answers: the first that is installed. */
export const installedIn = ({ models }: ModelsState): ModelInfo | undefined =>
  models.find(({ installed }) => installed);

/** "Qwen/Qwen3-VL-2B-Instruct", or the folder of a checkpoint, as people call it. */
export const titleOf = (model: string): string => model.split(/[\\/]/).at(-1) || model;

/** 4270000000 as "4.3 GB"; of a small number no more than its megabytes. */
export function inBytes(bytes: number): string {
  return bytes >= 1e9 ? `${(bytes / 1e9).toFixed(1)} GB` : `${Math.ceil(bytes / 1e6)} MB`;
}
