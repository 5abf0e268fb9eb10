"""The refusals that HTTP itself knows. Slices declare theirs next to the code that raises them."""

from __future__ import annotations

from jiebang.kernel.actor import FORBIDDEN
from jiebang.kernel.errors import Rule

MALFORMED = Rule("request.malformed", "请求格式不正确。", "The request is malformed.")
MALFORMED_JSON = Rule("request.malformed_json", "请求正文不是有效的 JSON。", "The request body is not valid JSON.")
INVALID = Rule(
    "request.invalid", "有些内容不符合要求，请逐项更正。", "Some fields are not valid; correct each of them."
)
UNSTORABLE = Rule("request.unstorable", "请求中有无法保存的值。", "The request holds a value that cannot be stored.")
UNAUTHENTICATED = Rule("unauthenticated", "请先登录。", "Sign in first.")
NOT_FOUND = Rule("not_found", "没有此内容，或您无权查看。", "This does not exist, or you may not see it.")
METHOD = Rule("request.method", "此地址不支持该操作。", "This address does not support that method.")
NOT_ACCEPTABLE = Rule(
    "request.not_acceptable", "无法以所要求的格式回答。", "The answer cannot be given in that format."
)
CONFLICT = Rule(
    "conflict",
    "与已保存的内容冲突，未作任何更改；请刷新后重试。",
    "This conflicts with what is stored; nothing changed. Reload and try again.",
)
STALE = Rule(
    "stale",
    "此内容在您打开后已被更改，您的修改未保存；请刷新后重试。",
    "This changed after you opened it; your edit was not saved. Reload and try again.",
)
TOO_LARGE = Rule("request.too_large", "请求正文过大。", "The request body is too large.")
HEAD_TOO_LARGE = Rule("request.head_too_large", "请求头过大。", "The request's headers are too large.")
MEDIA_TYPE = Rule("request.media_type", "请求正文应为 application/json。", "The request body must be application/json.")
PRECONDITION_REQUIRED = Rule(
    "precondition_required",
    "修改前请先读取，并在 If-Match 中带上所得的 ETag。",
    "Read this first and send its ETag in If-Match.",
)
TOO_MANY = Rule("too_many", "操作过于频繁，请在 {seconds} 秒后重试。", "Too many requests; try again in {seconds} s.")
UNAVAILABLE = Rule(
    "unavailable",
    "系统暂时繁忙，操作未完成；请稍后重试。",
    "The service is briefly unavailable; nothing was changed. Try again soon.",
)
INTERNAL = Rule(
    "internal",
    "系统出错，已记录；联系我们时请提供请求编号。",
    "Something went wrong and was recorded; quote the request id when you contact us.",
)
CSRF = Rule(
    "csrf",
    "此请求并非来自本站页面，已被拒绝；请刷新页面后重试。",
    "This request did not come from our own page and was refused. Reload the page and try again.",
)
KEY_MISSING = Rule(
    "idempotency.key_missing",
    "缺少 Idempotency-Key 请求头。",
    "The Idempotency-Key header is missing.",
)
KEY_INVALID = Rule(
    "idempotency.key_invalid",
    "Idempotency-Key 应为 1 至 128 个可见 ASCII 字符。",
    "The Idempotency-Key must have 1 to 128 visible ASCII characters.",
)
KEY_REUSED = Rule(
    "idempotency.key_reused",
    "此 Idempotency-Key 已用于另一请求，未作任何更改。",
    "This Idempotency-Key was used for a different request; nothing changed.",
)
CURSOR_INVALID = Rule(
    "pagination.cursor_invalid",
    "分页标记无效，或不属于此查询；请从第一页开始。",
    "The cursor is not valid for this query; start from the first page.",
)

BY_STATUS = {
    400: MALFORMED,
    401: UNAUTHENTICATED,
    403: FORBIDDEN,
    404: NOT_FOUND,
    405: METHOD,
    406: NOT_ACCEPTABLE,
    409: CONFLICT,
    412: STALE,
    413: TOO_LARGE,
    415: MEDIA_TYPE,
    422: INVALID,
    428: PRECONDITION_REQUIRED,
    503: UNAVAILABLE,
}

TITLES = {
    400: ("请求有误", "Bad request"),
    401: ("未登录", "Not signed in"),
    403: ("无权操作", "Forbidden"),
    404: ("未找到", "Not found"),
    405: ("不支持该操作", "Method not allowed"),
    406: ("格式不支持", "Not acceptable"),
    409: ("操作被拒绝", "Refused"),
    412: ("内容已更改", "Changed meanwhile"),
    413: ("请求过大", "Too large"),
    415: ("类型不支持", "Unsupported media type"),
    422: ("内容不符合要求", "Not valid"),
    428: ("缺少前提条件", "Precondition required"),
    429: ("过于频繁", "Too many requests"),
    431: ("请求头过大", "Headers too large"),
    500: ("系统出错", "Internal error"),
    503: ("暂时不可用", "Unavailable"),
}
