"""The query language as people use it."""

from __future__ import annotations

import unicodedata
from datetime import date

import pytest
import Stemmer

from bot.model import Paper
from bot.query import (
    After,
    And,
    Author,
    Before,
    Everything,
    Lexicon,
    Not,
    Nothing,
    Or,
    Parsed,
    Phrase,
    Query,
    Source,
    Tag,
    Word,
    asked_for,
    canonical,
    disjunction,
    expand,
    impossible,
    is_past,
    matches,
    nearest_tags,
    parse,
    parse_noted,
    parts_of,
    snippet,
    tag_slug,
    terms,
)
from bot.query.stems import APART, american, stem
from bot.query.terms import cores

LEXICON = Lexicon.from_tables(
    {
        "rl": {"ko": "강화학습", "en": "reinforcement learning"},
        "rlhf": {"ko": "인간 피드백 강화학습", "en": "reinforcement learning from human feedback"},
        "long-context": {"ko": ["긴 컨텍스트"], "en": "long context", "aliases": ["롱 컨텍스트"]},
    },
    {
        "translations": {"보상 모델, 상급 모델": ["reward model"], "환각, 환상": ["hallucination"]},
        "abbreviations": {"MoE": ["mixture of experts"], "TTS": ["text-to-speech", "test-time scaling"]},
        "synonyms": {"hallucination": ["confabulation"], "text-to-speech": ["speech synthesis", "voice synthesis"]},
        "shorthand": {"rew mod": ["reward model"], "halluc": ["hallucination"]},
    },
)

PAPER = Paper(
    date=date(2024, 2, 20),
    title="FlashAttention-3 for Reward Models",
    authors=("Zeyuan Allen-Zhu", "Sida I. Wang", "Baptiste Rozière", "조경현"),
    abstract="We train LLaMA 2 and GPT-4 with long-context data, what's next?",
    commentary=("보상모델을 학습하는 방법이군요.", "강화 학습에서의 할루시네이션과 뇌파."),
    tags=("RLHF", "long_context"),
    links=("https://arxiv.org/abs/2402.12374v1",),
    source_url="https://arxiv.org/abs/2402.00001",
)


def found(line: str, paper: Paper = PAPER, lexicon: Lexicon = LEXICON) -> bool:
    return matches(parse(line, lexicon), paper, lexicon)


