"""Korean particles and endings, and what is left of a word without them.

A word of a query loses its ending because the papers have the word with another one. The endings are not a list of
forms but a small grammar of them: particles follow each other (`에서` + `만큼` + `은`), and a noun becomes a verb by a
few stems (`하`, `되`, `시키`), to which every ending attaches (`하` + `려다가`).
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

from bot.query.hangul import abbreviation


def _any(words: str) -> str:
    return "(?:" + "|".join(sorted(words.split(), key=lambda word: (-len(word), word))) + ")"


_PARTICLE: Final = _any(
    """
    은 는 이 가 을 를 의 에 에게 께 께서 한테 에서 에게서 한테서 으로 로 으로서 로서 으로써 로써 와 과 이랑 랑 하고
    보다 처럼 같이 만큼 만치 대로 까지 부터 마다 조차 마저 밖에 이나 나 이나마 나마 이든 든 이든지 든지 이든가 든가
    이라도 라도 이야 야 이야말로 야말로 이라야 라야 은커녕 는커녕 커녕 치고 치고는 에다 에다가 더러 보고 뿐 도 만 요
    들 이며 며 이고 고 이라든지 라든지 이란 란 이라는 라는 이라고 라고 인즉 따라 따라서 끼리 씩 째 으로부터 로부터
    이자 쯤 깨나 이면 라면 이라면 엔 에선 에겐 론 으론 마냥 별 별로 내 간 라기보다 라기보다는 라기보단 라기에 라기에는
    라기엔 라서 이라서 이라기보다 이라기보다는 이라기보단 라면서 이라면서 인데 인데도 인지 인지를 인지는 인지도 인가
    인가를 일까 일지 일지도 임에도 이었 였
    """
)
_STEM: Final = _any(
    """
    하 해 했 하였 하여 한 할 함 합 되 돼 됐 되었 되어 된 될 됨 됩 시키 시켜 시켰 시킨 시킬 시킴 시킵 당하 당해 당했
    당한 당할 당함 받 받아 받았 받은 받을 받음 이 이었 였 입 스럽 스러 스러운 스러웠 롭 로운 로워 적 적인 적이 적일
    적으로 답 다운 거리 거려
    """
)
_VERB_ENDING: Final = _any(
    """
    다 고 고서 고서는 고도 고자 고는 고야 며 면 면서 면서도 면은 지 지는 지도 지를 지만 지마는 지라도 게 게끔 게도
    도록 는 는데 는데도 는지 는지를 는지는 는지도 는가 는가를 는구나 는바 던 던데 던지 던가 던가요 더 더니 더라 더라도
    더라면 더라고 데 데도 데다 데다가 니 니까 니깐 므로 으므로 거나 거든 거든요 거니와 건 건대 건만 길래 기 기는 기가
    기를 기로 기도 기만 기에 기에는 기엔 기의 기까지 기보다 기보다는 기보단 기조차 기마저 기야 기부터 려 려고 려는
    려다 려다가 려던 려면 려면은 려거든 려나 러 라 라고 라는 라도 라면 라서 라며 라기보다 라기보다는 라기보단 라기에
    라기에는 라기엔 라는데 라지만 라던가 라거나 란 자 자마자 자고 자는 자면 느라 느라고 다가 다가도 다가는 다시피 다는
    다고 다면 다며 다면서 다거나 다던 다지만 다기보다 다기보다는 다기에는 다손 다니 답니다 듯 듯이 듯한 들 든 든지
    든가 어 여 어서 여서 어도 여도 어야 여야 어야만 여야만 었 었다 었던 었는데 었고 었지만 었으며 었기에 었더니 었으나
    었을 었습니다 았 았다 았던 았는데 았고 았지만 았더니 서 서는 서도 서야 도 야 야만 야지 습니다 습니까 니다 군 군요
    네 네요 죠 지요 나 나요 냐 냐는 냐고 자니 진 질 지기 져 졌다 진다 을 을지 을까 은 은데 은지 음 으며 으면 으면서
    으나 으니 으니까 으려 으려고 으려면 으려다가 으로 으로써 으로서 세 소 구나 구려 ㄴ다 수록 수록이 을수록 만 만큼
    만한 만하다 것 것을 것이 거 걸 대로 뿐 쏜 바 바와 요 까 까요 까지 지언정 망정 지라 진대 자던 는지라 는다 는다고
    는다면 는군요 는걸 시오 십시오 으시오 으십시오 래 래요
    """
)
_ANY_VERB: Final = _any(
    """
    면서 면서도 으면서 으면서도 도록 는데 는데도 은데 던데 거나 려고 려면 려는 려다 려다가 려던 으려고 으려면 으려는
    으려다가 더라도 더라면 더니 느라 느라고 자마자 으므로 으니까 으며 습니다 습니까 었다 았다 었던 았던 었는데 았는데
    었지만 았지만 을수록 을지 을까 는지 는지를 는가
    """
)
"""Endings of verbs of any stem (`그리면서`), without those that a noun may seem to have (`이미지만`)."""
_BEFORE_ENDING: Final = "(?:으?(?:시|신|실|심|십|셨|셔|세)|겠|었|았|였)"
_HELPING: Final = "(?:주|줘|준|줄|줬|보|봐|본|볼|봤|버리|버려|버린|버릴|버렸|고싶|고있)"
"""Verbs that people write onto another one (`먹어보자`)."""
_DONE: Final = "(?:하여|해|되어|돼|시켜|받아|당해)"
_ENDING: Final = (
    rf"(?:{_PARTICLE}{{1,3}}|{_ANY_VERB}|들?{_STEM}{_VERB_ENDING}{{0,2}}|[인일임]"
    rf"|들?{_DONE}{_HELPING}{_BEFORE_ENDING}{{0,2}}{_VERB_ENDING}{{0,2}}"
    rf"|(?:함|됨|시킴|당함|받음){_PARTICLE}{{1,2}})"
)
_TAIL: Final = re.compile(rf"(?P<base>[가-힣]{{2,}}?){_ENDING}")
_ALONE: Final = re.compile(_ENDING)
_SHORT: Final = 2
"""Syllables of most nouns that become verbs."""
_PARTICLES: Final = re.compile(rf"{_PARTICLE}{{1,3}}")
_PASTS: Final = "".join(chr(code) for code in range(ord("가") + 20, ord("힣") + 1, 28))
"""The syllables that end in `ㅆ`."""
_VERBAL: Final = re.compile(
    ".+(?:죠|지요|하여[서도야]?|[하되으보주]시오|십시오|[줘봐][요라서도]?|[세셔어아해돼에예]요|[는을]지[를도는요]?|는데요?|는가요?|나요|까요"
    "|네요|군요|거든요?|니다|니까요?|면서도?|려고|려면|도록|느라|자마자|[해돼]서"
    rf"|[{_PASTS}](?:다|던|어요?|지만|는데요?))"
)
"""What ends as no noun does, nor a loan word."""
_FROM_A_NOUN: Final = re.compile("[하해했합되돼됐됩시]")
_UNFINISHED: Final = "(?:주|줬|보|봤|버리|버렸|싶|있|시|셨|겠|었|았|였)"
_OF_VERBS: Final = re.compile(
    rf"(?=.)(?!.*{_UNFINISHED}$)[아어여]?{_HELPING}?{_BEFORE_ENDING}{{0,3}}{_VERB_ENDING}{{0,3}}요?"
)


@lru_cache(maxsize=1 << 14)
def without_ending(run: str) -> str:
    """A row of syllables without its particles and endings, where two syllables at least remain. The letters of an
    abbreviation are no particles (`알엔엔`)."""
    spelt = abbreviation(run)
    if spelt and (spelt == run or is_ending(run[len(spelt) :])):
        return spelt
    found = _TAIL.fullmatch(run)
    return found["base"] if found else run


def is_ending(run: str) -> bool:
    """Whether a row of syllables is nothing but particles or an ending (`를` in `MCTS를`)."""
    return _ALONE.fullmatch(run) is not None


def is_particle(run: str) -> bool:
    """Whether a row of syllables is nothing but particles of nouns (`에서도`)."""
    return _PARTICLES.fullmatch(run) is not None


def is_verb_ending(run: str) -> bool:
    """Whether a row of syllables may follow the stem of a verb: endings, polite and past forms and helping verbs
    (`먹` + `어보시려면`)."""
    return _OF_VERBS.fullmatch(run) is not None


def is_verb_form(run: str) -> bool:
    """Whether a row of syllables has a regular ending that is found on verbs alone (`생기죠`). What is made of a noun
    of three syllables or more counts as that noun (`강화학습하는지`)."""
    bare = without_ending(run)
    from_noun = len(bare) > _SHORT and _FROM_A_NOUN.match(run, len(bare))
    return _VERBAL.fullmatch(run) is not None and not from_noun
