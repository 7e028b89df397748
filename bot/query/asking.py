"""What a query asks for, without the words with which it asks (`recent papers on RLHF`)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Final

from bot.query.apart import apart
from bot.query.dates import alone, filtered, undated
from bot.query.endings import is_verb_ending, without_ending
from bot.query.expansion import FILLERS
from bot.query.lexicon import Lexicon
from bot.query.refusing import refusing
from bot.query.syntax import (
    And,
    Everything,
    Not,
    Or,
    Phrase,
    Query,
    Source,
    Word,
    canonical,
    conjunction,
    disjunction,
    negation,
    parts_of,
)


def _words(row: str) -> frozenset[str]:
    return frozenset(row.split())


_ASKING: Final = _words(
    """
    paper papers article articles recent latest newest please show find related
    논문 논문들 최신 최근 요즘 나온 발표된 찾고
    뭐 좀 그 관련해 관련해서 관련한 관해 대해서 논문좀 추천좀
    """
)
"""Words with which one asks for papers, at either end of a query."""
_TO_DO: Final = "(?:추천|설명|소개|정리|요약|검색|서술|기술|안내|정의)"
_REQUEST: Final = re.compile(
    rf"(?:알려|찾아|보여|가르쳐|가르켜|갈켜|갈쳐|골라|뽑아|(?:{_TO_DO}|말|얘기|이야기|논)(?:해|하여))(?P<helping>[주줘줄봐보볼].*)"
    rf"|(?:{_TO_DO}|논)(?:하시오|하십시오|하세요|하라|하여라|해라?|해요)"
    "|궁금[해하합한했함].{0,5}|알고싶.{1,5}|부탁(?:해요?|합니다|드려요?|드립니다|드릴게요)"
    "|(?:뭐|무엇)(?:이?(?:야|에요|죠|지요?|냐|니)|예요|임|인가요?|인지요?|인데요?|일까요?|입니까)"
    "|뭔(?:가요?|지요?|데요?)|뭘까요?|뭡니까"
    "|있(?:나요?|어요?|지요?|죠|니|냐|는지요|는가요|습니까|을까요?|을지요)"
)
"""Words that ask, in every polite and every short form (`알려주십시오`, `뭐죠`)."""
_HOW_COME: Final = _words("왜 어떻게 얼마나 뭐가 누가 어느게")
_WONDERING: Final = re.compile(
    "(?:하|되|생기|일어나|발생하|나타나|나오|그렇)(?:나요?|죠|지요?|냐|니|는지요?|는가요?|는거죠|는건가요?)"
    "|(?:할|될|생길|일어날|발생할|나타날|나올|그럴)까요?|(?:합|됩|생깁|일어납|발생합|나타납|나옵|그렇습)니까"
    "|나음|나아요?|나을까요?|낫(?:나요?|죠|지요?)|좋음|좋(?:나요?|죠|지요?|을까요?|은지요?)|다름|달라요?|다르(?:죠|지요?|나요?)|다른(?:가요?|지요?)"
    "|[해돼]요?|생겨요?|일어나요|나타나요|나와요?|그래요?|(?:그런|한|된|생긴)(?:가요?|지요?|거죠|건가요?)"
)
"""Verbs that ask no more than the word before them does (`왜 생기죠`)."""
_HAPPENING: Final = _words("work works happen happens occur occurs matter matters")
"""Verbs that ask no more than `why` and `how` do at the beginning (`why does dropout work`)."""
_WORK: Final = _words(
    "looking research study studies work works method methods technique techniques approach approaches"
)
"""Words that ask at the beginning where a small one follows (`methods for …`)."""
_BEFORE: Final = _words(
    """
    look looked looks search searching read reading reads learn know heard hear talk talks talking deal deals dealing
    say says new researched studied worked working write writes writing published publishing publications literature
    references refs anything something everything stuff
    """
)
"""The same where it says what about (`anything on …`)."""
_ABOUT: Final = _words("on about for into in up with regarding concerning")
"""Words that say it."""
_BEHIND: Final = _words(
    """
    연구 연구들 동향 기법 기법들 방법 방법들 방법론 다룬 다루는 다뤄진 하는 해 하지 하나요 선행 선행연구
    하는거 하는것 하는게 하는건 공개된 발행된 올라온
    literature references refs publications pls plz thanks asap lately published released
    """
)
"""Words that ask at the end (`… 연구`)."""
_WAY_OR_REASON: Final = _words("법 방법 이유")
"""The same behind a verb, where they may say something elsewhere (`학습하는 법`)."""
_SIGN: Final = re.compile(
    "(?:논문|문헌|참고문헌|레퍼런스|연구)(?:들?[을이은는도만]?|를|가|좀|있음|있나|으로)|관련(?:된|있는)?"
    "|(?:대|관|관련)(?:한|해|해서|해서는|해선|하여|하여서|하여는)"
)
"""The same in Korean, with what may be stuck to them, where nothing but asking follows."""
_BESIDE_A_TOPIC: Final = _ASKING | _WORK | _words("what how why")
"""Words that say nothing more beside a topic (`RLHF research`), but may beside anything else."""
_BEFORE_PAPERS: Final = _words("new best good interesting important 새 새로운")
"""Words that ask before one that asks (`new papers on …`), and may say something elsewhere."""
_AFTER_THAT: Final = _words(
    "study discuss explore investigate address use propose examine analyze cover describe introduce talk deal"
)
"""The same behind `papers` or `papers that`."""
_SMALL: Final = FILLERS | _words(
    """
    me us up out into where regarding concerning um uh so hi hey hello ok okay
    혹시 음 저기 안녕하세요 여기 요새 가장 제일 뭐가
    """
)
"""Words that ask nothing themselves and go with those that do."""
_OPENING: Final = _words(
    """
    i am im i'm i'd i've i'll we're what's who's want wanted need like love would trying give get got list pull point
    suggest recommend tell summarise summarize some few couple several main most key prior previous existing help top
    literature you're anyone someone good best new interesting important everything anything something
    """
)
"""Words before one that asks (`give me papers on …`), which by themselves may say something."""
_PAPERS_THAT: Final = _words(
    """
    good top 쪽 쪽에서 쪽으로 분야 분야에서 주제 주제로 그거 주요 유명한 좋은 괜찮은 꼭 읽을 읽어야
    볼 만한 할 한 쓴 새로 읽을만한 볼만한 참고할 얘기하는 이야기하는 설명하는
    """
)
"""Words that say nothing of papers where one that asks follows (`… 쪽 논문`)."""
_CLOSING: Final = _words(
    "i now today days start read cite include get got anything suggestions ideas archive worth reading"
)
"""The same behind one that asks (`… papers I should read`)."""
_CHATTING: Final = re.compile(
    "(?:추천|검색|소개|정리|요약|설명|공부|인용)[해하할].{0,8}"
    "|(?:알려|알고|알아|아시|보여|보고|찾|골라|뽑아|읽|궁금|부탁|있|없|싶|주[세시십실]|줘|줄|줬|도와|감사|고맙|필요|유명|좋은|좋을|만한"
    "|뭐|뭔|뭘|무엇|누가|누구|어디|몇|나온|발표된|[ㅠᅲㅜ]).{0,8}"
    "|[두세네다]|개|개만|편|편만|거|걸|것|게|할|수|써야|쓴|쪽|꼭|될|되는|하는데|한|이|그거|볼|새로|간단히|괜찮은"
)
"""The same in Korean (`… 논문 읽고 싶어요`)."""
_NEWEST: Final = _words("recent latest newest new 최신 최근 요즘 새 새로운")
"""Words that ask for what is new, where nothing else is said (`최신 논문`)."""
_FIRST: Final = _words("latest newest 최신")
"""The same where they say in which order, too (`RLHF 최신 논문`)."""
_ADDRESS: Final = _words("arxiv arxiv.org doi id abs pdf link url 아카이브 링크")
"""What stands beside an address and says that it is one (`arXiv 2402.12374`)."""
_AFTER_PAPERS: Final = _words("추천 자료 검색 목록 리스트")
"""The same behind one that asks or a small one (`… 논문 추천`, `… 관련 자료`)."""
_COMPARING: Final = _words("difference differences comparison comparisons compare comparing")
"""Words ahead of two things, which papers may compare without saying so (`difference between DPO and PPO`)."""
_COMPARED: Final = _words(
    "차이 차이점 비교 비교한 다른점 공통점 장단점 difference differences comparison comparisons compared"
)
"""The same behind them (`DPO와 PPO 차이`)."""
_OF_TWO: Final = re.compile(
    r"\b(?:and|vs|versus|between)\s|(?<!\S)및\s|(?:[a-z0-9]|[가-힣]{2})(?:와|과|이?랑|하고)\s", re.I
)
"""What stands between two things that are compared."""


def asked_for(query: Query, lexicon: Lexicon) -> Query:
    """The query without words that only ask, where others remain; filters stay, words that say a time alone become
    some, or that something is not wanted, and what was written together is `apart`. Doing it twice changes nothing.

    Where none remain and what is new was asked for, that is every paper: the newest come first.
    """
    return _settled(query, lexicon, lexicon.glossary.version)


def newest_first(query: Query, lexicon: Lexicon) -> bool:
    """Whether one asks for the newest papers on something first (`latest papers on RLHF`); nobody does who refuses
    them."""
    wanted = parts_of(refusing(query, lexicon))
    newest = [part for part in wanted if isinstance(part, Word) and without_ending(part.text) in _FIRST]
    return bool(newest) and not {*newest} & {*parts_of(asked_for(query, lexicon))}


@lru_cache(maxsize=1 << 10)
def _settled(query: Query, lexicon: Lexicon, _: int) -> Query:
    two = _OF_TWO.search(canonical(query)) is not None
    query = refusing(filtered(apart(refusing(query, lexicon), lexicon)), lexicon)
    while (fewer := _asked_for(query, lexicon, two=two)) != query:
        query = fewer  # `new research` asks, which is seen once what stood behind it is gone
    return alone(query)


def _asked_for(query: Query, lexicon: Lexicon, *, two: bool) -> Query:
    match query:
        case And(queries=queries) if any(isinstance(part, Phrase | Or) for part in queries):
            return query
        case Word() | And():
            parts = [_asked_for(part, lexicon, two=two) if isinstance(part, Not) else part for part in parts_of(query)]
            words = [part for part in undated(parts) if isinstance(part, Word)]
            others = [part for part in parts if part not in words]
            inner = _inner(words, lexicon, two=two)
            if any(not isinstance(part, Not) for part in others) and not _without(words, _ASKING, two=two):
                inner = ()  # `papers since 2024` are no papers on papers
            if any(isinstance(part, Source) for part in others):
                inner = [word for word in inner if word.text.casefold() not in _ADDRESS]
            if len(inner) == len(words):
                return conjunction(parts) if any(isinstance(part, Not) for part in parts) else query
            if inner or any(not isinstance(part, Not) for part in others):
                return conjunction((*inner, *others))
            return conjunction((Everything(), *others)) if _asks_for_newest(words) else conjunction(parts)
        case Or(queries=queries):
            return disjunction(_asked_for(part, lexicon, two=two) for part in queries)
        case Not(query=inner):
            refused = _asked_for(inner, lexicon, two=two)
            return query if isinstance(refused, Everything) else negation(refused)
        case _:
            return query


def _inner(words: Sequence[Word], lexicon: Lexicon, *, two: bool) -> Sequence[Word]:
    sure, perhaps = (_without(words, asking, two=two) for asking in (_ASKING, _BESIDE_A_TOPIC))
    if len(perhaps) == len(words):
        return words
    if not perhaps and _asks_for_newest(words):
        return ()
    for those in (words, sure):
        texts = [word.text for word in those]
        if texts and (lexicon.related_to(texts) or lexicon.translations_of(texts)):
            return those  # `deep research` is a topic itself
    return perhaps if perhaps and lexicon.related_to([word.text for word in perhaps]) else sure


def _are_names(texts: Sequence[str], compared: str) -> bool:
    """Whether words before a Korean one that compares are two Latin ones, as names are (`DPO PPO 차이`)."""
    return len(texts) == 2 and all(map(str.isascii, texts)) and not compared.isascii()


def _asks_for_newest(words: Sequence[Word]) -> bool:
    return any(word.text in _NEWEST for word in words)


def _requests(text: str) -> bool:
    found = _REQUEST.fullmatch(text)
    return found is not None and (not found["helping"] or is_verb_ending(found["helping"]))


def _without(words: Sequence[Word], asking: frozenset[str], *, two: bool) -> Sequence[Word]:
    """The words between those that ask and the small ones beside them; all where none asks. Words that compare ask
    where `two` things are named."""
    behind = asking | _BEHIND
    # Endings are taken from the words of the lists alone: `논문을`.
    listed = behind | _COMPARED
    texts = [bare if (bare := without_ending(word.text)) in listed else word.text for word in words]
    start, end, asks = 0, len(texts), False
    for at, text in enumerate(texts):
        before, follows = (texts[at - 1] if at else ""), (texts[at + 1] if at + 1 < end else "")
        if (
            text in asking
            or _requests(text)
            or (text in _WORK and follows in FILLERS)
            or (text in _BEFORE and follows in _ABOUT)
            or (text in _BEFORE_PAPERS and follows in asking)
            or (text == "추천" and follows == "좀")
            or (text in _COMPARING and at == start and not FILLERS.isdisjoint(texts[at + 2 : -1]))
            or (text in _AFTER_THAT and (before == "that" or before in asking) and asks and at == start)
        ):
            start, asks = at + 1, True
        elif text in _SMALL:
            start += start == at
        elif text not in _OPENING:
            break
    for at in reversed(range(start, len(texts))):
        text, before = texts[at], (texts[at - 1] if at > start else "")
        if (
            text in behind
            or (text in _WAY_OR_REASON and before.endswith("는"))
            or _SIGN.fullmatch(text)
            or (text in _COMPARED and at > start + 1 and (two or _are_names(texts[start:at], text)))
            or _requests(text)
            or (before in _HOW_COME and _WONDERING.fullmatch(text))
            or (text in _HAPPENING and texts[0] in ("why", "how") and at > start)
            or (text in _AFTER_PAPERS and (before in asking or before in FILLERS))
        ):
            end, asks = at, True
        elif text in _SMALL or (text in _PAPERS_THAT and asks):
            end -= end == at + 1
        elif text not in _CLOSING and not _CHATTING.fullmatch(text):
            break
    return words[start:end] if asks else words
