"""Papers, queries and lexicons out of a small vocabulary, so that they meet often."""

from __future__ import annotations

from datetime import date, timedelta

from hypothesis import strategies as st

from bot.model import Paper
from bot.query import (
    After,
    Author,
    Before,
    Everything,
    Lexicon,
    Phrase,
    Query,
    Source,
    Tag,
    Word,
    conjunction,
    disjunction,
    negation,
    tag_slug,
)
from bot.query.syntax import FIRST_YEAR, LAST_YEAR, name_form, phrase_form, word_form

LEXICON = Lexicon.from_tables(
    {
        "rl": {"ko": "강화학습", "en": "reinforcement learning"},
        "long-context": {"ko": ["긴 컨텍스트", "긴 문맥"], "en": "long context"},
    },
    {
        "translations": {"보상 모델": ["reward model"], "환각": ["hallucination"], "문맥": ["context"]},
        "abbreviations": {"RL": ["reinforcement learning"]},
        "papers": {"GPT-4, flash attention": ["Reward Models"], "RL": ["Long Context"], "환각": ["Attention"]},
    },
    readable=lambda text: text.replace("$^3$", "³").replace("\\textit", ""),
)

PIECES = (
    "reward",
    "model",
    "Models",
    "FlashAttention-3",
    "flash",
    "attention",
    "LLaMA",
    "llama 2",
    "GPT-4",
    "gpt4",
    "3.5",
    "long-context",
    "long",
    "context",
    "R$^3$",
    "naïve",
    "the",
    "of",
    "RLHF를",
    "보상 모델",
    "보상모델을",
    "보상",
    "모델",
    "강화 학습",
    "강화학습",
    "환각",
    "과학 습득",
    "뇌",
    "뇌파",
    "긴 문맥",
    "학습하는",
    "큰",
    "の深層学習",
    "a/b",
    "x_y",
    "papers",
    "연구",
    "말고",
    "except",
    "2024",
    "2024-02-27",
    "2024.2.28",
    "27일부터",
    "February",
    "27th",
    "2월",
    "24년",
    "200만",
    "2 million",
    "2M",
    "천",
    "1,000",
    "since",
    "to",
    "arXiv",
    "don't",
    "β-VAE",
    "beta",
    "π0",
    "pi",
    "μP",
    "αβ",
    "ﬁne",
    "Ｆｕｌｌ",
    "2402.12374",
    "…",
    ",",
    ".",
    "\n",
    "é́",
    "İ",
    "ß",
)
NAMES = ("Zeyuan Allen-Zhu", "Sida I. Wang", "S. Wang", "Tri Dao", "Baptiste Rozière", "조경현", "OpenAI", "J. R. Doe")
TAGS = ("rl", "Long_Context", "long-context", "강화학습", "text2img", "3d", "c++", "—")
LINKS = (
    "https://arxiv.org/abs/2402.12374v2",
    "https://arxiv.org/pdf/2401.00001.pdf",
    "https://www.example.org/a/b/?q=1",
    "http://example.org/a/b?q=1#x",
    "not a link",
)
DAY = date(2024, 2, 27)

pieces = st.one_of(st.sampled_from(PIECES), st.text(max_size=4))
texts = st.lists(pieces, max_size=7).map(" ".join)
days = st.integers(-3, 3).map(lambda n: DAY + timedelta(days=n)) | st.dates(
    date(FIRST_YEAR, 1, 1), date(LAST_YEAR, 12, 31)
)

papers = st.builds(
    Paper,
    date=days,
    title=texts,
    authors=st.lists(st.sampled_from(NAMES), max_size=3).map(tuple),
    abstract=st.none() | texts,
    commentary=st.lists(texts, max_size=2).map(tuple),
    tags=st.lists(st.sampled_from(TAGS), max_size=3).map(tuple),
    links=st.lists(st.sampled_from(LINKS), max_size=2).map(tuple),
    source_url=st.none() | st.sampled_from(LINKS),
)

words = pieces.map(lambda text: word_form(text.split()[0] if text.split() else "")).filter(bool).map(Word)
phrases = texts.map(phrase_form).filter(bool).map(Phrase)
tags = st.sampled_from(TAGS).map(lambda tag: tag_slug(tag, LEXICON)).filter(bool).map(Tag)
authors = st.one_of(
    st.sampled_from(("Allen-Zhu", "Wang", "Sida Wang", "S Wang", "Dao Tri", "조경현", "J R Doe")), texts
)
names = authors.map(name_form).filter(bool).map(Author)
sources = st.sampled_from(("arxiv:2402.12374", "arxiv:2401.00001", "https://example.org/a/b?q=1")).map(Source)
leaves: st.SearchStrategy[Query] = st.one_of(
    words, phrases, tags, names, sources, days.map(After), days.map(Before), st.just(Everything())
)


def _branches(inner: st.SearchStrategy[Query]) -> st.SearchStrategy[Query]:
    several = st.lists(inner, min_size=1, max_size=3)
    return st.one_of(several.map(conjunction), several.map(disjunction), inner.map(negation))


queries: st.SearchStrategy[Query] = st.recursive(leaves, _branches, max_leaves=6)
"""Queries of every kind, in normal form."""

lines = st.one_of(
    st.text(max_size=60),
    st.lists(
        st.one_of(
            pieces,
            st.sampled_from(
                (
                    '"',
                    "(",
                    ")",
                    "-",
                    "|",
                    "or",
                    "OR",
                    "또는",
                    "#",
                    "#rl",
                    "tag:",
                    'tag:"a b"',
                    "author:Wang",
                    "author: ",
                    "after:2024-01",
                    "before:2024",
                    "after:x",
                    "이후:2024.2.3",
                    "*",
                    "NOT",
                    "AND",
                    "“",
                    "』",
                    "－",
                    "＃",
                    "：",
                    "https://arxiv.org/abs/2402.12374",
                    "http://a.b/c?",
                    "www.",
                    "[",
                    "]",
                )
            ),
        ),
        max_size=12,
    ).flatmap(lambda parts: st.sampled_from((" ", "")).map(lambda joint: joint.join(parts))),
)
"""Lines as a person, a cat or a fuzzer may type them."""
