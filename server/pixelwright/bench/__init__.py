"""`pixelwright bench`: the engine measured beside `transformers`' `generate`, in one run.

    pixelwright bench --json benchmarks/model_gpu.json

`measure` says what is measured in which order, `settings` how much of it; a side is asked through `ours`
or `generate`, and both give the `Run` of `timing`. Nothing here is imported before it is asked for.
"""
