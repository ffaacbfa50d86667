"""An endpoint, played by a server of the test: what it is sent, what it may answer, and what is never said."""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest

from pathstage.baselines.zero_shot.endpoint import Endpoint, EndpointError
from pathstage.baselines.zero_shot.prompt import json_schema
from pathstage.report import Report
from pathstage.schema import TaskSchema

SECRET = "Jane Roe"
REPORT = Report("r", "r", f"Patient {SECRET}. FINAL DIAGNOSIS: Invasive carcinoma, pT2 pN1.")


class Stub(HTTPServer):
    """Answers every request with `status` and `body`, and keeps what it was sent."""

    def __init__(self) -> None:
        self.status = 200
        self.body: Any = {"choices": [{"message": {"content": '```json\n{"pT": "T2", "pN": "pN1"}\n```'}}]}
        self.headers: dict[str, str] = {}
        self.sent: list[tuple[str, dict[str, str], dict[str, Any]]] = []
        super().__init__(("127.0.0.1", 0), Handler)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/v1"


class Handler(BaseHTTPRequestHandler):
    server: Stub

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.sent.append((self.path, dict(self.headers), body))
        self.send_response(self.server.status)
        for name, value in self.server.headers.items():
            self.send_header(name, value)
        self.end_headers()
        body = self.server.body
        self.wfile.write(body if isinstance(body, bytes) else json.dumps(body).encode())

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def stub() -> Iterator[Stub]:
    server = Stub()
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def test_the_request_is_one_that_openai_compatible_servers_take(
    stub: Stub, schema: TaskSchema, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MY_KEY", "sesame")
    fields = Endpoint(schema, f"{stub.url}/", "large", key_variable="MY_KEY").extract(REPORT).fields
    assert {name: one.value for name, one in fields.items() if one.value} == {"pT": "T2", "pN": "N1"}
    ((path, headers, body),) = stub.sent
    assert path == "/v1/chat/completions"
    assert headers["Authorization"] == "Bearer sesame"
    assert (body["model"], body["temperature"]) == ("large", 0)
    assert body["response_format"]["json_schema"]["schema"] == json_schema(schema)
    assert "pT2 pN1" in body["messages"][-1]["content"]


def test_a_free_answer_asks_for_no_format(stub: Stub, schema: TaskSchema) -> None:
    Endpoint(schema, stub.url, "large", constrained=False).extract(REPORT)
    ((_, headers, body),) = stub.sent
    assert "response_format" not in body
    assert "Authorization" not in headers


@pytest.mark.parametrize(
    ("status", "body", "message"),
    [
        (401, {"error": SECRET}, "answered with status 401; check model, key and URL"),
        (500, SECRET.encode(), "answered with status 500"),
        (200, SECRET.encode(), "did not answer as OpenAI-compatible servers do"),
        (200, {"choices": []}, "did not answer as"),
        (200, [SECRET], "did not answer as"),
    ],
)
def test_failures_end_the_run_and_quote_nothing(
    status: int, body: Any, message: str, stub: Stub, schema: TaskSchema, caplog: pytest.LogCaptureFixture
) -> None:
    stub.status, stub.body = status, body
    with caplog.at_level(logging.DEBUG), pytest.raises(EndpointError) as error:
        Endpoint(schema, stub.url, "large").extract(REPORT)
    assert message in str(error.value)
    assert str(error.value).startswith(stub.url)
    assert SECRET not in str(error.value) + caplog.text


def test_the_text_goes_nowhere_else(stub: Stub, schema: TaskSchema, monkeypatch: pytest.MonkeyPatch) -> None:
    elsewhere = Stub()  # bound, but never served: a request to it would hang
    monkeypatch.setenv("HTTP_PROXY", elsewhere.url)
    monkeypatch.setenv("ALL_PROXY", elsewhere.url)
    Endpoint(schema, stub.url, "large", timeout=5).extract(REPORT)
    stub.status, stub.headers = 307, {"Location": f"{elsewhere.url}/chat/completions"}
    with pytest.raises(EndpointError, match="status 307"):
        Endpoint(schema, stub.url, "large", timeout=5).extract(REPORT)
    elsewhere.server_close()


def test_no_server_and_no_key_are_said(schema: TaskSchema, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MY_KEY", raising=False)
    with pytest.raises(EndpointError, match="the environment variable MY_KEY is not set"):
        Endpoint(schema, "http://127.0.0.1:9/v1", "large", key_variable="MY_KEY")
    with pytest.raises(EndpointError, match=r"cannot be asked \(ConnectError\); is the server up"):
        Endpoint(schema, "http://127.0.0.1:9/v1", "large").extract(REPORT)
    with pytest.raises(EndpointError, match="cannot be asked"):
        Endpoint(schema, "not a url", "large").extract(REPORT)
