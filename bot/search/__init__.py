"""The search index over tantivy: the only home of that library. Derived from the store, rebuilt whenever it is lost."""

from bot.search.index import Index, Told, log_build, untold
from bot.search.lexicon_files import LexiconFiles, load_lexicon
from bot.search.results import Hit, Results, Suggestions
from bot.search.similar import Similar
from bot.search.trouble import SearchError, Stopped

__all__ = [
    "Hit",
    "Index",
    "LexiconFiles",
    "Results",
    "SearchError",
    "Similar",
    "Stopped",
    "Suggestions",
    "Told",
    "load_lexicon",
    "log_build",
    "untold",
]
