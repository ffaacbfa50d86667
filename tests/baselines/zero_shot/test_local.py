"""A model here: the constrained choice is the likelihood of the classes, computed without a cache to compare."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
import torch

from pathstage.baselines.zero_shot.local import LocalLLM
from pathstage.baselines.zero_shot.prompt import messages
from pathstage.corpus.dataset import LabelledReport
from pathstage.model.base import BaseError
from pathstage.report import Report
from pathstage.schema import TaskSchema

TEMPLATE = (
    "{% for m in messages %}<s>{{ m['role'] }}: {{ m['content'] }}</s>{% endfor %}"
    "{% if add_generation_prompt %}<s>{% endif %}"
)
REPORT = Report("r", "r", "FINAL DIAGNOSIS: Invasive carcinoma, pT2 pN1.")


@pytest.fixture(scope="module")
def chat_model(tiny_llama: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("chat") / "model"
    shutil.copytree(tiny_llama, folder)
    (folder / "chat_template.jinja").write_text(TEMPLATE)
    return folder


def test_constrained_answers_are_the_likeliest_classes(chat_model: Path, schema: TaskSchema) -> None:
    torch.manual_seed(0)  # the tiny base has no output layer, which is therefore random
    system = LocalLLM(schema, str(chat_model))
    fields = system.extract(REPORT).fields
    assert tuple(fields) == schema.names

    tokenizer, model = system._tokenizer, system._model
    prompt = tokenizer.apply_chat_template(
        messages(schema, REPORT.text, 1000), tokenize=False, add_generation_prompt=True
    )

    def ids(text: str) -> list[int]:
        return list(tokenizer(text, add_special_tokens=False)["input_ids"])

    context = ids(prompt + '{"pT": "')
    for name, following in (("pT", "pN"), ("pN", "pM")):
        scores = []
        for label in schema[name].classes:
            tokens = ids(f'{label}"')
            with torch.inference_mode():
                steps = model(torch.tensor([context + tokens])).logits[0].log_softmax(-1)
            scores.append(sum(float(steps[len(context) - 1 + at, token]) for at, token in enumerate(tokens)))
        expected = torch.tensor(scores).softmax(0).tolist()
        assert list(fields[name].probabilities.values()) == pytest.approx(expected, abs=1e-4)
        assert fields[name].value == schema[name].classes[expected.index(max(expected))]
        context += ids(f'{fields[name].value}", "{following}": "')


@pytest.mark.parametrize("constrained", [True, False])
def test_what_was_read_before_makes_no_difference(
    chat_model: Path, schema: TaskSchema, monkeypatch: pytest.MonkeyPatch, constrained: bool
) -> None:
    torch.manual_seed(0)
    system = LocalLLM(schema, str(chat_model), constrained=constrained)
    other = Report("o", "o", "FINAL DIAGNOSIS: Ductal carcinoma in situ. ER positive.")
    replies: list[str] = []
    generate = system._generate
    monkeypatch.setattr(system, "_generate", lambda prompt: replies.append(generate(prompt)) or replies[-1])
    first, _, again = (system.extract(report).fields for report in (REPORT, other, REPORT))
    if constrained:
        for name in schema.names:
            assert again[name].probabilities == pytest.approx(first[name].probabilities, abs=1e-5)
    else:
        assert replies[0] == replies[2] != ""


def test_free_answers_are_read_tolerantly(
    chat_model: Path, schema: TaskSchema, monkeypatch: pytest.MonkeyPatch
) -> None:
    system = LocalLLM(schema, str(chat_model), constrained=False)
    assert set(system.extract(REPORT).fields) == set(schema.names)
    monkeypatch.setattr(system, "_generate", lambda prompt: '{"pT": "pT2", "pN": "many"}')
    fields = system.extract(REPORT).fields
    assert fields["pT"].value == "T2"
    assert fields["pN"].value not in schema["pN"].classes
    assert not fields["pT"].probabilities


def test_shots_make_it_learn(chat_model: Path, schema: TaskSchema) -> None:
    assert not LocalLLM(schema, str(chat_model)).learns
    system = LocalLLM(schema, str(chat_model), shots=1)
    assert system.learns
    everything = {task.name: task.absent for task in schema.tasks}
    system.fit([LabelledReport("a", "H", "An example that is shown.", everything)], seed=0)
    assert [one.id for one in system._examples] == ["a"]
    assert set(system.extract(REPORT).fields) == set(schema.names)


def test_a_model_that_cannot_talk_is_refused(tiny_llama: Path, schema: TaskSchema, tmp_path: Path) -> None:
    with pytest.raises(BaseError, match="no chat template; name an instruct model"):
        LocalLLM(schema, str(tiny_llama))
    with pytest.raises(BaseError, match="no such directory"):
        LocalLLM(schema, str(tmp_path / "none"))
