"""Makes the tiny checkpoint from nothing, or says how good the present one is.

    python -m scripts.tiny_model [--steps 1500] [--rate 2e-3] [--start FOLDER] [--out FOLDER]
    python -m scripts.tiny_model --report

A step takes a second of one core. While it works, `.cache/tiny_model/` holds the state so far, a complete
checkpoint but for its README and chat template.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import torch
from scripts.tiny_model.answers import write_answers
from scripts.tiny_model.corpus import ROOT, corpus
from scripts.tiny_model.evaluate import report
from scripts.tiny_model.files import write_checkpoint
from scripts.tiny_model.inputs import Encoder
from scripts.tiny_model.network import configuration, new_model
from scripts.tiny_model.tokenizer import train_tokenizer
from scripts.tiny_model.train import train
from tokenizers import Tokenizer
from transformers import Qwen3VLForConditionalGeneration

from pixelwright.model.store import TINY

UNDER_WAY = ROOT / ".cache" / "tiny_model"
REPORT_EVERY = 50


def main() -> int:
    """Tokenizer, model, training, files, and a report."""
    parser = argparse.ArgumentParser(prog="python -m scripts.tiny_model")
    parser.add_argument("--steps", type=int, default=1500)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--rate", type=float, default=2e-3, help="the highest learning rate")
    parser.add_argument("--start", type=Path, help="a checkpoint to go on from, instead of random weights")
    parser.add_argument("--out", type=Path, default=TINY)
    parser.add_argument("--report", action="store_true", help="train nothing, judge what is in --out")
    options = parser.parse_args()
    torch.set_num_threads(1)
    if not options.report:
        make(options)
        write_answers()
    model = Qwen3VLForConditionalGeneration.from_pretrained(options.out, dtype=torch.float32)
    print("\n".join(report(model, Encoder(options.out), count=200)))
    return 0


def make(options: argparse.Namespace) -> None:
    """Train a model, from nothing or from where an earlier run ended, and write it."""
    if options.start is None:
        tokenizer = train_tokenizer(corpus(options.seed))
        config = configuration(tokenizer)
        model = new_model(config, options.seed)
    else:
        tokenizer = Tokenizer.from_file(str(options.start / "tokenizer.json"))
        config = configuration(tokenizer)
        model = Qwen3VLForConditionalGeneration.from_pretrained(options.start, dtype=torch.float32)
    write_checkpoint(UNDER_WAY, model.state_dict(), config, tokenizer)
    encoder = Encoder(UNDER_WAY)
    for done in train(
        model, encoder, steps=options.steps, seed=options.seed, every=REPORT_EVERY, peak=options.rate
    ):
        losses = "  ".join(f"{name} {loss:.3f}" for name, loss in done.losses.items())
        print(f"step {done.step:5}  {done.seconds:6.0f} s  {losses}", file=sys.stderr, flush=True)
        write_checkpoint(UNDER_WAY, model.state_dict(), config, tokenizer)
    write_checkpoint(options.out, model.state_dict(), config, tokenizer)


if __name__ == "__main__":
    raise SystemExit(main())
