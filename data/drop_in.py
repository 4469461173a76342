"""Requests in other services' shapes, answered on an open workbench."""

from core.domain.person import Person
from core.engine.classifier import Classifier
from core.engine.remembered_scores import RememberedScores
from core.usecases.analyze_like_perspective import (
    analyze_like_perspective,
    comment_draft,
    suggest_like_perspective,
)
from core.usecases.ingest_content import sent_content
from core.usecases.ingest_scored import score_sent
from core.usecases.moderate_like_openai import ModerationAnswer, moderate_like_openai
from core.usecases.perspective_shapes import (
    AnalyzeAnswer,
    AnalyzeRequest,
    SuggestAnswer,
    SuggestRequest,
    unkeepable_comment,
)
from data.bootstrap import Workbench
from data.imports.language import languages_at_once
from data.ingesting import KeptContent, keep


def moderate(
    workbench: Workbench, person: Person, texts: tuple[str, ...], *, tenant: str
) -> ModerationAnswer:
    """Scores texts by the model in use and flags them by the live policy; keeps nothing."""
    return moderate_like_openai(
        workbench.classifier, workbench.catalogue.policy, texts,
        person=person, tenant=tenant, detect=languages_at_once,
    )  # fmt: skip


def analyze(
    workbench: Workbench, person: Person, asked: AnalyzeRequest, *, tenant: str, keeps: bool
) -> AnalyzeAnswer:
    """Scores a comment; with `keeps` it is an item from now on, if it can be one."""
    # The item's text, where normalising changes nothing, is the one that was answered: ask once.
    classifier = RememberedScores(workbench.classifier)
    answer = analyze_like_perspective(classifier, asked, person=person, detect=languages_at_once)
    if keeps:
        _keep(workbench, classifier, person, asked, tenant)
    return answer


def suggest(
    workbench: Workbench, person: Person, asked: SuggestRequest, *, tenant: str
) -> SuggestAnswer:
    """Keeps a comment as an item, and the scores that somebody suggests for it.

    Raises DropInRequestError for a comment that cannot be an item.
    """
    item_id = _keep(workbench, workbench.classifier, person, asked, tenant)
    if item_id is None:
        raise unkeepable_comment()
    return suggest_like_perspective(
        workbench.space, asked, item_id, person=person, detect=languages_at_once
    )


def _keep(
    workbench: Workbench,
    classifier: Classifier,
    person: Person,
    asked: AnalyzeRequest | SuggestRequest,
    tenant: str,
) -> int | None:
    draft = comment_draft(asked)
    if draft is None:
        return None
    sent = sent_content(person, [(0, draft)], tenant=tenant, keeps_good=True)
    [found] = keep(workbench, [score_sent(workbench.space, classifier, workbench.catalogue, sent)])
    ids = list(found.rows) if isinstance(found, KeptContent) else []
    return ids[0] if ids else None