# --- reading ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "query"),
    [
        ("보상 모델", And((Word("보상"), Word("모델")))),
        ('"a phrase"', Phrase("a phrase")),
        ("“a  phrase”", Phrase("a phrase")),
        ("#강화학습", Tag("rl")),
        ("tag:Reinforcement_Learning", Tag("rl")),
        ('tag:"long context"', Tag("long-context")),
        ("＃ｒｌ", Tag("rl")),
        ("태그:new_thing", Tag("new-thing")),
        ("author:Raffel", Author("raffel")),
        ('author:"Tri Dao"', Author("tri dao")),
        ("author: Rozière", Author("roziere")),
        ("after:2024", After(date(2024, 1, 1))),
        ("after:2024-02", After(date(2024, 2, 1))),
        ("before:2024.2.3", Before(date(2024, 2, 3))),
        ("-rlhf", Not(Word("rlhf"))),
        ("NOT rlhf", Not(Word("rlhf"))),
        ("--rlhf", Word("rlhf")),
        ('"reward ` model"', Phrase("reward model")),
        ("a or b", Or((Word("a"), Word("b")))),
        ("a | b", Or((Word("a"), Word("b")))),
        ("a 또는 b OR c", Or((Word("a"), Word("b"), Word("c")))),
        ("rlhf 혹은 moe", Or((Word("rlhf"), Word("moe")))),
        ("#(rlhf 혹은 moe)", Or((Tag("rlhf"), Tag("moe")))),
        ("a b or c", Or((And((Word("a"), Word("b"))), Word("c")))),
        ("a (b or c)", And((Word("a"), Or((Word("b"), Word("c")))))),
        ("（a or b） c", And((Or((Word("a"), Word("b"))), Word("c")))),
        ("-(a b)", Not(And((Word("a"), Word("b"))))),
        ("a AND b & a", And((Word("a"), Word("b")))),
        ("RLHF, rlhf!", Word("rlhf")),
        ("FlashAttention", Word("FlashAttention")),
        ("*", Everything()),
        ("* #rl", Tag("rl")),
        ("2402.12374", Source("arxiv:2402.12374")),
        ("arXiv:2402.12374v3", Source("arxiv:2402.12374")),
        ("https://arxiv.org/pdf/2402.12374v2.pdf", Source("arxiv:2402.12374")),
        ("(https://huggingface.co/papers/2402.12374)", Source("arxiv:2402.12374")),
        ("2402.12374v2.pdf", Source("arxiv:2402.12374")),
        ("abs/2402.12374", Source("arxiv:2402.12374")),
        ("10.48550/arXiv.2402.12374", Source("arxiv:2402.12374")),
        ("doi:10.48550/arXiv.2402.12374", Source("arxiv:2402.12374")),
        ("https://doi.org/10.48550/arXiv.2402.12374", Source("arxiv:2402.12374")),
        ("hep-th/9901001", Source("arxiv:hep-th/9901001")),
        ("openreview.net/forum?id=x", Source("https://openreview.net/forum?id=x")),
        ("node.js/react", Word("node.js/react")),
        ("http://www.Example.org/a/#b", Source("https://example.org/a")),
        ("https://arxiv.org/abs/cs/0112017", Source("arxiv:cs/0112017")),
        ("2024.12345", Word("2024.12345")),
        ("author:(Tri Dao)", Author("tri dao")),
        ("-author:(Tri Dao or Gu)", Not(Or((Author("tri dao"), Author("gu"))))),
        ("tag:(rlhf or 강화학습)", Or((Tag("rlhf"), Tag("rl")))),
        ("#(rlhf, moe)", Or((Tag("rlhf"), Tag("moe")))),
        ("author:  Dao", Author("dao")),
        ("#rlhf,#moe", And((Tag("rlhf"), Tag("moe")))),
        ("#rlhf#moe #rl", And((Tag("rlhf"), Tag("moe"), Tag("rl")))),
        ("c#code", Word("c#code")),
        ("rlhf,after:2024", And((Word("rlhf"), After(date(2024, 1, 1))))),
        ("`author:Dao`", Author("dao")),
        ("rlhf —#moe", And((Word("rlhf"), Not(Tag("moe"))))),
        ("–rlhf", Not(Word("rlhf"))),
        ("a — b", And((Word("a"), Word("b")))),
        ("since:2024-02", After(date(2024, 2, 1))),
        ("year:2024", And((After(date(2024, 1, 1)), Before(date(2025, 1, 1))))),
        ("연도:2024", And((After(date(2024, 1, 1)), Before(date(2025, 1, 1))))),
        ("authors:Raffel", Author("raffel")),
        ('by:"Tri Dao" -BY:Gu', And((Author("tri dao"), Not(Author("gu"))))),
        ("tags:rlhf", Tag("rlhf")),
        ("date:2024-03", And((After(date(2024, 3, 1)), Before(date(2024, 4, 1))))),
        ("date: 2024-12", And((After(date(2024, 12, 1)), Before(date(2025, 1, 1))))),
        ("날짜:2024-02-29", And((After(date(2024, 2, 29)), Before(date(2024, 3, 1))))),
        ("date:2024", And((After(date(2024, 1, 1)), Before(date(2025, 1, 1))))),
        ("date:2402", And((After(date(2024, 2, 1)), Before(date(2024, 3, 1))))),
        ("-date:2024", Not(And((After(date(2024, 1, 1)), Before(date(2025, 1, 1)))))),
        ("up to date: LLMs", And(tuple(map(Word, ("up", "to", "date", "llms"))))),
        ("after:2402", After(date(2024, 2, 1))),
        ("after:2024년", After(date(2024, 1, 1))),
        ("before:2024년5월", Before(date(2024, 5, 1))),
        ('이후:"2024년 5월 3일"', After(date(2024, 5, 3))),
        ("after:202405", After(date(2024, 5, 1))),
        ("date:2024Q2", And((After(date(2024, 4, 1)), Before(date(2024, 7, 1))))),
        ("연도:2024년", And((After(date(2024, 1, 1)), Before(date(2025, 1, 1))))),
        ("year:2023-2024", And((After(date(2023, 1, 1)), Before(date(2025, 1, 1))))),
        ("before:1706", Before(date(2017, 6, 1))),
        ("RLHF NOT DPO", And((Word("rlhf"), Not(Word("dpo"))))),
        ("WE DO NOT NEED THEM ALL NOW", And(tuple(map(Word, ("we", "do", "not", "need", "them", "all", "now"))))),
        ("#RLHF OR #MOE OR AUTHOR:HE", Or((Tag("rlhf"), Tag("moe"), Author("he")))),
        ("#(moe and rlhf)", And((Tag("moe"), Tag("rlhf")))),
        ("#(moe –rlhf)", And((Tag("moe"), Not(Tag("rlhf"))))),
        ("author:(Dao -Gu)", And((Author("dao"), Not(Author("gu"))))),
        ("author:(Dao, T. or Gu, A.-B.)", Or((Author("dao t"), Author("gu a b")))),
        ("author:(Tri Dao, Albert Gu)", Or((Author("tri dao"), Author("albert gu")))),
        ("", Nothing()),
        ("??? () or - # ...", Nothing()),
    ],
)
def test_a_line_is_read_as(line: str, query: Query) -> None:
    assert parse(line, LEXICON) == query


def test_what_cannot_be_understood_is_searched_as_it_stands() -> None:
    assert parse("after:soon", LEXICON) == Phrase("after:soon")
    assert parse_noted("after:soon", LEXICON).notes == ("date",)
    assert parse("rlhf before:maps", LEXICON) == And((Word("rlhf"), Phrase("before:maps")))
    assert parse('after:"last month"', LEXICON) == Phrase("after: last month")
    assert parse("before:2024-13", LEXICON) == Phrase("before:2024-13")
    assert parse("color:red", LEXICON) == Word("color:red")
    for line in (
        "after:2402.12",
        "before:0001",
        "after:9999",
        "year:2024-03",
        "after:(soon)",
        "date:soon",
        "date:2024-13",
        "date:2199",
        "after:2024년이후",
        "year:2024년5월",
    ):
        assert parse_noted(line, LEXICON).notes == ("date",)


