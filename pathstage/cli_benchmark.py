"""The command that compares systems. `cli` puts it beside its own."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from pathstage.cli_support import MODELS, wrong_usage, wrong_value

app = typer.Typer()


@app.command(rich_help_panel=MODELS)
def benchmark(
    config: Annotated[Path, typer.Argument(metavar="CONFIG.yaml", help="The benchmark's configuration.")],
) -> None:
    """Compare systems on hospitals they have not seen. Runs only what is missing; writes JSON, HTML and tables."""
    from pathstage.corpus.dataset import CorpusError
    from pathstage.evaluation.benchmark.config import BenchmarkError
    from pathstage.evaluation.benchmark.harness import run_benchmark
    from pathstage.schema import SchemaError

    with wrong_usage(BenchmarkError, CorpusError, SchemaError), wrong_value():
        run_benchmark(config)
