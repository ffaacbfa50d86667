"""A language model on this machine, the packaged one unless another is named: asked, never trained."""

from __future__ import annotations

import json
from collections.abc import Sequence
from itertools import takewhile, zip_longest
from typing import Literal

import torch
from torch import Tensor
from transformers import DynamicCache

from pathstage.baselines.system import answer
from pathstage.baselines.zero_shot.prompt import choose_examples, messages
from pathstage.baselines.zero_shot.reply import read_reply
from pathstage.corpus.dataset import LabelledReport
from pathstage.model.base import PACKAGED, load_chat_model
from pathstage.report import Extraction, FieldValue, Report
from pathstage.schema import Task, TaskSchema

# An answer is one object of seven short values: what is longer has lost its way.
_REPLY_TOKENS = 160


class LocalLLM:
    """Greedy decoding, with the answer either free or constrained.

    source: as the source of a base: "packaged", a directory, a .gguf file or a hub id.
    constrained: the reply can be nothing but the JSON object with a class for every task. At each value every class is
    scored whole, closing quote included, so the choice is the likeliest class, and its probability is relative to the
    other classes. Otherwise the model writes what it likes and `read_reply` makes the best of it.
    shots: examples shown first, out of the labelled reports. max_tokens: tokens of a report that the model reads.
    """

    seeded = False
    sources = ("pathstage.baselines.zero_shot", "pathstage.baselines.system", "pathstage.prepare")
    trained_parameters = 0
    deployed_models = 1

    def __init__(
        self,
        schema: TaskSchema,
        source: str = PACKAGED,
        constrained: bool = True,
        shots: int = 0,
        max_tokens: int = 1000,
        device: Literal["cpu", "cuda"] = "cpu",
    ) -> None:
        self._model, self._tokenizer = load_chat_model(source, device)
        self._schema = schema
        self._constrained = constrained
        self._shots = shots
        self._max_tokens = max_tokens
        self._examples: tuple[LabelledReport, ...] = ()
        self._cache = DynamicCache(config=self._model.config)
        self._cached: list[int] = []
        self.learns = shots > 0

    def fit(self, rows: Sequence[LabelledReport], seed: int) -> None:
        """Choose the examples."""
        self._examples = choose_examples(rows, self._schema, self._shots)

    @torch.inference_mode()
    def extract(self, report: Report) -> Extraction:
        """Ask about one report."""
        asked = messages(self._schema, report.text, self._max_tokens, self._examples)
        prompt = self._tokenizer.apply_chat_template(asked, tokenize=False, add_generation_prompt=True)
        if self._constrained:
            return answer(report, self._schema, self._choose(prompt))
        values = read_reply(self._generate(prompt), self._schema)
        return Extraction(report, {name: FieldValue(value, float("nan")) for name, value in values.items()})

    def _generate(self, prompt: str) -> str:
        ids = self._ids(prompt)
        self._keep_beginning_of(ids)
        written = self._model.generate(
            ids,
            attention_mask=torch.ones_like(ids),
            past_key_values=self._cache,
            do_sample=False,
            temperature=None,
            top_p=None,
            top_k=None,
            max_new_tokens=_REPLY_TOKENS,
            pad_token_id=self._tokenizer.eos_token_id,
        )
        self._forget_after(ids.shape[1])
        self._cached = ids[0].tolist()
        return str(self._tokenizer.decode(written[0, ids.shape[1] :], skip_special_tokens=True))

    def _choose(self, prompt: str) -> dict[str, dict[str, float]]:
        """Task → class → probability, each task given the answers to those before it."""
        found = {}
        said = self._ids(prompt + "{" + _key(self._schema.tasks[0]))
        self._keep_beginning_of(said)
        unread = said[:, len(self._cached) :]
        self._cached = said[0].tolist()
        for task, following_task in zip_longest(self._schema.tasks, self._schema.tasks[1:]):
            following = self._read(unread)
            length = self._cache.get_seq_length()
            scores = []
            for label in task.classes:
                scores.append(self._score(f'{label}"', following))
                self._forget_after(length)
            shares = torch.tensor(scores).softmax(dim=0).tolist()
            found[task.name] = dict(zip(task.classes, shares, strict=True))
            if following_task is not None:
                unread = self._ids(f'{task.classes[shares.index(max(shares))]}", {_key(following_task)}')
        self._forget_after(len(self._cached))
        return found

    def _score(self, label: str, following: Tensor) -> float:
        """Log-probability of a label; `following`, of shape (vocabulary), scores the first token after the cache."""
        ids = self._ids(label)
        logits = self._model(input_ids=ids, past_key_values=self._cache, use_cache=True).logits[0]
        steps = torch.cat([following[None], logits[:-1]]).float().log_softmax(dim=-1)
        return float(steps.gather(1, ids[0][:, None]).sum())

    def _read(self, ids: Tensor) -> Tensor:
        """Add tokens to the cache; returns the scores of the next one, of shape (vocabulary)."""
        output = self._model(input_ids=ids, past_key_values=self._cache, use_cache=True, logits_to_keep=1)
        logits: Tensor = output.logits[0, -1]
        return logits

    def _keep_beginning_of(self, ids: Tensor) -> None:
        """Forget what does not begin `ids`. Instructions and examples, which all prompts share, are thus read once."""
        # The last token is always read again: what follows it is asked for.
        pairs = zip(self._cached, ids[0, :-1].tolist(), strict=False)
        shared = [here for here, _ in takewhile(lambda pair: pair[0] == pair[1], pairs)]
        self._forget_after(len(shared))
        self._cached = shared

    def _forget_after(self, length: int) -> None:
        if length == 0:
            self._cache = DynamicCache(config=self._model.config)
        elif (surplus := self._cache.get_seq_length() - length) > 0:
            self._cache.crop(-surplus)

    def _ids(self, text: str) -> Tensor:
        # The chat template has written the special tokens itself. Shape: (1, tokens).
        ids = self._tokenizer(text, add_special_tokens=False, return_tensors="pt")["input_ids"]
        return torch.as_tensor(ids).to(self._model.device)


def _key(task: Task) -> str:
    return f'{json.dumps(task.name)}: "'
