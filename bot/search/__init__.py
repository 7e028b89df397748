"""The search index over tantivy: the only home of that library. Derived from the store, rebuilt whenever it is lost."""

from bot.search.index import Hit, Index, Results, Suggestions
from bot.search.lexicon_files import load_lexicon

__all__ = ["Hit", "Index", "Results", "Suggestions", "load_lexicon"]