@pytest.mark.parametrize(
    ("line", "named"),
    [
        ("title:diffusion", "title:"),
        ("제목:강화학습 rlhf", "제목:"),
        ('rlhf title:"attention is all you need"', "title:"),
        ("rlhf -Venue:NeurIPS", "Venue:"),
        ("sort:date order:desc (lang:ko or from:2023 to:2024) sort:x", "sort:, order:, lang:, from:, to:"),
        ("abstract:(a b)", "abstract:"),
    ],
)
def test_a_filter_that_there_is_not_is_noted(line: str, named: str) -> None:
    parsed = parse_noted(line, LEXICON)
    assert (parsed.notes, parsed.about("filter")) == (("filter",), named)
    assert parse(canonical(parsed.query), LEXICON) == parsed.query


@pytest.mark.parametrize(
    "line",
    [
        "Mamba: Linear-Time Sequence Modeling",
        "DPO: Direct Preference Optimization",
        "title: Attention Is All You Need",
        "제목: 강화학습",
        "From: here to: there",
        "Up to Date: 3D Generation",
        "subtitle:x",
        "C:\\papers",
        "https://a.b/title:x",
        "Inspired by: human memory",
        "Hash tags: topic modeling",
        "color:red 3:1 std::sort",
        '"title:x"',
    ],
)
def test_a_colon_in_a_text_is_not_taken_for_a_filter(line: str) -> None:
    parsed = parse_noted(line, LEXICON)
    assert parsed.notes == ()
    assert not [part for part in parts_of(parsed.query) if isinstance(part, Author | Tag)]


def test_unbalanced_marks_are_passed_over_and_noted() -> None:
    assert parse_noted('a (b "c', LEXICON) == parse_noted("a (b c", LEXICON)
    assert parse("a) b", LEXICON) == And((Word("a"), Word("b")))
    assert parse_noted("a) b", LEXICON).notes == ("brackets",)
    assert parse_noted('a -author:"Tri Dao', LEXICON) == Parsed(
        query=And((Word("a"), Not(Author("tri dao")))), notes=("brackets",)
    )


def test_the_canonical_form_is_one_for_all_ways_of_writing() -> None:
    ways = ("#강화학습 RLHF after:2024-01-01", "tag:RL  rlhf, after:2024", "＃rl (rlhf) 이후:2024.1")
    assert {canonical(parse(way, LEXICON)) for way in ways} == {"#rl rlhf after:2024"}


@pytest.mark.parametrize(
    ("line", "query"),
    [
        ("#state space model", Tag("state-space-model")),
        ("#State  Space", And((Tag("state"), Word("space")))),
        ("#state space model moe", And((Tag("state-space-model"), Word("moe")))),
        ("#state space model#moe", And((Tag("state-space-model"), Tag("moe")))),
        ("-#state space model", Not(Tag("state-space-model"))),
        ("#state space or moe", Or((And((Tag("state"), Word("space"))), Word("moe")))),
        ("#state -#space", And((Tag("state"), Not(Tag("space"))))),
        ("#state -space model", And((Tag("state"), Not(Word("space")), Word("model")))),
        ("(#state space model)", Tag("state-space-model")),
    ],
)
def test_a_known_tag_may_be_written_with_spaces(line: str, query: Query) -> None:
    lexicon = Lexicon.from_tables({"state-space-model": {"ko": "상태 공간 모델"}, "state": {}}, {})
    assert parse(line, lexicon) == query


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("", "empty"),
        ("!!!", "empty"),
        ("-*", "nothing"),
        ("#a -#a", "contradiction"),
        ("x (#a -#a)", "contradiction"),
        ("after:2024-07 before:2024-01", "dates"),
        ("after:2024-07 before:2024-07", "dates"),
        ("(#a -#a) or (#b -#b)", "contradiction"),
        ("(#a -#a) or #b", None),
        ("-#a -#b", None),
        ("after:2024-01 before:2024-07", None),
        ("*", None),
    ],
)
def test_the_impossible_is_told_by_a_code(line: str, code: str | None) -> None:
    assert impossible(parse(line, LEXICON)) == code


@pytest.mark.parametrize(
    "line",
    [
        "before:2024-05-10",
        "rlhf before:2023",
        "year:2023 diffusion",
        "after:2024-04-29 before:2024-05-06 rlhf",
        "before:2023 (rlhf or moe)",
        "(rlhf before:2023) or (moe before:2022)",
        "rlhf -after:2023",
        "-(after:2023 or moe)",
        "-(after:2023 after:2022)",
        "diffusion before 2023",
        "2022",
        "2021년부터 2023년까지 확산",
    ],
)
def test_a_query_for_a_time_that_is_over_alone_is_past(line: str) -> None:
    assert is_past(asked_for(parse(line, LEXICON), LEXICON), date(2024, 5, 10))


@pytest.mark.parametrize(
    "line",
    [
        "",
        "*",
        "rlhf",
        "before:2024-05-11",
        "year:2024 rlhf",
        "after:2023 rlhf",
        "rlhf or before:2023",
        "-before:2023",
        "-(after:2023 moe)",
        "diffusion 2022",
        '"before 2023"',
    ],
)
def test_a_query_that_a_paper_of_today_may_match_is_not_past(line: str) -> None:
    assert not is_past(asked_for(parse(line, LEXICON), LEXICON), date(2024, 5, 10))


