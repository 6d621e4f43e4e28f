"""Who is who: phone, e-mail, credit code and company name in one form, so that the same is found again."""

from __future__ import annotations

import re
import unicodedata

import phonenumbers

from ...hooks.text import Text
from ..errors import Invalid, Problem

_ATOM = r"[a-z0-9!#$%&'*+/=?^_`{|}~-]+"
_LABEL = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
# RFC 5321 without quoted names; a domain of other letters is written as its `xn--` form.
_EMAIL = re.compile(rf"{_ATOM}(?:\.{_ATOM})*@(?:{_LABEL}\.)+{_LABEL}")
_CODE_LETTERS = "0123456789ABCDEFGHJKLMNPQRTUWXY"
# GB 32100-2015: weights 3^i mod 31 over the first 17 characters.
_CODE_WEIGHTS = [pow(3, i, 31) for i in range(17)]
_LEGAL_FORMS = re.compile(
    r"(股份有限公司|有限责任公司|集团有限公司|有限公司|股份公司|集团公司|分公司|公司|集团|厂|\bco\b|\bltd\b|\binc\b|\bllc\b|\bcorp\b)"
)
_WRITTEN = re.compile(r"[+(]?[\d\s()./+-]+", re.ASCII)
_EXTENSION = re.compile(r"\d\s*(转|分机|ext|x\s*\d|#)", re.IGNORECASE)
_DASHES = dict.fromkeys(map(ord, "‐‑‒–—―−·"), "-")
_MOBILE = re.compile(r"1[3-9]\d{9}", re.ASCII)
_NOISE = re.compile(r"[\s\W_]+")


def normal_phone(text: str) -> str:
    """Return a phone number in E.164, read as a Chinese one where no country is given.

    Raises Invalid for what is no possible number.
    """
    plain = unicodedata.normalize("NFKC", text).strip().translate(_DASHES)
    if _EXTENSION.search(plain):
        raise Invalid(
            [
                Problem(
                    "phone",
                    Text(
                        f"「{text}」带分机号；请只写总机，分机写进备注",
                        f"{text!r} has an extension: give the number alone, and the extension as a note",
                    ),
                )
            ]
        )
    number = _number(plain) if _WRITTEN.fullmatch(plain) else None
    if number is None:
        raise Invalid(
            [Problem("phone", Text(f"「{text}」不是电话号码，例：13812345678", f"{text!r} is no phone number"))]
        )
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def _number(text: str) -> phonenumbers.PhoneNumber | None:
    """Return a number that a country really has, all of its digits used; None for any other."""
    try:
        number = phonenumbers.parse(text, "CN")
    except phonenumbers.NumberParseException:
        return None
    national, country = phonenumbers.national_significant_number(number), str(number.country_code)
    digits = re.sub(r"\D", "", text)
    # Prefixes of carriers are dropped by the library: 12345 in front of half a number would make a whole one.
    if not digits.endswith(national) or digits.removesuffix(national) not in {
        f"{abroad}{trunk}" for abroad in ("", country, f"00{country}") for trunk in ("", "0")
    }:
        return None
    # New ranges of Chinese mobile numbers are in use before the library knows them.
    mobile = country == "86" and _MOBILE.fullmatch(national) is not None
    return number if mobile or phonenumbers.is_valid_number(number) else None


def normal_email(text: str) -> str:
    """Return an e-mail address in lower case. Raises Invalid for what is none.

    Full-width letters are what an input method makes of the same keys, so they stand for plain ones.
    """
    address = unicodedata.normalize("NFKC", text).strip().lower()
    if _EMAIL.fullmatch(address) and len(address.partition("@")[0]) <= 64:
        return address
    odd = next((one for one in address if not "!" <= one <= "~"), "")
    if not odd or "@" not in address:
        words = Text(f"「{text}」不是邮箱地址", f"{text!r} is no e-mail address")
    elif not odd.isprintable() or odd.isspace():
        words = Text(
            f"「{text}」不是邮箱地址：里面有空格或看不见的字符；请重新输入",
            f"{text!r} is no e-mail address: it holds a space or an unseen character",
        )
    else:
        words = Text(
            f"「{text}」不是邮箱地址：里面有「{odd}」；只能用英文字母、数字和 . _ - + 等符号",
            f"{text!r} is no e-mail address: it holds {odd!r}, and takes plain letters, digits and signs such as . _ - +",
        )
    raise Invalid([Problem("email", words)])


def normal_credit_code(text: str) -> str:
    """Return a unified social credit code (GB 32100-2015) in capitals. Raises Invalid on a wrong check digit."""
    code = unicodedata.normalize("NFKC", text).strip().upper().replace(" ", "")
    values = [_CODE_LETTERS.find(letter) for letter in code]
    if len(code) == 18 and -1 not in values:
        check = (31 - sum(v * w for v, w in zip(values, _CODE_WEIGHTS, strict=False)) % 31) % 31
        if values[17] == check:
            return code
    raise Invalid(
        [
            Problem(
                "credit_code",
                Text(
                    f"「{text}」不是有效的统一社会信用代码（18 位，最后一位是校验码）",
                    f"{text!r} is no unified social credit code (18 characters, the last one checks the rest)",
                ),
            )
        ]
    )


def name_key(name: str) -> str:
    """Return a company's name without case, width, punctuation and legal form: what stays tells it apart.

    Brackets are dropped with their content kept, so 恒锐精密（苏州）有限公司 and 苏州恒锐精密 come close.
    """
    plain = unicodedata.normalize("NFKC", name).lower()
    return _NOISE.sub("", _LEGAL_FORMS.sub("", plain)) or _NOISE.sub("", plain)
