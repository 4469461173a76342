"""The discovery document of the two methods that stand in for Perspective API."""

from typing import Any

_TEXT = {"type": "string"}
_TEXTS = {"type": "array", "items": _TEXT}
_YES_NO = {"type": "boolean"}
_NUMBER = {"type": "number", "format": "float"}
_WHOLE = {"type": "integer", "format": "int32"}


def _ref(name: str) -> dict[str, str]:
    return {"$ref": name}


def _each(name: str) -> dict[str, Any]:
    return {"type": "object", "additionalProperties": _ref(name)}


_SCORE_TYPE = {
    "type": "string",
    "enum": ["SCORE_TYPE_UNSPECIFIED", "PROBABILITY", "STD_DEV_SCORE", "PERCENTILE", "RAW"],
}
_COMMENT: dict[str, Any] = {
    "comment": _ref("TextEntry"),
    "context": _ref("Context"),
    "languages": _TEXTS,
    "communityId": _TEXT,
    "sessionId": _TEXT,
    "clientToken": _TEXT,
}
_SCHEMAS: dict[str, dict[str, Any]] = {
    "TextEntry": {
        "text": _TEXT,
        "type": {"type": "string", "enum": ["TEXT_TYPE_UNSPECIFIED", "PLAIN_TEXT", "HTML"]},
    },
    "ArticleAndParentComment": {
        "article": _ref("TextEntry"),
        "parentComment": _ref("TextEntry"),
    },
    "Context": {
        "entries": {"type": "array", "items": _ref("TextEntry")},
        "articleAndParentComment": _ref("ArticleAndParentComment"),
    },
    "AttributeParameters": {"scoreType": _SCORE_TYPE, "scoreThreshold": _NUMBER},
    "Score": {"value": _NUMBER, "type": _SCORE_TYPE},
    "SpanScore": {"begin": _WHOLE, "end": _WHOLE, "score": _ref("Score")},
    "AttributeScores": {
        "summaryScore": _ref("Score"),
        "spanScores": {"type": "array", "items": _ref("SpanScore")},
    },
    "AnalyzeCommentRequest": {
        **_COMMENT,
        "requestedAttributes": _each("AttributeParameters"),
        "doNotStore": _YES_NO,
        "spanAnnotations": _YES_NO,
    },
    "AnalyzeCommentResponse": {
        "attributeScores": _each("AttributeScores"),
        "languages": _TEXTS,
        "detectedLanguages": _TEXTS,
        "clientToken": _TEXT,
    },
    "SuggestCommentScoreRequest": {**_COMMENT, "attributeScores": _each("AttributeScores")},
    "SuggestCommentScoreResponse": {
        "detectedLanguages": _TEXTS,
        "requestedLanguages": _TEXTS,
        "clientToken": _TEXT,
    },
}
#: Query parameters of every method; `key` is the API key.
_PARAMETERS = {
    name: {"type": "string", "location": "query"}
    for name in ("key", "alt", "fields", "quotaUser", "prettyPrint")
}


def discovery_document(root: str) -> dict[str, Any]:
    """The document for clients that reach us at `root`, which ends in a slash."""
    return {
        "kind": "discovery#restDescription",
        "discoveryVersion": "v1",
        "id": "commentanalyzer:v1alpha1",
        "name": "commentanalyzer",
        "version": "v1alpha1",
        "title": "Perspective Comment Analyzer API, answered by ModDesk",
        "protocol": "rest",
        "rootUrl": root,
        "baseUrl": root,
        "servicePath": "",
        "basePath": "",
        "batchPath": "batch",
        "parameters": _PARAMETERS,
        "schemas": {
            name: {"id": name, "type": "object", "properties": properties}
            for name, properties in _SCHEMAS.items()
        },
        "resources": {
            "comments": {
                "methods": {
                    "analyze": _method("analyze", "AnalyzeComment"),
                    "suggestscore": _method("suggestscore", "SuggestCommentScore"),
                }
            }
        },
    }


def _method(name: str, message: str) -> dict[str, Any]:
    path = f"v1alpha1/comments:{name}"
    return {
        "id": f"commentanalyzer.comments.{name}",
        "path": path,
        "flatPath": path,
        "httpMethod": "POST",
        "parameters": {},
        "parameterOrder": [],
        "request": _ref(f"{message}Request"),
        "response": _ref(f"{message}Response"),
    }
