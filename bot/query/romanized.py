"""Korean names as their bearers write them in Latin letters: by rule, with the usual variants of each syllable. Pure.

Nobody is held to a rule: `경현` is Kyunghyun, Kyeonghyeon or Gyung Hyun. So a syllable is a pattern of its spellings,
and a name is one that its syllables' patterns match in a row. Family names are written in fewer and odder ways.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

from bot.query.hangul import is_syllable, parts


def _ways(table: str) -> tuple[str, ...]:
    """Spellings with `/` between them, those of one part after the other."""
    return tuple("|".join(ways.split("/")) for ways in table.split())


_LEADS: Final = _ways(
    "g/k/gh kk/gg/k/g n d/t dd/tt/d/t r/l m b/p/v bb/pp/b s/sh ss/s _ j/ch/z/c jj/j ch/c k/kh t p/ph h"
)
_VOWELS: Final = _ways(
    "a/ah ae/ai/e ya yae/ye eo/u/o/uh/eu e/ey yeo/you/yu/yo/ye/yeu ye/yea/ie o/oh wa oae/wae oe/oi/wey yo"
    " u/oo/ou/w/uh weo/wo/ueo we wi/wee/ui yu/yoo/you eu/u/ue/e ui/eui/i/ee/ie/eu i/ee/y/ea/ie/yi"
)
_TAILS: Final = _ways("_ k/g/ck/c k/g k/g n/nn n n t/d l/ll/r k/g m l l l l l m p/b p t t ng/n t t k t p h")
_SYLLABLES: Final = {
    "우": "woo|wu|u|oo|ou", "원": "won|weon|wone|one", "이": "i|yi|ee|lee|e", "의": "ui|eui|ee|i",
    "영": "young|yeong|yung|yong", "연": "yeon|youn|yun|yon|yeun", "여": "yeo|yo|yu|you", "희": "hee|hui|heui|hi|hie",
    "휘": "hwi|hui|whi|hwee", "경": "kyung|kyeong|gyeong|gyung|kyoung|gyoung|kyong",
    "현": "hyun|hyeon|hyoun|hyon|hyen", "형": "hyung|hyeong|hyoung|hyong", "승": "seung|sung|seng",
    "선": "sun|seon|son|sean", "성": "sung|seong|seoung|song|sang", "유": "yu|yoo|you|u|yoou", "윤": "yoon|yun|youn",
    "은": "eun|un|en|ehn|eunn", "준": "jun|joon|june|choon|chun|jhun|zoon", "주": "ju|joo|chu|choo|jou|jew",
    "수": "su|soo|sue|shu", "구": "gu|koo|goo|ku", "규": "kyu|gyu|kyoo|kyuu|q", "균": "gyun|kyun|kyoon",
    "율": "yul|yool|youl|ryul", "열": "yeol|youl|yul|yol", "린": "rin|lin|lynn|leen|rynn", "림": "rim|lim|reem",
    "란": "ran|lan", "라": "ra|la|rah|lah", "리": "ri|li|lee|ree", "령": "ryeong|ryung|lyung|ryoung",
    "량": "ryang|lyang", "래": "rae|lae|ray", "민": "min|minn|mean", "빈": "bin|been|vin|bean",
    "진": "jin|jean|gin|chin|zin|jeen|jinn", "신": "shin|sin|synn", "시": "si|shi|see", "식": "sik|shik|sick",
    "심": "shim|sim", "서": "seo|suh|so|su|sur", "소": "so|soh", "석": "seok|suk|sok|seog|sug",
    "섭": "seop|sup|seob|sub|sob", "혁": "hyuk|hyeok|hyeog|hyoek|hyouk", "헌": "heon|hun|hon|hurn",
    "훈": "hun|hoon|hoone", "환": "hwan|whan|fan", "화": "hwa|wha", "혜": "hye|hae|hey|hyae|hyea", "하": "ha|hah",
    "아": "a|ah", "애": "ae|ai|e", "예": "ye|yae|yea|yeh", "솔": "sol|sole|soul", "종": "jong|chong",
    "중": "jung|joong|chung|choong", "정": "jung|jeong|jong|chung|jeoung|joung|chong", "전": "jeon|jun|chun|chon",
    "재": "jae|jai|je|chae|jea|jay", "제": "je|jae|jay|che", "태": "tae|tai|te|tay", "대": "dae|dai|tae|de|day",
    "배": "bae|bai|pae", "철": "cheol|chul|chol|churl", "춘": "chun|choon", "창": "chang", "채": "chae|che|chai",
    "치": "chi|chee", "지": "ji|jee|gi|jie|chi|jhi", "기": "ki|gi|kee|khi|key", "길": "gil|kil",
    "근": "geun|keun|kun|gun|guen|keon", "건": "geon|gun|kun|keon|kon|gon", "권": "kwon|gwon|kwun",
    "광": "kwang|gwang", "관": "kwan|gwan", "국": "kuk|guk|kook|gook", "동": "dong|tong", "도": "do|doh|to",
    "두": "du|doo|tu", "덕": "deok|duk|dok|deog", "득": "deuk|duk", "상": "sang", "삼": "sam", "산": "san",
    "호": "ho|hoh", "홍": "hong", "만": "man", "문": "moon|mun", "미": "mi|mee|me", "명": "myung|myeong|myoung|myong",
    "범": "beom|bum|bom|peom", "병": "byung|byeong|byoung|pyung", "보": "bo|boh|po", "복": "bok|pok",
    "봉": "bong|pong", "슬": "seul|sul|seol", "세": "se|say|sei|seh", "새": "sae|se|sai", "순": "soon|sun",
    "숙": "suk|sook", "안": "an|ahn", "언": "eon|un|on|ern", "엽": "yeop|yup|yeob|yub", "오": "o|oh",
    "용": "yong|young", "욱": "wook|uk|ook|wuk|ouk", "운": "un|woon|oon|woun", "웅": "woong|ung|wung|oong",
    "월": "wol|weol", "익": "ik|ick|eek", "인": "in|inn|een|yin", "일": "il|ill|eel", "임": "im|lim|yim", "자": "ja",
    "장": "jang|chang", "찬": "chan", "택": "taek|tack|taik|teak|tag", "표": "pyo", "필": "pil|phil|peel",
    "학": "hak|hag", "한": "han|hahn", "해": "hae|hai|he|hay", "향": "hyang", "효": "hyo|hyoh", "후": "hu|hoo",
    "흥": "heung|hung", "흠": "heum", "가": "ga|ka|gah|kah", "나": "na|nah", "난": "nan", "남": "nam",
    "노": "no|noh|roh", "다": "da|dah", "달": "dal",
}  # fmt: skip
"""The syllables of most given names, in the ways that people write them; others by their parts."""
_FAMILIES: Final = {
    "김": "kim gim", "이": "lee yi rhee rhie", "박": "park pak bak", "최": "choi choe choy",
    "정": "jung jeong chung cheong joung", "강": "kang gang", "조": "cho jo joe", "윤": "yoon yun youn",
    "장": "jang chang zhang", "임": "lim im yim rim", "한": "han hahn", "오": "oh o", "서": "seo suh",
    "신": "shin sin", "권": "kwon gwon kweon", "황": "hwang whang", "안": "ahn an", "송": "song",
    "전": "jeon jun chun", "홍": "hong", "유": "yoo yu you ryu", "류": "ryu yoo yu", "고": "ko go koh",
    "문": "moon mun", "양": "yang", "손": "son sohn", "배": "bae pae", "백": "baek paik back paek baik",
    "허": "heo hur huh her", "남": "nam", "심": "shim sim", "노": "noh no roh ro", "하": "ha hah", "곽": "kwak gwak",
    "성": "sung seong", "차": "cha", "주": "joo ju chu choo", "우": "woo wu", "구": "koo gu ku goo", "나": "na nah ra",
    "라": "ra na", "민": "min", "진": "jin chin", "지": "ji jee chi", "엄": "um eom uhm", "채": "chae", "원": "won",
    "천": "cheon chun chon", "방": "bang pang", "공": "kong gong", "현": "hyun hyeon", "함": "ham hahm",
    "변": "byun byeon", "염": "yeom yum youm", "여": "yeo yuh", "추": "chu choo", "도": "do doh", "소": "so",
    "석": "seok suk", "선": "sun seon", "설": "seol sul", "마": "ma mah", "길": "gil kil", "연": "yeon youn",
    "위": "wi wee", "표": "pyo", "명": "myung myeong", "기": "ki gi kee", "반": "ban bahn", "왕": "wang",
    "금": "keum geum kum", "옥": "ok ock", "육": "yook yuk", "인": "in", "맹": "maeng", "제": "je jae", "모": "mo",
    "탁": "tak", "국": "kook kuk", "은": "eun", "편": "pyun pyeon", "용": "yong", "봉": "bong", "경": "kyung kyeong",
    "목": "mok", "사": "sa", "피": "pi", "두": "doo du", "감": "kam gam", "남궁": "namgoong namkung namgung",
    "황보": "hwangbo", "선우": "sunwoo seonwoo", "제갈": "jegal", "독고": "dokko dokgo", "사공": "sagong",
}  # fmt: skip
"""Family names, the usual spelling first."""


ANY_FAMILY: Final = frozenset(" ".join(_FAMILIES.values()).split())
"""All spellings of family names."""


def family_spellings(family: str) -> tuple[str, ...]:
    """The ways to write a family name, the usual one first; none where it is no family name."""
    return tuple(_FAMILIES.get(family, "").split())


@lru_cache(maxsize=1 << 6)
def given_pattern(given: str) -> re.Pattern[str]:
    """Matches a given name, in small letters without spaces and hyphens, that may be these syllables."""
    return re.compile("".join(f"(?:{_spellings(each)})" for each in given))


def usual_spelling(given: str) -> str:
    """One of the ways to write a given name, "" for syllables that hardly any has."""
    return "".join(_SYLLABLES.get(each, "").partition("|")[0] for each in given)


def family_and_given(name: str) -> tuple[str, str] | None:
    """The family and the given name of a Korean name, None where it is none."""
    if not 2 <= len(name) <= 4 or not all(map(is_syllable, name)):
        return None
    for size in (2, 1):
        if name[:size] in _FAMILIES and 1 <= len(name) - size <= 2:
            return name[:size], name[size:]
    return None


def _spellings(syllable: str) -> str:
    if usual := _SYLLABLES.get(syllable):
        return usual
    lead, vowel, tail = parts(syllable)
    return "".join(f"(?:{ways.replace('_', '')})" for ways in (_LEADS[lead], _VOWELS[vowel], _TAILS[tail]))
