"""A language model behind a URL that speaks the OpenAI chat protocol (Ollama, vLLM, llama.cpp, hosted services).

**Report text is sent to that URL**, and nowhere else: no proxy of the environment, no redirect is followed. Nothing of
it is logged, and error messages name the URL and the status only.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any

import httpx

from pathstage.baselines.zero_shot.prompt import choose_examples, json_schema, messages
from pathstage.baselines.zero_shot.reply import read_reply
from pathstage.corpus.dataset import LabelledReport
from pathstage.report import Extraction, FieldValue, Report
from pathstage.schema import TaskSchema

_REPLY_TOKENS = 1000  # room for a model that thinks aloud before its answer


class EndpointError(RuntimeError):
    """A server that cannot be asked, or does not answer as the protocol says; the message holds no report text."""


class Endpoint:
    """Asks `model` at `url` (which ends in /v1 with most servers), at temperature 0.

    constrained: the server is told to hold the reply to the JSON Schema (`response_format`). key_variable: the
    environment variable that holds the key, where the server wants one. shots and max_tokens: as of `LocalLLM`.
    """

    seeded = False
    sources = ("pathstage.baselines.zero_shot", "pathstage.baselines.system", "pathstage.prepare")
    trained_parameters = 0
    deployed_models = 1

    def __init__(
        self,
        schema: TaskSchema,
        url: str,
        model: str,
        constrained: bool = True,
        shots: int = 0,
        max_tokens: int = 4000,
        key_variable: str | None = None,
        timeout: float = 300.0,
    ) -> None:
        headers = {}
        if key_variable is not None:
            if not os.environ.get(key_variable):
                raise EndpointError(f"{url}: the environment variable {key_variable} is not set; put the key there")
            headers["Authorization"] = f"Bearer {os.environ[key_variable]}"
        self._url = f"{url.rstrip('/')}/chat/completions"
        self._client = httpx.Client(headers=headers, timeout=timeout, trust_env=False, follow_redirects=False)
        self._schema = schema
        self._model = model
        self._constrained = constrained
        self._shots = shots
        self._max_tokens = max_tokens
        self._examples: tuple[LabelledReport, ...] = ()
        self.learns = shots > 0

    def fit(self, rows: Sequence[LabelledReport], seed: int) -> None:
        """Choose the examples."""
        self._examples = choose_examples(rows, self._schema, self._shots)

    def extract(self, report: Report) -> Extraction:
        """Ask about one report. Raises EndpointError, which ends a run: what was answered before is saved by folds."""
        request: dict[str, Any] = {
            "model": self._model,
            "messages": messages(self._schema, report.text, self._max_tokens, self._examples),
            "temperature": 0,
            "max_tokens": _REPLY_TOKENS,
        }
        if self._constrained:
            form = {"name": "record", "strict": True, "schema": json_schema(self._schema)}
            request["response_format"] = {"type": "json_schema", "json_schema": form}
        values = read_reply(self._ask(request), self._schema)
        return Extraction(report, {name: FieldValue(value, float("nan")) for name, value in values.items()})

    def _ask(self, request: dict[str, Any]) -> str:
        try:
            response = self._client.post(self._url, json=request)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise EndpointError(f"{self._url}: cannot be asked ({type(error).__name__}); is the server up?") from None
        if not response.is_success:
            raise EndpointError(f"{self._url}: answered with status {response.status_code}; check model, key and URL")
        try:
            return str(response.json()["choices"][0]["message"]["content"] or "")
        except (ValueError, LookupError, TypeError):
            raise EndpointError(f"{self._url}: did not answer as OpenAI-compatible servers do") from None
