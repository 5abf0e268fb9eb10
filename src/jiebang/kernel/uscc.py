"""Who an organisation is, by its registry.

Organisations in mainland China have a 统一社会信用代码 (GB 32100-2015): registering department (1 character),
category (1), administrative division (6 digits), organisation code (9, GB 11714-1997, the last one its own
check character), check character. All others have a country, a registry and a number there.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import ClassVar

from pydantic import ConfigDict

from jiebang.kernel.errors import Rule
from jiebang.kernel.malformed import malformed

ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
"""GB 32100's 31 characters: without I, O, S, V, Z, which look like others."""

_VALUE = {char: value for value, char in enumerate(ALPHABET)}
_SHAPE = re.compile(rf"[{ALPHABET}]{{2}}[0-9]{{6}}[{ALPHABET}]{{10}}")
_FIRST17 = re.compile(rf"[{ALPHABET}]{{17}}")
_ORG_WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)
_MOD_ORG = 11

USCC_INVALID = Rule(
    "uscc.invalid",
    zh="统一社会信用代码有误：应为 18 位，不含字母 I、O、S、V、Z，且末位校验码须相符。请对照证照逐位核对。",
    en="This is not a valid unified social credit code: it has 18 characters without the letters I, O, S, V "
    "and Z, and the last one must match the others. Compare it with the certificate.",
)
COUNTRY_UNKNOWN = Rule(
    "registry.country",
    zh="国家或地区代码应为 ISO 3166-1 的两位大写字母，例如 DE。",
    en="The country is a two-letter code in capitals (ISO 3166-1), for example DE.",
)
COUNTRY_HAS_USCC = Rule(
    "registry.uscc_required",
    zh="在中国内地登记的单位请填写统一社会信用代码，不使用境外登记号。",
    en="An organisation registered in mainland China gives its unified social credit code instead.",
)
REGISTRY_BLANK = Rule(
    "registry.blank",
    zh="请填写登记机关名称和登记号（各不超过 120 字）。",
    en="Give the registry's name and the number there, 120 characters at most each.",
)

# ISO 3166-1 alpha-2, officially assigned.
_ASSIGNED = (
    "AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT "
    "BV BW BY BZ CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH "
    "ER ES ET FI FJ FK FM FO FR GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT "
    "HU ID IE IL IM IN IO IQ IR IS IT JE JM JO JP KE KG KH KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS "
    "LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO MP MQ MR MS MT MU MV MW MX MY MZ NA NC NE NF NG NI "
    "NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW PY QA RE RO RS RU RW SA SB SC SD SE SG "
    "SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF TG TH TJ TK TL TM TN TO TR TT TV TW TZ UA UG "
    "UM US UY UZ VA VC VE VG VI VN VU WF WS YE YT ZA ZM ZW"
)
COUNTRIES = frozenset(_ASSIGNED.split())
_REGISTRY_MAX = 120


def normalise_uscc(text: str) -> str:
    """As people type it, made comparable: full-width to half-width, capitals, no spaces or hyphens."""
    return re.sub(r"[\s-]", "", unicodedata.normalize("NFKC", text)).upper()


def uscc_check_digit(first17: str) -> str:
    """The 18th character for the first 17 (GB 32100: weights 3^i, modulo 31). ValueError on another shape."""
    if not _FIRST17.fullmatch(first17):
        raise ValueError("the first 17 characters of a unified social credit code are needed")
    total = sum(_VALUE[char] * pow(3, i, 31) for i, char in enumerate(first17))
    return ALPHABET[-total % 31]


def is_valid_uscc(code: str) -> bool:
    """Whether `code` (normalised) has GB 32100's shape and check character.

    The organisation code inside is not asked to hold: see `organisation_code_holds`.
    """
    return bool(_SHAPE.fullmatch(code)) and uscc_check_digit(code[:17]) == code[17]


def organisation_code_check(first8: str) -> str:
    """The ninth character of an organisation code (GB 11714: weighted sum modulo 11; 10 is written X)."""
    if not re.fullmatch(r"[0-9A-Z]{8}", first8):
        raise ValueError("the first 8 characters of an organisation code are needed")
    total = sum(int(char, 36) * weight for char, weight in zip(first8, _ORG_WEIGHTS, strict=True))
    return "0123456789X"[-total % _MOD_ORG]


def organisation_code_holds(code: str) -> bool:
    """Whether characters 9-17 of a valid code also satisfy GB 11714.

    They do for public bodies and companies that were checked by hand; the standard for the whole code does
    not make it a condition, so a failure is a reason to look twice and never one to refuse.
    """
    return is_valid_uscc(code) and organisation_code_check(code[8:16]) == code[16]


@dataclass(frozen=True, slots=True)
class ForeignRegistryId:
    """A registration outside mainland China; Hong Kong, Macao and Taiwan have registries of their own."""

    __pydantic_config__: ClassVar[ConfigDict] = ConfigDict(extra="forbid")

    country: str
    registry: str
    number: str

    def __post_init__(self) -> None:
        for name in ("registry", "number"):
            text = " ".join(unicodedata.normalize("NFKC", getattr(self, name)).split())
            object.__setattr__(self, name, text)
            if not 0 < len(text) <= _REGISTRY_MAX:
                raise malformed(REGISTRY_BLANK)
        if self.country not in COUNTRIES:
            raise malformed(COUNTRY_UNKNOWN)
        if self.country == "CN":
            raise malformed(COUNTRY_HAS_USCC)
