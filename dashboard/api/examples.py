"""Examples of answers for the OpenAPI document; a test compares them with what the API answers."""

from typing import Any

from dashboard.api.problems import ApiProblem, FieldProblem

_ITEM = "913344509036573978"
_POLICY = "913344500916092928"
_MODEL = "913344500899315712"
_JUDGED: dict[str, Any] = {
    "status": "flagged",
    "scores": {"toxicity": 0.62, "spam": 0.03},
    "verdict": "review",
    "overall": 0.62,
    "reasons": ["toxicity"],
    "agreement": 0.913,
    "queue": "review",
}
_KNOWN = {"position": 0, "id": _ITEM, "external_id": "comment-1001", "is_new": True}
_ROW = {
    **_JUDGED, "id": _ITEM, "external_id": "comment-1001", "author_id": "user-7", "title": None,
    "body": "you make me sick", "language": "en", "created_at": "2026-05-04T12:00:00Z",
}  # fmt: skip
_DECISION = {
    "decision_id": "7a3a0f0e-8f51-4a52-9a34-0d9f4f3f7f10", "outcome": "reject",
    "reasons": ["toxicity"], "note": None, "source": "human", "actor": "key:my-platform",
    "policy_version_id": _POLICY, "decided_at": "2026-05-04T12:10:00Z",
    "effective_at": "2026-05-04T12:15:00Z", "reverses_id": None,
}  # fmt: skip
_RULE = {
    "kind": "thresholds",
    "thresholds": {"toxicity": {"approve_below": 0.3, "reject_above": 0.9, "cites": None}},
    "overrides": [],
}
_VERSION = {
    "id": _POLICY, "name": "default", "number": 3, "mode": "live", "share": 1.0,
    "is_in_force": True, "model_version_id": _MODEL, "rule": _RULE,
    "created_at": "2026-05-01T09:00:00Z", "published_at": "2026-05-02T09:00:00Z",
}  # fmt: skip
_ESTIMATE = {"value": 0.91, "low": 0.87, "high": 0.94, "count": 412.0, "method": "wilson"}
_SIDE = {
    "verdicts": {"approve": 9_120, "review": 640, "reject": 240},
    "reviews_per_day": 21.3,
    "precision": _ESTIMATE,
    "recall": _ESTIMATE,
}

#: By operation and status.
ANSWERS: dict[str, dict[str, Any]] = {
    "health": {"200": {"status": "ok"}},
    "send_content": {
        "200": {"results": [{**_JUDGED, **_KNOWN}], "refused": [], "processing_time_ms": 71.4},
        "202": {"job_id": "913344777777777777", "accepted": [_KNOWN], "refused": []},
    },
    "many_items": {"200": {"items": [_ROW], "next_cursor": None}},
    "one_item": {
        "200": {
            **_ROW, "content_type": "text", "language_detected": False, "tags": ["comments"],
            "metadata": {"reports": 2}, "source": None, "thread_id": None,
            "ingested_at": "2026-05-04T12:00:01Z", "decisions": [_DECISION],
        }
    },
    "moderate_one": {"200": _DECISION},
    "moderate_many": {
        "200": {
            "batch_id": "2f6f2f3c-6d0a-4d0e-9f53-1f2b7c1f0c11", "decided_count": 1,
            "refused": [{"id": "7", "problem": "There is no such item."}],
        }
    },
    "stats": {
        "200": {
            "as_of": "2026-05-04T13:00:00Z", "since": "2026-05-03T13:00:00Z",
            "queues": [
                {"queue": "review", "waiting": 12, "overdue": 1, "claimed": 2,
                 "oldest": "2026-05-04T08:00:00Z"}
            ],
            "decisions_by_people": 35,
            "arrivals": [{"outcome": "approve", "source": "policy", "items": 9_120}],
            "automated_items": 9_360, "decided_items": 9_395,
        }
    },
    "many_policies": {"200": {"policies": [_VERSION]}},
    "one_policy": {"200": _VERSION},
    "preview": {
        "200": {
            "items": 10_000, "unscored": 0, "flips": 130, "flip_share": 0.013,
            "before": _SIDE, "after": _SIDE,
        }
    },
    "many_models": {
        "200": {
            "models": [
                {"name": "ensemble-1", "version": "1.0.0", "kind": "ensemble",
                 "labels": ["toxicity", "spam"], "digest": "9f2c" * 16, "is_in_use": True,
                 "is_installed": True}
            ]
        }
    },
    "one_job": {
        "200": {
            "id": "913344777777777777", "state": "running", "done": 400, "total": 1_000,
            "message": None, "started_at": "2026-05-04T12:00:00Z",
            "updated_at": "2026-05-04T12:00:05Z",
        }
    },
}  # fmt: skip

#: By status: what the API says in these cases.
PROBLEMS: dict[int, ApiProblem] = {
    400: ApiProblem(
        400, "The body is not valid JSON: unexpected end of data: line 1 column 6 (char 5)."
    ),
    401: ApiProblem(401, "The API key is unknown, revoked or expired."),
    403: ApiProblem(403, "The key my-platform lacks the scope decide."),
    404: ApiProblem(404, "There is no such item among the tenants that you see."),
    409: ApiProblem(
        409,
        "Nothing was kept: other content has the same external_id.",
        [FieldProblem(
            field="body", problem=f"differs from what is kept as comment-1001 (item {_ITEM})"
        )],
    ),
    413: ApiProblem(413, "The body has more than 24 MB. Send it in parts."),
    415: ApiProblem(415, "Send the body as application/json."),
    422: ApiProblem(
        422,
        "items[3].body: has 10,001 characters: at most 10,000",
        [FieldProblem(field="items[3].body", problem="has 10,001 characters: at most 10,000")],
    ),
    429: ApiProblem(
        429, "The key my-platform may send 600 requests a minute.", retry_after=12
    ),
    503: ApiProblem(
        503, "The store does not answer. Try again in a moment; nothing is saved twice.",
        retry_after=5,
    ),
}  # fmt: skip
