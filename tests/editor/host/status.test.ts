import assert from "node:assert/strict";
import { whatItTakes } from "../../../extension/src/commands/installModel";
import { inBytes, titleOf } from "../../../extension/src/models";
import { inWords as offer } from "../../../extension/src/offer";
import type {
  EngineState,
  HostState,
  ModelInfo,
  ModelsState,
} from "../../../extension/src/protocol/messages";
import type { Situation } from "../../../extension/src/server/server";
import { describe as inWords } from "../../../extension/src/status";

const ENGINE: EngineState = {
  phase: "ready",
  model: "Qwen/Qwen3-VL-2B-Instruct",
  device: "cuda",
  dtype: "bfloat16",
  memory: 4_870_000_000,
  tokensPerSecond: 211.6,
};

const MODELS: ModelsState = {
  runtime: false,
  runtimeBytes: 200_000_000,
  models: [{ name: ENGINE.model, bytes: 4_270_000_000, licence: "apache-2.0", installed: false }],
  free: 50_000_000_000,
};

function running(engine?: EngineState): Situation {
  const host: HostState = {
    pid: 1,
    build: "0.1.0",
    phase: "idle",
    uptime: 1,
    clients: 1,
    waiting: 0,
    running: 0,
    finished: 1,
    memory: 800_000_000,
    ...(engine && { engine }),
  };
  return {
    phase: "running",
    resolution: { kind: "managed", python: "python", source: "own environment" },
    state: { version: "0.1.0", python: "3.12.1", jobs: 0, host },
  };
}

const ofModel = (situation: Situation, models?: ModelsState) =>
  inWords(situation, "0.1.0", models).filter((line) => /model/i.test(line));

describe("the status", () => {
  it("tells the model's device, memory and speed", () => {
    assert.deepEqual(ofModel(running(ENGINE)), [
      "Model Qwen3-VL-2B-Instruct: ready on cuda (bfloat16), 4.9 GB, 212 tokens/s",
    ]);
    assert.deepEqual(ofModel(running({ ...ENGINE, tokensPerSecond: 0, memory: 640_000 })), [
      "Model Qwen3-VL-2B-Instruct: ready on cuda (bfloat16), 1 MB",
    ]);
    assert.deepEqual(ofModel(running({ ...ENGINE, phase: "loading" })), [
      "Model Qwen3-VL-2B-Instruct: loading",
    ]);
  });

  it("tells whether a model is installed, once that is known", () => {
    assert.deepEqual(ofModel(running()), []);
    assert.deepEqual(ofModel(running(), MODELS), ["No model is installed"]);
    const models = MODELS.models.map((model) => ({ ...model, installed: true }));
    assert.deepEqual(ofModel(running(), { ...MODELS, models }), [
      "Model Qwen3-VL-2B-Instruct: loads when asked",
    ]);
  });

  it("has sizes and names as people say them", () => {
    assert.deepEqual([4_270_000_000, 187_200_000, 300].map(inBytes), ["4.3 GB", "188 MB", "1 MB"]);
    assert.deepEqual(
      ["Qwen/Qwen3-VL-2B", "/models/mine", "C:\\models\\mine", "tiny"].map(titleOf),
      ["Qwen3-VL-2B", "mine", "mine", "tiny"],
    );
  });
});

describe("what a model takes", () => {
  const [model] = MODELS.models as [ModelInfo];

  it("is told in the offer, PyTorch where it is missing", () => {
    assert.match(
      offer(model, MODELS),
      /Qwen3-VL-2B-Instruct .*Download: 4\.3 GB, and 200 MB for PyTorch\.$/,
    );
    assert.match(offer(model, { ...MODELS, runtime: true }), /Download: 4\.3 GB\.$/);
  });

  it("is told before the installation: weights, packages, licence, space", () => {
    const all = whatItTakes(model, MODELS, undefined);
    assert.match(all, /4\.3 GB of weights from Hugging Face$/m);
    assert.match(
      all,
      /200 MB of packages \(PyTorch, Transformers\) from the indexes of PyTorch and Python$/m,
    );
    assert.match(all, /^Licence: apache-2\.0\nFree on the disk: 50\.0 GB$/m);
    assert.doesNotMatch(whatItTakes(model, { ...MODELS, runtime: true }, undefined), /PyTorch/);
    assert.doesNotMatch(whatItTakes({ ...model, installed: true }, MODELS, undefined), /weights/);
  });

  it("names the interpreter that packages go into, unless it is our own", () => {
    const resolution = { kind: "interpreter", python: "/usr/bin/python3", source: "PATH" } as const;
    assert.match(whatItTakes(model, MODELS, resolution), / and Python, into \/usr\/bin\/python3$/m);
    assert.doesNotMatch(whatItTakes(model, MODELS, { ...resolution, kind: "managed" }), /into/);
  });
});