@pytest.mark.parametrize("text", ["", "a b", "or", "#x", "-x", "RLHF", "2402.12374", "tag:x", "..."])
def test_a_tree_that_nobody_could_have_typed_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="normal form"):
        Word(text)


# --- terms --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("british", "there"),
    [
        ("optimisation", "optimization"),
        ("generalise", "generalizing"),
        ("tokenisers", "tokenizer"),
        ("modelling", "models"),
        ("unlabelled", "unlabeled"),
        ("behavioural", "behavioral"),
        ("analysed", "analyzing"),
        ("centre", "center"),
        ("centred", "centers"),
        ("dialogues", "dialog"),
        ("artefacts", "artifact"),
    ],
)
def test_what_britain_and_america_write_differently_is_one_word(british: str, there: str) -> None:
    assert terms(british) == terms(there)
    assert found(british, Paper(date=date(2024, 1, 1), title=f"On {there}"))


@pytest.mark.parametrize(
    ("form", "word"),
    [
        ("corpora", "corpus"),
        ("matrices", "matrix"),
        ("analyses", "analysis"),
        ("explanations", "explain"),
        ("attending", "attention"),
        ("WildBench", "benchmarks"),
        ("provers", "proofs"),
        ("classification", "classifiers"),
        ("sparsity", "sparse"),
        ("biases", "bias"),
        ("smaller", "small"),
        ("routers", "routing"),
        ("generalisation", "generalizable"),
        ("tokenisers", "tokenization"),
        ("extending", "extension"),
    ],
)
def test_forms_that_no_stemmer_brings_together_are_one_word(form: str, word: str) -> None:
    paper = Paper(date=date(2024, 1, 1), title=f"On {form}")
    assert found(word, paper)
    assert marked(word, paper) == ("title", [form])


@pytest.mark.parametrize(
    ("word", "other"),
    [
        ("optimizer", "Compute-Optimal Scaling"),
        ("optimizer", "Preference Optimization"),
        ("generalization", "Image Generation"),
        ("generation", "A General Method"),
        ("contrastive", "In Contrast to Others"),
        ("continual", "Continuous Tokens"),
        ("tokenizer", "A Trillion Tokens"),
        ("decoding", "Decoder-Decoder Architectures"),
        ("transform", "Transformers"),
        ("extension", "Extensive Experiments"),
        ("consistency", "What Consists of Parts"),
        ("reasoning", "For this Reason"),
        ("grounding", "Ground Truth"),
        ("positional", "Positive Samples"),
        ("specification", "Specific Cases"),
    ],
)
def test_words_of_another_sense_are_not_taken_for_forms(word: str, other: str) -> None:
    assert not found(word, Paper(date=date(2024, 1, 1), title=other))


def test_a_word_kept_apart_shares_its_stem_with_its_own_forms_alone() -> None:
    porter = Stemmer.Stemmer("porter")
    for word, forms in APART.items():
        assert {stem(form) for form in (word, *forms.split())} == {word}
        assert porter.stemWord(word) != word
        assert all(any(core in form for core in cores(word)) for form in (word, *forms.split()))


def test_what_only_looks_british_keeps_its_stem() -> None:
    assert terms("supervised") == terms("supervision")
    assert terms("precise") == terms("precision")
    for word in ("promising", "denoising", "comprises", "stepwise", "expertise", "analyses", "controller", "hours"):
        assert american(word) == word


def test_latin_words_are_stemmed_and_split_with_their_joined_form_kept() -> None:
    assert terms("Generating Models") == ["gener", "model"]
    assert terms("FlashAttention-3") == ["flashattention3", "flashattent", "flash", "attent", "3"]
    assert terms("LLMs' what's Rozière") == ["llm", "what", "rozier"]
    assert terms("GPT-3.5 1,000") == ["gpt3.5", "gpt", "3.5", "1000"]


@pytest.mark.parametrize(
    ("sign", "name"),
    [
        ("τ-bench", "tau-bench"),
        ("π0", "pi0"),
        ("π₀", "pi0"),
        ("π0.5", "pi0.5"),
        ("β-VAE", "beta-VAE"),
        ("μP", "muP"),
        ("\N{MICRO SIGN}P", "muP"),
        ("ϵ-greedy", "epsilon-greedy"),
        ("λ's returns", "lambda's returns"),
        ("ΔW", "DeltaW"),
        ("\N{MATHEMATICAL ITALIC SMALL SIGMA} reparam", "sigma reparam"),
    ],
)
def test_a_greek_letter_and_its_name_are_one_thing(sign: str, name: str) -> None:
    assert terms(sign) == terms(name)
    assert matches(parse(sign, LEXICON), Paper(date=date(2024, 1, 1), title=name), LEXICON)
    assert matches(parse(f'"{name}"', LEXICON), Paper(date=date(2024, 1, 1), title=sign), LEXICON)


