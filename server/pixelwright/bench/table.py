"""A report as a table for people."""

from __future__ import annotations

from typing import Any

_COLUMNS = ("case", "side", "prompt", "first token", "tokens/s", "CPU s/token", "GB/s", "ceiling", "peak GB")


def table(report: dict[str, Any]) -> str:
    """Lines of text, the last without a line break."""
    machine, versions = report["hardware"], report["versions"]
    lines = [
        f"{report['model']} ({report['weights']} weights, {report['settings']['dtype']}) on "
        f"{machine.get('gpu') or machine['processor']}, {machine['threads']} CPU threads",
        ", ".join(f"{name} {versions[name]}" for name in ("python", "torch", "transformers", "flash-attn")),
        f"memory bandwidth, measured: {report['bandwidth']['ceiling'] / 1e9:.1f} GB/s",
        "",
    ]
    lines += _aligned([_COLUMNS, *(_row(row) for row in report["runs"])])
    lines.append("")
    for case, ratios in report["against_generate"].items():
        if ratios:
            lines.append(
                f"{case}: {ratios['tokens_per_second']:.2f} times the tokens/s of generate, "
                f"{ratios['cpu_seconds_per_token']:.2f} of its CPU seconds a token, "
                f"{ratios['first_token']:.2f} of its time to the first token"
            )
    lines += _effects(report)
    if "equality" in report:
        checked = report["equality"]
        equal = sum(row["equal"] for row in checked)
        lines.append(f"greedy tokens equal to generate's: {equal} of {len(checked)} answers")
        lines += [f"  other: {row['case']}, {row['variant']}" for row in checked if not row["equal"]]
    lines += [f"error: {error}" for error in report["errors"]]
    return "\n".join(lines)


def _row(row: dict[str, Any]) -> tuple[str, ...]:
    peak = row["peak_memory"]
    return (
        row["case"],
        f"{row['side']} ({row['configuration']})",
        str(row["prompt_tokens"]),
        f"{row['first_token'] * 1000:.0f} ms",
        f"{row['tokens_per_second']:.1f}",
        f"{row['cpu_seconds_per_token']:.4f}",
        f"{row['read_per_second'] / 1e9:.1f}",
        f"{row['ceiling_share']:.0%}",
        f"{peak / 1e9:.2f}" if peak else "",
    )


def _effects(report: dict[str, Any]) -> list[str]:
    lines = []
    found = report.get("lookup", {})
    if "speedup" in found:
        lines.append(
            f"look-up in {found['tokens']} repetitive tokens: {found['tokens_per_step']:.2f} a step, "
            f"{found['speedup']:.2f} times as fast as without"
        )
    if "cost" in found:
        lines.append(
            f"a step that verifies {found['drafted']} drafted tokens takes {found['cost']:.2f} times a plain "
            f"one's time: up to {found['highest_speedup']:.1f} times as fast"
        )
    if "int8" in report:
        found = report["int8"]
        lines.append(
            f"int8's logits: differ by {found['mean_difference']:.3f} on average and "
            f"{found['largest_difference']:.3f} at most (standard deviation {found['deviation']:.3f}); "
            f"the likeliest token is the same at {found['same_first']:.0%} of {found['positions']} places"
        )
    return lines


def _aligned(rows: list[tuple[str, ...]]) -> list[str]:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return [
        "  ".join(
            cell.ljust(width) if place < 2 else cell.rjust(width)
            for place, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    ]
