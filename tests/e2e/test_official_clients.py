"""The official clients of OpenAI and Perspective, unmodified, against a running workbench.

Only the host differs from what their documentation shows. What these libraries warn of is theirs,
which is why warnings are no errors here.
"""

import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import openai
import pytest
from googleapiclient import discovery, errors

from core.domain.api_key import Scope
from core.domain.person import operator
from core.usecases.manage_api_keys import create_api_key
from dashboard.bench.server_process import ServerProcess
from data.bootstrap import open_workbench, read_settings

pytestmark = [pytest.mark.xdist_group("clients"), pytest.mark.filterwarnings("default")]

GUIDE = Path(__file__).parents[2] / "docs" / "drop-in-replacements.md"
_BLOCK = re.compile(r"```(python|console)\n(.*?)```", re.DOTALL)
TEXT = "👍 you stupid idiot, go away"


@dataclass(frozen=True)
class Served:
    """A running workbench, keys for it, and the clients that are to be closed."""

    url: str
    secrets: dict[str, str]
    clients: ExitStack

    def openai(self, secret: str | None = None) -> Any:
        """A client of OpenAI."""
        return self.clients.enter_context(
            openai.OpenAI(
                base_url=f"{self.url}/v1", api_key=secret or self.secrets["all"], max_retries=0
            )
        )

    def comments(self, key: str = "all") -> Any:
        """A client of Perspective, made as in its documentation but for the host."""
        return self.clients.enter_context(
            discovery.build(
                "commentanalyzer",
                "v1alpha1",
                developerKey=self.secrets[key],
                discoveryServiceUrl=f"{self.url}/$discovery/rest?version=v1alpha1",
                static_discovery=False,
            )
        ).comments()


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("clients")
    store = folder / "store.duckdb"
    scopes = {"all": list(Scope), "scores": [Scope.SCORE], "reads": [Scope.READ]}
    settings = read_settings(
        database_url=f"duckdb:///{store}", actor="ann", model="lexical-1", files_dir=folder
    )
    with open_workbench(settings) as workbench:
        secrets = {
            name: create_api_key(
                workbench.space, operator("ann"), name=name, tenant="acme", scopes=allowed
            ).secret
            for name, allowed in scopes.items()
        }
    with (
        ServerProcess(store, folder / "log.txt", actor="ann", model="lexical-1") as process,
        ExitStack() as clients,
    ):
        yield Served(process.url, secrets, clients)


def test_openai_moderates_texts(served: Served) -> None:
    answer = served.openai().moderations.create(
        model="omni-moderation-latest", input=[TEXT, "See you at lunch"]
    )
    insult, harmless = answer.results
    assert (insult.flagged, harmless.flagged) == (True, False)
    assert insult.categories.harassment
    assert insult.category_scores.harassment > 0.5 > harmless.category_scores.harassment
    assert insult.category_applied_input_types.harassment == ["text"]
    assert insult.category_applied_input_types.self_harm == []
    assert insult.category_scores.self_harm == 0.0
    assert not insult.categories.sexual_minors
    assert answer.model == "lexical-1"


def test_openai_moderates_one_text_and_parts(served: Served) -> None:
    client = served.openai()
    [alone] = client.moderations.create(input=TEXT).results
    [parts] = client.moderations.create(input=[{"type": "text", "text": TEXT}]).results
    assert alone == parts


def test_openai_raises_its_own_errors(served: Served) -> None:
    image = [{"type": "image_url", "image_url": {"url": "https://e.example/a.png"}}]
    with pytest.raises(openai.BadRequestError) as bad:
        served.openai().moderations.create(input=image)
    assert (bad.value.param, bad.value.code) == ("input[0]", "unsupported_image")
    with pytest.raises(openai.AuthenticationError) as stranger:
        served.openai("sk-unknown").moderations.create(input="a")
    assert stranger.value.code == "invalid_api_key"
    with pytest.raises(openai.PermissionDeniedError):
        served.openai(served.secrets["reads"]).moderations.create(input="a")


def test_perspective_analyzes(served: Served) -> None:
    answer = served.comments().analyze(
        body={
            "comment": {"text": TEXT},
            "requestedAttributes": {"TOXICITY": {}, "THREAT": {"scoreThreshold": 0.99}},
            "languages": ["en"],
            "clientToken": "c1",
        }
    ).execute()  # fmt: skip
    assert list(answer["attributeScores"]) == ["TOXICITY"]
    toxicity = answer["attributeScores"]["TOXICITY"]
    assert toxicity["summaryScore"]["value"] > 0.5
    assert toxicity["summaryScore"]["type"] == "PROBABILITY"
    [span] = toxicity["spanScores"]
    assert (span["begin"], span["end"]) == (0, len(TEXT) + 1)
    assert (answer["languages"], answer["clientToken"]) == (["en"], "c1")


def test_perspectives_spans_are_utf_16(served: Served) -> None:
    text = "👍👍 Thank you all. You stupid idiot!"
    answer = served.comments("scores").analyze(
        body={
            "comment": {"text": text, "type": "PLAIN_TEXT"},
            "requestedAttributes": {"TOXICITY": {}},
            "spanAnnotations": True,
            "doNotStore": True,
        }
    ).execute()  # fmt: skip
    spans = answer["attributeScores"]["TOXICITY"]["spanScores"]
    units = text.encode("utf-16-le")
    said = [units[2 * each["begin"] : 2 * each["end"]].decode("utf-16-le") for each in spans]
    assert said == ["👍👍 Thank you all.", "You stupid idiot!"]
    assert spans[0]["score"]["value"] < 0.5 < spans[1]["score"]["value"]


def test_perspective_raises_its_own_errors(served: Served) -> None:
    asked = {"comment": {"text": TEXT}, "requestedAttributes": {"SEVERE_TOXICITY": {}}}
    with pytest.raises(errors.HttpError) as unknown:
        served.comments().analyze(body=asked).execute()
    assert unknown.value.resp.status == 400
    assert unknown.value.reason == "Unknown requested attribute: SEVERE_TOXICITY"
    assert unknown.value.error_details[0]["errorType"] == "INVALID_REQUEST"
    with pytest.raises(errors.HttpError) as refused:
        served.comments("reads").analyze(body=asked).execute()
    assert refused.value.resp.status == 403


def test_perspective_takes_suggestions(served: Served) -> None:
    answer = served.comments().suggestscore(
        body={
            "comment": {"text": TEXT},
            "attributeScores": {"TOXICITY": {"summaryScore": {"value": 0.9}}},
            "clientToken": "c1",
        }
    ).execute()  # fmt: skip
    assert answer["clientToken"] == "c1"


@pytest.mark.parametrize("number", range(4))
def test_the_guides_examples_run(served: Served, number: int) -> None:
    blocks = _BLOCK.findall(GUIDE.read_text(encoding="utf-8"))
    assert len(blocks) == 4
    language, code = blocks[number]
    code = code.replace("https://moddesk.example", served.url)
    code = code.replace("moddesk_YOUR_KEY", served.secrets["all"])
    command = [sys.executable, "-c", code] if language == "python" else shlex.split(code)
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
    assert re.search(r"0\.\d+", run.stdout)
