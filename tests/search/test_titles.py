"""Who types a name gets the paper that has it, before those that speak of it most."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from bot.query import Lexicon, matches, parse
from bot.search import Index
from tests.search.test_index import stored

LEXICON = Lexicon.from_tables(
    {},
    {
        "translations": {
            "맘바": ["mamba"],
            "세그먼트 애니씽": ["segment anything", "SAM"],
            "확산": ["diffusion"],
            "클립": ["CLIP"],
            "달리": ["DALL-E"],
        },
        "papers": {
            "CLIP": ["Learning Transferable Visual Models From Natural Language Supervision"],
            "DALL-E 2, unCLIP": ["Hierarchical Text-Conditional Image Generation with CLIP Latents"],
        },
    },
)
OFTEN = "mamba mamba DINOv2 DINOv2 segment anything segment anything SAM SAM denoising diffusion probabilistic models"
ARCHIVE = (
    stored(1, "Mamba: Linear-Time Sequence Modeling", day="2023-12-01", abstract="mamba"),
    stored(2, "Segment Anything", day="2023-04-01", abstract="SAM"),
    stored(3, "DINOv2: Learning Robust Features", day="2023-05-01"),
    stored(4, "Denoising Diffusion Probabilistic Models", day="2020-06-01", abstract="DDPM"),
    stored(
        5, "Learning Transferable Visual Models from Natural Language Supervision.", day="2021-02-01", tags=("vlm",)
    ),
    stored(6, "Hierarchical Text-Conditional Image Generation with CLIP Latents", day="2022-04-01"),
    stored(7, "CLIP: CLIP is Seldom Enough", day="2023-07-01", abstract="CLIP robustness, DALL-E 2, unCLIP, DALL-E 2"),
    *(
        stored(n, f"More on DDPM and Mamba {n}", day="2024-01-01", abstract=f"{OFTEN} DDPM {OFTEN}")
        for n in range(10, 22)
    ),
)


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Index]:
    with Index.open(tmp_path_factory.mktemp("index"), LEXICON, archive="a") as opened:
        opened.apply(ARCHIVE, 1)
        yield opened


@pytest.mark.parametrize(
    ("line", "paper"),
    [
        ("segment anything", 2),
        ("Segment-Anything", 2),
        ('"segment anything"', 2),
        ("SAM", 2),
        ("세그먼트 애니씽", 2),
        ("mamba", 1),
        ("mamba 논문", 1),
        ("맘바", 1),
        ("mamba after:2023", 1),
        ("DINOv2", 3),
        ("dino-v2", 3),
        ("denoising diffusion probabilistic model", 4),
        ("DDPM", 4),
        ("CLIP", 5),
        ("clip 논문", 5),
        ("클립", 5),
        ("클립은", 5),
        ("CLIP 2021", 5),
        ("clip #vlm", 5),
        ("clip -robustness", 5),
        ("달리 2", 6),
        ("dall-e 2", 6),
        ("DALL·E 2", 6),
        ("dalle2", 6),
        ("unclip", 6),
        ("CLIP or transformers", 5),
        ("unclip or DINOv2", 6),
        ("(세그먼트 애니씽 or 클립) after:2022", 2),
    ],
)
def test_the_paper_that_has_the_name_comes_first(index: Index, line: str, paper: int) -> None:
    assert index.search(parse(line, LEXICON), limit=3).hits[0].paper_id == paper


def test_the_name_is_known_where_it_stands_alone(index: Index) -> None:
    """Who says more asks for what is said, of which the paper known by the name need not speak."""
    assert [hit.paper_id for hit in index.search(parse("CLIP robustness", LEXICON), limit=1).hits] == [7]
    assert matches(parse("CLIP", LEXICON), ARCHIVE[4].paper, LEXICON)
    for line in ("CLIP robustness", "robustness (CLIP OR mamba)", "CLIP after:2022", "CLIP -#vlm", "image generation"):
        assert not matches(parse(line, LEXICON), ARCHIVE[4].paper, LEXICON), line


def test_each_side_of_an_or_stands_alone(index: Index) -> None:
    found = index.search(parse("segment anything or CLIP or DDPM", LEXICON), limit=5).hits
    assert [hit.paper_id for hit in found[:3]] == [2, 5, 4]
    assert matches(parse("CLIP OR mamba", LEXICON), ARCHIVE[4].paper, LEXICON)


def test_where_the_paper_is_not_there_nothing_is_lost(index: Index) -> None:
    found = index.search(parse("CLIP after:2022", LEXICON), limit=3)
    assert {hit.paper_id for hit in found.hits} == {6, 7}


def test_only_if_it_has_all_that_is_asked_for(index: Index) -> None:
    for line in ("mamba after:2024", "mamba -linear-time", "SAM DDPM"):
        assert not {1, 2, 3} & {hit.paper_id for hit in index.search(parse(line, LEXICON), limit=20).hits}


def test_pages_have_each_paper_once_in_the_order_of_their_scores(index: Index) -> None:
    query = parse("mamba", LEXICON)
    whole = index.search(query, limit=20)
    pages = [index.search(query, limit=5, offset=at).hits for at in (0, 5, 10)]
    assert [hit.paper_id for page in pages for hit in page] == [hit.paper_id for hit in whole.hits]
    assert len({hit.paper_id for hit in whole.hits}) == whole.total == 13
    assert [hit.score for hit in whole.hits] == sorted((hit.score for hit in whole.hits), reverse=True)
