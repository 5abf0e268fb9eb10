"""What a validation error says, in Chinese and English, keyed by pydantic's error types."""

from __future__ import annotations

from jiebang.kernel.errors import Rule

_SENTENCES: dict[str, tuple[str, str]] = {
    "missing": ("缺少此项。", "This field is required."),
    "extra_forbidden": ("没有这一项，请删除。", "This field does not exist; remove it."),
    "string_type": ("应为文本。", "Must be text."),
    "string_too_short": ("至少 {min_length} 个字符。", "Must have at least {min_length} characters."),
    "string_too_long": ("最多 {max_length} 个字符。", "Must have at most {max_length} characters."),
    "string_pattern_mismatch": ("格式不正确。", "Does not have the right format."),
    "string_nul": ("不能含有空字符（U+0000）。", "Must not contain the character U+0000."),
    "int_type": ("应为整数。", "Must be a whole number."),
    "int_parsing": ("应为整数。", "Must be a whole number."),
    "int_from_float": ("应为整数，不能有小数。", "Must be a whole number without a fraction."),
    "int_parsing_size": ("数字过大。", "The number is too large."),
    "float_type": ("应为数字。", "Must be a number."),
    "float_parsing": ("应为数字。", "Must be a number."),
    "finite_number": ("应为有限的数字。", "Must be a finite number."),
    "decimal_type": ("应为十进制数。", "Must be a decimal number."),
    "decimal_parsing": ("应为十进制数。", "Must be a decimal number."),
    "decimal_max_digits": ("最多 {max_digits} 位数字。", "Must have at most {max_digits} digits."),
    "decimal_max_places": (
        "小数最多 {decimal_places} 位。",
        "Must have at most {decimal_places} decimal places.",
    ),
    "greater_than": ("应大于 {gt}。", "Must be greater than {gt}."),
    "greater_than_equal": ("应不小于 {ge}。", "Must be at least {ge}."),
    "less_than": ("应小于 {lt}。", "Must be less than {lt}."),
    "less_than_equal": ("应不大于 {le}。", "Must be at most {le}."),
    "multiple_of": ("应为 {multiple_of} 的倍数。", "Must be a multiple of {multiple_of}."),
    "bool_type": ("应为 true 或 false。", "Must be true or false."),
    "bool_parsing": ("应为 true 或 false。", "Must be true or false."),
    "enum": ("只能取：{expected}。", "Must be one of: {expected}."),
    "literal_error": ("只能取：{expected}。", "Must be one of: {expected}."),
    "uuid_type": ("应为 UUID。", "Must be a UUID."),
    "uuid_parsing": ("不是有效的 UUID。", "Is not a valid UUID."),
    "uuid_version": ("UUID 的版本应为 {expected_version}。", "Must be a UUID of version {expected_version}."),
    "date_type": ("应为日期，如 2026-03-02。", "Must be a date such as 2026-03-02."),
    "date_parsing": ("应为日期，如 2026-03-02。", "Must be a date such as 2026-03-02."),
    "date_from_datetime_parsing": ("应为日期，如 2026-03-02。", "Must be a date such as 2026-03-02."),
    "date_from_datetime_inexact": ("应只有日期，没有时刻。", "Must be a date without a time of day."),
    "datetime_type": (
        "应为时刻，如 2026-03-02T09:00:00Z。",
        "Must be an instant such as 2026-03-02T09:00:00Z.",
    ),
    "datetime_parsing": (
        "应为时刻，如 2026-03-02T09:00:00Z。",
        "Must be an instant such as 2026-03-02T09:00:00Z.",
    ),
    "datetime_from_date_parsing": (
        "应为时刻，如 2026-03-02T09:00:00Z。",
        "Must be an instant such as 2026-03-02T09:00:00Z.",
    ),
    "timezone_aware": ("时刻须带时区。", "The instant must name its time zone."),
    "list_type": ("应为列表。", "Must be a list."),
    "tuple_type": ("应为列表。", "Must be a list."),
    "set_type": ("应为列表。", "Must be a list."),
    "frozen_set_type": ("应为列表。", "Must be a list."),
    "dict_type": ("应为对象。", "Must be an object."),
    "model_type": ("应为对象。", "Must be an object."),
    "model_attributes_type": ("应为对象。", "Must be an object."),
    "too_short": (
        "至少 {min_length} 项，现有 {actual_length} 项。",
        "Needs at least {min_length} items, has {actual_length}.",
    ),
    "too_long": ("最多 {max_length} 项。", "Allows at most {max_length} items."),
    "union_tag_not_found": (
        "缺少区分项 {discriminator}。",
        "The member {discriminator} must say which kind this is.",
    ),
    "union_tag_invalid": (
        "{discriminator} 只能取：{expected_tags}。",
        "{discriminator} must be one of: {expected_tags}.",
    ),
    "url_type": ("应为网址。", "Must be a URL."),
    "url_parsing": ("不是有效的网址。", "Is not a valid URL."),
    "url_scheme": ("网址应以 {expected_schemes} 开头。", "The URL must start with {expected_schemes}."),
    "json_invalid": ("不是有效的 JSON。", "Is not valid JSON."),
    "value_error": ("不是有效的值。", "Is not a valid value."),
    "none_required": ("应为空。", "Must be empty."),
}  # fmt: skip
_GENERIC = ("不是有效的值。", "Is not a valid value.")


def rule_for(error_type: str) -> Rule:
    """The rule of a pydantic error type (`field.string_too_long`); a generic sentence when unknown."""
    zh, en = _SENTENCES.get(error_type, _GENERIC)
    return Rule(f"field.{error_type}", zh, en)