def test_several_greek_letters_are_a_word_and_no_signs() -> None:
    assert terms("λόγος") == ["λογοσ"]
    assert terms("alpha") != terms("αβ")


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("tau-bench", ["τ-bench"]),
        ("tau", ["τ"]),
        ('"beta vae"', ["β-VAE"]),
        ("pi0", ["π₀"]),
        ("muP", ["µP"]),
        ("lambda returns", ["λ-returns"]),
    ],
)
def test_a_snippet_marks_the_greek_letters_that_were_asked_for_by_name(line: str, words: list[str]) -> None:
    text = "On τ-bench, a β-VAE beside π₀ with µP and λ-returns"
    cut = snippet(parse(line, LEXICON), Paper(date=date(2024, 1, 1), title="T", abstract=text), LEXICON)
    assert [cut.text[start:end] for start, end in cut.spans] == words


def test_hangul_becomes_pairs_of_syllables() -> None:
    assert terms("보상모델") == ["보", "보상", "~보상", "~상모", "모델", "~모델"]
    assert terms("보상모델에서") == ["보", "보상", "~보상", "~상모", "모델", "~모델", "~델에", "에서", "~에서"]
    assert terms("모델에서") == ["모", "모델", "~모델", "~델에", "에서", "~에서", "=모델"]
    assert terms("뇌") == ["뇌"]
    assert "~상모" in terms("보상 모델")
    assert "상모" not in terms("보상 모델")
    assert "~상모" not in terms("보상, 모델")


@pytest.mark.parametrize(
    ("line", "commentary", "expected"),
    [
        ("언어", "거대 언어모델은", True),
        ("모델", "거대 언어모델은", True),
        ("화학", "강화학습으로", False),
        ("기하", "이야기하고", False),
        ("속도", "추론속도", True),
        ('"화학"', "화학에서도", True),
        ('"화학"', "화학식", False),
        ("chemistry", "화학에서도", True),
        ("chemistry", "화학식", False),
        ("quantum", "양자화를", False),
        ("quantization", "양자화를", True),
    ],
)
def test_two_syllables_stand_at_an_edge_and_a_translation_is_a_whole_word(
    line: str, commentary: str, expected: bool
) -> None:
    lexicon = Lexicon.from_tables(
        {}, {"translations": {"화학": ["chemistry"], "양자": ["quantum"], "양자화": ["quantization"]}}
    )
    paper = Paper(title="On It", date=date(2024, 5, 9), commentary=(commentary,))
    assert matches(parse(line, lexicon), paper, lexicon) is expected


# --- deciding -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "line",
    [
        "reward modeling",
        "flash attention",
        "FlashAttention",
        "flashattention 3",
        "flash-attention",
        "llama",
        "LLaMA-2",
        '"llama 2"',
        "gpt4",
        "gpt-4",
        "GPT 4",
        '"long context data"',
        "보상 모델",
        "보상모델은",
        '"보상 모델"',
        "강화학습",
        "강화학습을",
        "할루시네이션",
        "뇌",
        "뇌파",
        "rozière",
        "ROZIERE",
        "allen-zhu",
        "author:allen-zhu",
        'author:"Sida Wang"',
        'author:"S. Wang"',
        "author:조경현",
        "#rlhf",
        "#long-context",
        "tag:긴_컨텍스트",
        "긴 컨텍스트",
        "after:2024-02-20",
        "before:2024-02-21",
        "-diffusion",
        "diffusion or reward",
        "*",
        "2402.12374",
        "arxiv:2402.00001",
        "the reward of models",
        "reward-model를",
        "model 학습 -video",
        "RLHF를 학습하기",
    ],
)
def test_the_paper_is_found_by(line: str) -> None:
    assert found(line)


@pytest.mark.parametrize(
    "line",
    [
        "diffusion",
        "reward diffusion",
        '"models reward"',
        '"attention reward"',
        '"for we"',
        "author:reward",
        "author:zhu-allen-x",
        'author:"Wang Rozière"',
        'author:"Z Wang"',
        "#rl",
        "#context",
        "after:2024-02-21",
        "before:2024-02-20",
        "-reward",
        "-*",
        "",
        "2402.99999",
        "뇌사",
        "파",
        "-(reward or diffusion)",
    ],
)
def test_the_paper_is_not_found_by(line: str) -> None:
    assert not found(line)


def test_a_translation_of_one_syllable_does_not_stand_for_words_that_begin_so() -> None:
    lexicon = Lexicon.from_tables({}, {"translations": {"표": ["table"], "큰": ["big"]}})
    said = Paper(title="Vision", date=date(2024, 1, 1), commentary=("표현 학습을 합니다. 더 큰 모델.",))
    assert not matches(parse("table", lexicon), said, lexicon)
    assert matches(parse("big", lexicon), said, lexicon)
    table = Paper(title="A Table", date=date(2024, 1, 1))
    assert matches(parse("표", lexicon), table, lexicon)


def test_a_word_of_two_syllables_does_not_reach_across_a_space() -> None:
    paper = Paper(date=date(2024, 1, 1), title="", commentary=("과학 습득",))
    assert not found("학습", paper)
    assert found("과학습득", paper)


@pytest.mark.parametrize(
    ("line", "finds"),
    [
        ("author:Ming-Wei Chang", True),
        ('author:"M.-W. Chang"', True),
        ('author:"M. Chang"', True),
        ('author:"W. Chang"', True),
        ('author:"MW Chang"', False),
        ('author:"M. Wei"', True),
        ('author:"W.-M. Chang"', True),
        ('author:"C. Chang"', False),
    ],
)
def test_a_first_name_with_a_hyphen_may_be_initials(line: str, *, finds: bool) -> None:
    assert found(line, Paper(date=date(2024, 1, 1), title="", authors=("Ming-Wei Chang",))) is finds


