"""Mapping templates (VTL) by which API Gateway words a call to an AWS service, and the service's answer to the caller.

What a caller sends is never pasted into a template's output as it is: it goes through `quoted`, `BODY` or
``$util.urlEncode``, which leave it no way to end the string or the value that it stands in.
"""

import json

BODY = "$input.json('$')"
"""The body as one JSON value: read and written anew, so that text after its end cannot become part of the call."""

_MISTAKE = "Bad request"
_BUSY = "Too many requests"
_FAILURE = "Bad gateway"


def quoted(expression: str) -> str:
    r"""Make text fit to stand between the quotes of a JSON string.

    ``escapeJavaScript`` also writes ``\'``, which JSON does not know (Variables for data transformations for API
    Gateway).
    """
    return rf"""$util.escapeJavaScript({expression}).replaceAll("\\'", "'")"""


def parameter(name: str) -> str:
    """Name a parameter of the path; a query string or a header of the same name does not stand in for it."""
    return f"$input.params().path.get('{name}')"


def document(caller: str) -> str:
    """Make the JSON text of the body, in a JSON string; with a caller, of both: ``{"caller": ..., "body": ...}``."""
    if not caller:
        return quoted(BODY)
    # The name is a string in a document in a string, so it is escaped twice.
    return f"""{{\\"caller\\":\\"{quoted(quoted(caller))}\\",\\"body\\":{quoted(BODY)}}}"""


def message(text: str) -> str:
    """Make an answer that says no more than its status."""
    return json.dumps({"message": text})


def refused() -> str:
    """Answer a service's 400: the caller's mistake, unless the service was asked too often or our role may not ask.

    Services say so within the same status; their own sentence, which may name accounts and ARNs, is not passed on.
    """
    too_often = _any_of("Throttl", "ThroughputExceeded", "LimitExceeded")
    our_doing = _any_of("AccessDenied", "NotFound", "NonExistent", "DoesNotExist", "KMS", "Kms")
    return (
        "#set($error = $input.body)\n"
        f'#if($error.matches("{too_often}"))\n'
        f"#set($context.responseOverride.status = 429)\n{message(_BUSY)}\n"
        f'#elseif($error.matches("{our_doing}"))\n'
        f"#set($context.responseOverride.status = 502)\n{message(_FAILURE)}\n"
        f"#else\n{message(_MISTAKE)}\n#end"
    )


def busy() -> str:
    """Answer a service's 429."""
    return message(_BUSY)


def failed() -> str:
    """Answer whatever else a service says: it is not the caller's doing."""
    return message(_FAILURE)


def put_events_answer() -> str:
    """Answer for PutEvents, which says 200 of an event that it did not take."""
    return (
        "#set($code = \"$!input.path('$.Entries[0].ErrorCode')\")\n"
        '#if("$!input.path(\'$.FailedEntryCount\')" == "0")\n'
        """{"id": "$input.path('$.Entries[0].EventId')"}\n"""
        '#elseif($code == "MalformedDetail" || $code == "InvalidArgument")\n'
        f"#set($context.responseOverride.status = 400)\n{message(_MISTAKE)}\n"
        '#elseif($code == "ThrottlingException")\n'
        f"#set($context.responseOverride.status = 429)\n{message(_BUSY)}\n"
        f"#else\n#set($context.responseOverride.status = 502)\n{message(_FAILURE)}\n#end"
    )


def get_item_answer() -> str:
    """Answer for GetItem, which says 200 of an item that is not there."""
    return (
        '#if("$!input.path(\'$.Item\')" == "")\n'
        f"#set($context.responseOverride.status = 404)\n{message('Not found')}\n"
        "#else\n$input.json('$.Item')\n#end"
    )


def _any_of(*words: str) -> str:
    """Make the pattern of an error, in JSON or XML, whose code has one of the words; its message does not count."""
    return f"(?s).*(__type|Code)[^,}}<]*({'|'.join(words)}).*"
