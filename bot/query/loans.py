"""How well a Hangul word is explained, letter by letter, as the loan of a Latin one.

`hangul.skeleton` finds the words that may be meant by their consonants alone; here each letter or group of letters has
the sounds with which Koreans write it, and what is left over on either side costs. Pure.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

from bot.query.hangul import parts

# A sound is one letter: E is ㅐ and ㅔ, V is ㅓ, N the ㅇ of a tail, q B T the tails ㄱ ㅂ ㅅ; the mute ㅡ is none.
_LEADS: Final = "ggnddlmbbss-jjcktph"
_TAILS: Final = "-qqqnnnTllllllllmBBTTNTTqTB-"
_VOWELS: Final = (
    "a", "E", "ya", "yE", "V", "E", "yV", "yE", "o", "wa", "wE", "wE", "yo", "u", "wV", "wE", "wi", "yu", "-", "i", "i",
)  # fmt: skip
_VOWEL: Final = "aEVoui"

_SPELLINGS: Final = """
a    a E Ei V.2 o.5 i.6 .7
al   ol Vl
age  iji ij Eiji
ai   Ei E.1 ai.2
ay   Ei E.1
ei   Ei ai i.2
ey   i Ei
au   o au.2
aw   o
air  EV
are  EV
e    E i V.2 .25 a.6
e$   E.3 i.3 V.4
er   V
ea   i E.1 Ei.3 iE.2
ee   i
eu   yu u
ew   yu u
i    i ai.1 y.1 .5 V.4 E.5
ie   i ai.1 iE.1
igh  ai
o    o a.25 V.1 ou.1 u.4 .6
oo   u o.5
oa   o
ou   au u V.1 o.2
ow   au o ou
oi   oi
oy   oi
u    u V yu a.2 i.6 w.1
ue   u yu
y    i ai y
w    w u.1 .4
wh   w h.3
wr   l
b    b B p.5
c    k q g.5
c+   s k.8
ch   c ci k q.2 si.2 s.3
che  si ci
ck   k q
cc   k q ks qs
cial sVl
tial sVl
d    d T.3 t.4
dge  j ji
f    p h.4 b.6
ph   p
g    g q k.6 j.7
g+   j g.4 q.6
ge   ji gE gi.2
gi   gi
gh   .1 g
gn   n.1
gu   g.1
h    h .7
j    j y.4
k    k q g.5
kn   n
l    l
m    m
mb   m
n    n N.4
ng   N Ng nj
nge  nji
nk   Nk Nq
p    p B b.5
ps   s.1
q    k q
qu   kw k.2
r    l
s    s j.1
sc   s
sh   s si swi c.6
shi  si
sion sVn jVn
tion sVn cVn
sure jV sV
ture cV
tu   cu
t    t T d.5 c.5
th   s t d j.4
tch  c ci
ts   c
v    b B p.5
x    ks qs gj.2 j.2 s.4
z    j s.4 c.4
"""
"""Letters, and the sounds with which Koreans write them, with what it costs that others are more usual. With a `+` are
those before `e`, `i` and `y`, with a `$` those at the end."""


def _priced(way: str) -> tuple[str, float]:
    said, _, tenths = way.partition(".")
    return said, float(f"0.{tenths or 0}")


_GRAPHEMES: Final = {
    letters: tuple(map(_priced, ways)) for letters, *ways in map(str.split, _SPELLINGS.strip().splitlines())
}
_LONGEST: Final = max(map(len, _GRAPHEMES))
_PALATAL: Final = re.compile("(?<=[sjc])y")
_VOWEL_LEFT: Final = 0.9
_CONSONANT_LEFT: Final = 1.2
"""What a sound or a letter costs that nothing explains."""
_INFINITE: Final = 99.0

_Way = tuple[int, str, float]
"""How many letters are written as which sounds, and what that costs."""


def unexplained(korean: str, word: str, most: float = _INFINITE) -> float:
    """How much of a Hangul word and of a Latin one in small letters is not explained by the other: 0 where all is, 1
    for about one sound. What is more than `most` is not found out."""
    sounds, most = _sounds(korean), min(most, _INFINITE - 1)
    # What the first letters and the first sounds cost at best.
    best = [[_INFINITE] * (len(sounds) + 1) for _ in range(len(word) + 1)]
    best[0][0] = 0.0
    for at, row in enumerate(best):
        ways = _ways(word[at : at + _LONGEST + 1]) if at < len(word) and min(row) <= most else ()
        for heard, cost in enumerate(row):
            if cost > most:
                continue
            if heard < len(sounds):
                row[heard + 1] = min(row[heard + 1], cost + _cost(sounds[heard]))
            for size, said, more in ways:
                if sounds.startswith(said, heard):
                    end = heard + len(said)
                    best[at + size][end] = min(best[at + size][end], cost + more)
    return best[-1][-1]


def _cost(sound: str) -> float:
    return _VOWEL_LEFT if sound in _VOWEL else _CONSONANT_LEFT


@lru_cache(maxsize=1 << 10)
def _sounds(korean: str) -> str:
    found: list[str] = []
    for each in korean:
        lead, vowel, tail = parts(each)
        found += (_LEADS[lead], _VOWELS[vowel], _TAILS[tail])
    return _PALATAL.sub("", "".join(found).replace("-", "").replace("ll", "l"))


@lru_cache(maxsize=1 << 12)
def _ways(letters: str) -> tuple[_Way, ...]:
    """How the first of some letters of a word may sound, one more than are ever written as one sound."""
    return (*_written(letters), *_mute(letters[0], letters[1:]))


def _written(letters: str) -> list[_Way]:
    sizes = range(1, min(_LONGEST, len(letters)) + 1)
    found = [(size, said, cost) for size in sizes for said, cost in _GRAPHEMES.get(letters[:size], ())]
    key = f"{letters}$" if len(letters) == 1 else f"{letters[0]}+" if letters[1] in "eiy" else ""
    if instead := _GRAPHEMES.get(key):
        return [(1, said, cost) for said, cost in instead] + [each for each in found if each[0] > 1]
    return found


def _mute(letter: str, rest: str) -> list[_Way]:
    """What a letter costs that is not heard."""
    if letter == "e" and rest in ("", "s", "d"):
        return [(1, "", 0.0)]
    if letter == "r" and rest[:1] not in (*"aeiouy",):
        return [(1, "", 0.0)]
    if letter == "s" and not rest:
        return [(1, "", 0.2)]
    if letter in "aeiouy":
        return [(1, "", _VOWEL_LEFT)]
    return [(1, "", 0.0 if rest[:1] == letter else _CONSONANT_LEFT)]