def test_a_phrase_of_two_syllables_may_have_a_space_between_them() -> None:
    paper = Paper(date=date(2024, 1, 1), title="", commentary=("LM이 더 큰 LM의 임베딩을",))
    assert found('"더 큰"', paper)
    assert found('"LM이 더 큰 LM의"', paper)
    assert not found('"더 큰 것"', paper)
    assert found('-"큰 더"', paper)


def test_translations_work_both_ways_and_as_phrases() -> None:
    english = Paper(
        date=date(2024, 1, 1), title="Scaling Reward Models", abstract="Hallucinations of a mixture-of-experts"
    )
    korean = Paper(date=date(2024, 1, 1), title="", commentary=("보상 모델의 환각",))
    for line in ("보상 모델", "보상모델을", "환각", "보상 모델 환각", "MoE", "mixture of experts"):
        assert found(line, english), line
    for line in ("reward model", "hallucinations", "Reward-Models", "상급 모델", "환상"):
        assert found(line, korean), line
    assert not found('"보상 모델"', english)
    assert not found("보상 모델", Paper(date=date(2024, 1, 1), title="A model without reward"))


def test_filler_words_are_passed_over_unless_they_are_all_there_is() -> None:
    assert expand(parse("the dpo vs ppo", LEXICON), LEXICON) == And((Word("dpo"), Word("ppo")))
    assert expand(parse("how should ppo be", LEXICON), LEXICON) == Word("ppo")
    assert expand(parse("왜 어떻게 ppo", LEXICON), LEXICON) == Word("ppo")
    assert expand(parse("the", LEXICON), LEXICON) == Word("the")
    assert expand(parse("the -ppo", LEXICON), LEXICON) == And((Word("the"), Not(Word("ppo"))))


def test_a_word_of_one_syllable_takes_no_word_that_is_known_from_its_translation() -> None:
    lexicon = Lexicon.from_tables({}, {"translations": {"트랜스포머": ["transformer"]}})
    known = disjunction((Word("트랜스포머"), Phrase("transformer")))
    assert expand(parse("싼 트랜스포머", lexicon), lexicon) == And((Word("싼"), known))
    assert expand(parse("트랜스포머 망", lexicon), lexicon) == And((known, Word("망")))
    apart = disjunction((And((Word("싼"), Word("트랜스퍼"))), Word("싼트랜스퍼")))
    assert expand(parse("싼 트랜스퍼", lexicon), lexicon) == apart


def test_a_filler_word_may_belong_to_a_name() -> None:
    lexicon = Lexicon.from_tables({}, {"translations": {"문맥 내 학습": ["in-context learning"], "분야": ["field"]}})

    def expanded(line: str) -> Query:
        return expand(parse(line, lexicon), lexicon)

    name = disjunction((And((Word("context"), Word("learning"))), Phrase("문맥 내 학습")))
    field = disjunction((Word("field"), Phrase("분야")))
    assert expanded("in context learning") == name
    assert expanded("in context learning in the field") == And((name, field))
    assert expanded("learning in context") == And((Word("learning"), Word("context")))
    assert expanded("the learning in the field") == And((Word("learning"), field))
    korean = Paper(date=date(2024, 1, 1), title="문맥 내 학습")
    assert matches(parse("in context learning", lexicon), korean, lexicon)


def test_a_word_that_is_cut_off_finds_what_its_word_finds_and_not_the_other_way_around() -> None:
    korean, short = (Paper(date=date(2024, 2, 20), title=title) for title in ("환각을 줄이는 방법", "A halluc bench"))
    for line in ("halluc", "HALLUC"):
        assert [matches(parse(line, LEXICON), paper, LEXICON) for paper in (korean, short)] == [True, True]
    assert [matches(parse("hallucination", LEXICON), paper, LEXICON) for paper in (korean, short)] == [True, False]
    assert matches(parse("rew mod", LEXICON), Paper(date=date(2024, 2, 20), title="보상 모델"), LEXICON)


def test_each_name_of_a_thing_finds_what_any_of_them_does() -> None:
    titles = ("Hallucinations", "A confabulation bench", "환각을 줄이는 방법", "Halluc")
    for line in ("hallucination", "confabulations", "환각", "halluc"):
        found = [matches(parse(line, LEXICON), Paper(date=date(2024, 2, 20), title=title), LEXICON) for title in titles]
        assert found == [True, True, True, line == "halluc"], line


def test_an_abbreviation_of_several_things_finds_all_their_names_and_joins_none_of_them() -> None:
    titles = ("Text-to-Speech", "Voice synthesis", "TTS", "Test-time scaling")
    asked = {
        "TTS": [True] * 4,
        "voice synthesis": [True, True, True, False],
        "test-time scaling": [False] * 2 + [True] * 2,
    }
    for line, wanted in asked.items():
        found = [matches(parse(line, LEXICON), Paper(date=date(2024, 2, 20), title=title), LEXICON) for title in titles]
        assert found == wanted, line


def test_latex_is_read_as_the_lexicon_reads_it() -> None:
    lexicon = Lexicon(readable=lambda text: text.replace("\\textit", "").replace("{", "").replace("}", ""))
    paper = Paper(date=date(2024, 1, 1), title=r"re\textit{ward}")
    assert matches(parse("reward", lexicon), paper, lexicon)
    assert not matches(parse("reward", Lexicon()), paper, Lexicon())


# --- tags ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("raw", "slug"),
    [
        ("#RL", "rl"),
        ("강화 학습", "rl"),
        ("Long_Context", "long-context"),
        ("longcontext", "long-context"),
        ("롱 컨텍스트", "long-context"),
        ("new__thing", "new-thing"),
        ("c++", "c++"),
        ("—", ""),
        ("한국어", "한국어"),
    ],
)
def test_a_tag_has_one_canonical_form(raw: str, slug: str) -> None:
    assert tag_slug(raw, LEXICON) == slug


@pytest.mark.parametrize(
    ("raw", "best"),
    [
        ("rl hf", "rlhf"),
        ("RLHF", "rlhf"),
        ("rlfh", "rlhf"),
        ("강화학습", "rl"),
        ("long contxt", "long-context"),
        ("롱컨텍스트", "long-context"),
        ("difusion", "diffusion"),
        ("rewards", "reward-model"),
    ],
)
def test_a_tag_that_somebody_meant_is_suggested(raw: str, best: str) -> None:
    known = ["rl", "rlhf", "long-context", "diffusion", "reward-model", "video"]
    assert nearest_tags(raw, known, LEXICON)[:1] == [best]


def test_nothing_is_suggested_for_noise() -> None:
    assert nearest_tags("xyzzy", ["rl", "rlhf", "video"], LEXICON) == []
    assert nearest_tags("!!!", ["rl"], LEXICON) == []


# --- the lexicon --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("tags", "glossary", "names"),
    [
        ({"RL": {}}, {}, "RL"),
        ({"rl": {"fr": "x"}}, {}, "fr"),
        ({"rl": {"ko": 3}}, {}, "ko"),
        ({"rl": "x"}, {}, "rl"),
        ({"rl": {"aliases": ["x"]}, "moe": {"aliases": ["X"]}}, {}, "moe"),
        ({}, {"words": {}}, "words"),
        ({}, {"translations": {"보상": []}}, "보상"),
        ({}, {"translations": {"보상": ["!"]}}, "보상"),
        ({}, {"translations": 3}, "translations"),
    ],
)
def test_a_wrong_table_is_one_clear_sentence_with_its_key(tags: dict, glossary: dict, names: str) -> None:  # type: ignore[type-arg]
    with pytest.raises(ValueError, match=names):
        Lexicon.from_tables(tags, glossary)


def test_of_spellings_that_differ_in_vowels_one_is_what_somebody_meant_who_typed_another() -> None:
    words = {"트랜스포머, 트렌스포머": ["transformer"], "관측, 관찰": ["observation"]}
    lexicon = Lexicon.from_tables({}, {"translations": words})
    assert lexicon.glossary.korean == ("트랜스포머", "관측", "관찰")
    assert lexicon.translations_of(["트렌스포머"]) == ("transformer", "트랜스포머")


def test_a_word_may_be_spelt_otherwise_within_a_phrase() -> None:
    lexicon = Lexicon.from_tables(
        {},
        {
            "translations": {
                "교차 어텐션": ["cross-attention"],
                "어텐션, 주의 집중, 어탠션": ["attention"],
                "셀프 어탠션": ["self-attention"],
            }
        },
    )
    for line in ("교차 어탠션", "교차어탠션을", "교차 어텐션"):
        assert found(line, Paper(title="Cross-Attention", date=date(2024, 1, 1)), lexicon), line
        assert found(line, Paper(title="교차 어텐션", date=date(2024, 1, 1)), lexicon), line
    assert lexicon.translations_of(("교차", "주의")) == ()
    assert lexicon.translations_of(("셀프", "어텐션")) == (), "only the usual spelling stands for the others"


def test_a_topic_leads_to_related_words_under_all_its_names() -> None:
    lexicon = Lexicon.from_tables(
        {"long-context": {"ko": "긴 문맥", "en": "long context"}},
        {"translations": {"효율, 효율성": ["efficiency"]}},
        {"efficiency, frugality": ["quantization"], "long context": ["RoPE"], "contexts, long": ["position"]},
    )
    assert lexicon.related_to(["efficiency"]) == lexicon.related_to(["frugality"]) == ("quantization",)
    assert lexicon.related_to(["효율성을"]) == ("quantization",)
    assert lexicon.related_to(["긴", "문맥"]) == lexicon.related_to(["long-contexts"]) == ("RoPE",)
    assert lexicon.related_to(["context"]) == ("position",)
    assert lexicon.related_to(["quantization"]) == lexicon.related_to([]) == ()


def test_words_of_two_meanings_lead_to_what_belongs_to_either() -> None:
    lexicon = Lexicon.from_tables(
        {},
        {"translations": {"추론": ["reasoning", "inference"], "효율화": ["efficiency"]}},
        {"inference efficiency": ["latency", "KV cache"], "reasoning efficiency": ["overthinking"]},
    )
    assert lexicon.related_to(["추론", "효율화"]) == ("overthinking", "latency", "KV cache")


@pytest.mark.parametrize(
    "related", [{"efficiency": []}, {"efficiency": 3}, {"efficiency": ["!"]}, {"efficiency, ": ["x"]}]
)
def test_a_wrong_line_of_related_words_is_one_clear_sentence_with_its_topic(related: dict) -> None:  # type: ignore[type-arg]
    with pytest.raises(ValueError, match=r"efficiency.*(was expected|nothing stands)"):
        Lexicon.from_tables({}, {}, related)


# --- snippets -----------------------------------------------------------------------------------------------


def marked(line: str, paper: Paper = PAPER, length: int = 160) -> tuple[str, list[str]]:
    cut = snippet(parse(line, LEXICON), paper, LEXICON, length)
    return cut.field, [cut.text[start:end] for start, end in cut.spans]


def test_a_snippet_marks_the_words_in_the_language_of_the_match() -> None:
    assert marked("보상 모델") == ("commentary", ["보상모델"])
    assert marked("long context") == ("abstract", ["long-context"])
    assert marked("flashattention") == ("title", ["FlashAttention"])
    assert marked("강화학습") == ("commentary", ["강화 학습"])


def test_a_snippet_is_readable_and_finds_words_that_latex_hides() -> None:
    lexicon = Lexicon(readable=lambda text: text.replace("\\emph{", "").replace("}", ""))
    paper = Paper(date=date(2024, 1, 1), title="", abstract=r"A re\emph{ward} for \emph{trees}")
    for line, words in (("reward", ["reward"]), ("trees", ["trees"])):
        cut = snippet(parse(line, lexicon), paper, lexicon)
        assert cut.text == "A reward for trees"
        assert [cut.text[start:end] for start, end in cut.spans] == words


@pytest.mark.parametrize(
    ("line", "text", "words"),
    [
        ("samples", "On the order of 10⁶ samples", ["samples"]),
        ("linear", "From O(n²) to linear in R³, where xᵢ² ≤ ½…", ["linear"]),
        ("xi2", "From O(n²) to linear in R³, where xᵢ² ≤ ½…", ["xᵢ²"]),
        ("fine tuning", "1…2… ﬁne tuning, ｆｉｎｅ tuning", ["ﬁne tuning", "ｆｉｎｅ tuning"]),
        ("보상 모델", "㎡ 보상 모델 ㎡", ["보상 모델"]),
        ("보상모델", "Ⅳ ｶﾞ 보상모델을", ["보상모델"]),
        ("갃", "가ㄳ 가ㄳ", ["가ㄳ 가ㄳ"]),
    ],
)
def test_a_snippet_shows_numbers_and_formulas_as_the_paper_does(line: str, text: str, words: list[str]) -> None:
    cut = snippet(parse(line, LEXICON), Paper(date=date(2024, 1, 1), title="T", abstract=text), LEXICON)
    assert cut.text == text
    assert [cut.text[start:end] for start, end in cut.spans] == words


def test_a_snippet_shows_decomposed_syllables_composed() -> None:
    text = unicodedata.normalize("NFD", "10⁶ 보상 모델 학습")
    cut = snippet(parse("모델 학습", LEXICON), Paper(date=date(2024, 1, 1), title="T", abstract=text), LEXICON)
    assert cut.text == "10⁶ 보상 모델 학습"
    assert [cut.text[start:end] for start, end in cut.spans] == ["모델 학습"]


def test_a_snippet_marks_no_phrase_whose_words_are_far_from_each_other() -> None:
    far = Paper(
        date=date(2024, 1, 1), title="T", abstract="Reward is one thing. " + "So it goes. " * 9 + "Model is another."
    )
    assert snippet(parse('"reward model"', LEXICON), far, LEXICON, 400).text.startswith("Reward")
    marked = snippet(parse('"reward model"', LEXICON), far, LEXICON, 400)
    assert [marked.text[start:end] for start, end in marked.spans] == ["Reward", "Model"]
    near = Paper(date=date(2024, 1, 1), title="T", abstract="Reward is one thing. A reward – model is another. Model.")
    marked = snippet(parse('"reward model"', LEXICON), near, LEXICON, 400)
    assert [marked.text[start:end] for start, end in marked.spans] == ["reward – model"]


def test_a_snippet_without_a_match_is_the_beginning_of_the_commentary() -> None:
    cut = snippet(parse("#rlhf", LEXICON), PAPER, LEXICON)
    assert (cut.text, cut.spans) == (PAPER.commentary[0], ())
    assert snippet(Everything(), Paper(date=date(2024, 1, 1), title="T"), LEXICON).text == "T"


def test_a_long_text_is_cut_around_its_best_window_at_word_ends() -> None:
    text = "filler " * 100 + "reward alone " + "filler " * 50 + "a reward model here " + "filler " * 100
    cut = snippet(
        parse("reward diffusion model", LEXICON), Paper(date=date(2024, 1, 1), title="", abstract=text), LEXICON, 100
    )
    assert cut.text.startswith("…filler")
    assert cut.text.endswith("filler…")
    assert len(cut.text) <= 102
    assert [cut.text[a:b] for a, b in cut.spans] == ["reward model"]
