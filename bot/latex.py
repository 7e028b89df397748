r"""LaTeX in titles, abstracts and commentary, made into what a person would write in plain Unicode.

`readable` changes only what is certainly LaTeX, or certainly a formula that a web page printed twice: prices,
file paths, shell variables, regular expressions and addresses look like LaTeX too and stay as they are written.

The work is split so: here, what is LaTeX at all (one scan for commands and dollar signs); pylatexenc, what a formula
or a symbol means; here again, the sentence around it. Over 600 lines, for markup, typography and repair go over a text
together until none of them changes it: whoever alters one has to see what the others make of it.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any, Final

READABLE_VERSION: Final = 1
"""Raised with every change of what `readable` gives, for the terms of the index are made of that."""
_PASSES: Final = 6
_LONGEST_FORMULA: Final = 600
"""Characters; what is longer is not a formula inside a sentence."""

# One sign at least of each kind of LaTeX: one scan for them saves the dear ones below, which most texts do not need.
# A scan is fast where its pattern begins with a set of letters.
_MAY_BE_TYPED: Final = re.compile(r"`|''|~\(|\.~")
_DOUBLED_SIGN: Final = r"(?<=[⋆∗∞≈∼∝≤≥±→×])|(?<=%)[\d<>∼~≈+−-]|(?<=\d\.)\d+\.\d|(?<=\()[A-Z]{6}"
_MAY_BE_DOUBLED: Final = re.compile(rf"[⋆∗∞≈∼∝≤≥±→×%.(](?:{_DOUBLED_SIGN})")
_TRIGGER: Final = re.compile(
    rf"[\\$`'~⋆∗∞≈∼∝≤≥±→×%.(-](?:(?<=[\\$`])|(?<=')'|(?<=~)\(|(?<=\.)~|(?<=-)-|{_DOUBLED_SIGN})"
)
_URL: Final = r"(?:https?://|www\.)[^\s{}\"<>\\`가-힣]+"


def readable(text: str) -> str:
    """Write `text` without LaTeX. Never raises; `readable(readable(x)) == readable(x)`.

    One pass can uncover LaTeX that was written inside LaTeX, so passes repeat until nothing changes; text that
    keeps changing is no text that a person wrote, and is returned as it came.
    """
    if not _TRIGGER.search(text):
        return text
    settled = text
    for _ in range(_PASSES):
        after = _repair(_typography(_markup(settled)))
        if after == settled:
            return settled
        settled = after
    return text


# --- markup: commands, accents, formulas --------------------------------------------------------------------


def _names(words: str) -> frozenset[str]:
    return frozenset(words.split())


_WRAPPERS: Final = _names(
    "text textbf textit textsl textsc textsf texttt textrm textmd textup textnormal emph underline "
    "uline mbox mathbf mathit mathsf mathrm mathtt bm boldsymbol textsuperscript textsubscript fbox"
)
_SWITCHES: Final = r"it|bf|em|tt|sc|rm|sf|sl|itshape|bfseries|scshape|ttfamily|sffamily|slshape|small|large|normalfont"
_SILENT: Final = _names("label vspace hspace nocite index")
_VERBATIM: Final = _names("url path nolinkurl")
_BARE: Final = _names("xspace noindent newline footnotemark maketitle protect")
_FORMULAS: Final = _names(
    "frac dfrac tfrac nicefrac sqrt mathcal mathbb mathscr mathfrak hat bar tilde vec dot ddot check "
    "breve acute grave overline widehat widetilde operatorname binom unicode"
)
_WORDS: Final = {
    "textbackslash": "\\",
    "textasciitilde": "~",
    "textasciicircum": "^",
    "textunderscore": "_",
    "ldots": "…",
    "dots": "…",
    "LaTeX": "LaTeX",
    "TeX": "TeX",
    "eg": "e.g.",
    "ie": "i.e.",
    "etal": "et al.",
}

_SIGN: Final = re.compile(r"[\\${}~:\shw](?:(?<=[\\${}~])|(?<=[hw])(?:ttp|ww\.)|(?<=:)\\|(?<=\s)\\f)")
"""Where `_START` may match: cheaper to look for than to try everything at every letter."""
_START: Final = re.compile(
    rf"(?P<url>{_URL})"
    r"|(?P<path>(?<!\w)[A-Za-z]:\\[^\s{}$]*|(?<!\S)\\\\\w[\w.-]*\\[^\s{}$]*)"
    rf"|(?P<switch>\{{\\(?:{_SWITCHES})(?![A-Za-z])[ \t]*)"
    r"|(?P<group>\{\\(?P<inner>[A-Za-z]+|[\"'`^~=.][ ]?[A-Za-z]|[\"'`^~=.]\{[A-Za-z]\}|[Hcdkruv]\{[A-Za-z]\})[ ]*\})"
    r"|(?P<accent>\\(?:[\"'`^~=.]|[Hcdkruv](?=\{))(?:\{(?P<braced>\\?[A-Za-z])\}|(?P<letter>[A-Za-z])))"
    r"|(?P<display>\\[(\[])"
    r"|(?P<cite>~?\\(?:[A-Za-z]*cite[A-Za-z]*|(?:auto|eq|page|[cC])?ref)\*?(?=[\[{]))"
    r"|(?P<href>\\href\{)"
    r"|(?P<footnote>\s?\\footnote\{)"
    r"|(?P<macro>\\(?P<name>[A-Za-z]+)\*?)"
    r"|(?P<escape>\\[%&_#$])"
    r"|(?P<comma>(?<=\d)\{,\}(?=\d))"
    r"|(?P<thin>(?<=\w)\\[,;:](?=[\w\\])|(?<=[.:,;])\\(?=[ ])|(?<=[A-Za-z}])~(?=\\[A-Za-z]+\{))"
    r"|(?P<other>\\.)"
    r"|(?P<dollar>\$\$?)"
    r"|(?P<close>\})",
    re.DOTALL,
)


def _markup(text: str) -> str:
    if "\\" not in text and "$" not in text:
        return text
    return _Markup(text).plain()


class _Markup:
    """One pass over one text, left to right. A wrapper such as `\\emph{` goes together with its own closing brace."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.braces = _matching_braces(text)
        self.closing: dict[int, str] = {}
        self.last_end = -1

    def plain(self) -> str:
        out: list[str] = []
        done = position = 0
        while sign := _SIGN.search(self.text, position):
            start = sign.start() - sign[0].startswith(":")  # of a path is the letter before it
            found = _START.match(self.text, start) if start >= done else None
            if found is None:
                position = sign.start() + 1
                continue
            out.append(self.text[done : found.start()])
            replacement, position = self.replace(found) or (found.group(), found.end())
            self.last_end = done = position
            out.append(replacement)
        out.append(self.text[done:])
        return "".join(out)

    def replace(self, found: re.Match[str]) -> tuple[str, int] | None:
        """What stands for the match, and where to go on; None where it is not certainly LaTeX."""
        text, end = self.text, found.end()
        match found.lastgroup:
            case "close":
                return (self.closing.pop(found.start()), end) if found.start() in self.closing else None
            case "escape":
                return found.group()[1], end
            case "comma":
                return ",", end
            case "thin":
                return ("" if text.startswith(" ", end) else " "), end
            case "dollar":
                return self.dollars(found)
            case "display":
                close = text.find("\\)" if text[end - 1] == "(" else "\\]", end, end + _LONGEST_FORMULA)
                return self.certain_formula(end, close, close + 2)
            case "switch":
                return self.unwrap(found.start(), end)
            case "group":
                return self.group(found)
            case "accent":
                return self.accent(found)
            case "cite":
                return self.cite(found)
            case "href":
                return self.href(end - 1)
            case "footnote":
                return self.unwrap(end - 1, end, before=" (", after=")")
            case "macro":
                return self.macro(found)
        return None

    def unwrap(self, brace: int, end: int, *, before: str = "", after: str = "") -> tuple[str, int] | None:
        close = self.braces.get(brace)
        if close is None:
            return None
        self.closing[close] = after
        return before, end

    def argument(self, brace: int) -> str | None:
        """The text between a brace and its partner, where it is short enough to be an argument."""
        close = self.braces.get(brace)
        return self.text[brace + 1 : close] if close is not None and close - brace <= _LONGEST_FORMULA else None

    def macro(self, found: re.Match[str]) -> tuple[str, int] | None:
        text, end, name = self.text, found.end(), found["name"]
        if text.startswith("{", end):
            if name in _VERBATIM:
                address = self.argument(end)
                return None if address is None else (address.strip(), end + len(address) + 2)
            if name in _WRAPPERS:
                return self.unwrap(end, end + 1)
            if name in _SILENT:
                silent = self.argument(end)
                return None if silent is None else ("", end + len(silent) + 2)
            if name in _FORMULAS:
                while (part := self.argument(end)) is not None and text[end] == "{":
                    end += len(part) + 2
                formula = _formula(text[found.start() : end]) if end - found.start() <= _LONGEST_FORMULA else None
                return None if formula is None else (formula, end)
        if name in _BARE:
            return "", end
        before = text[found.start() - 1 : found.start()]
        inside_word = before.isascii() and before.isalpha() and self.last_end != found.start()
        if (inside_word or len(name) < 2) and not text.startswith("{}", end):
            # `src\times` is a folder and `\n` a line feed.
            return None
        symbol = _symbol(name)
        if symbol is None:
            return None
        if text.startswith("{}", end):
            end += 2
        elif (name == "textbackslash" and text.startswith(" ", end)) or (
            symbol.endswith(".") and text.startswith(".", end)
        ):
            end += 1
        return symbol, end

    def group(self, found: re.Match[str]) -> tuple[str, int] | None:
        inner = found["inner"]
        symbol = _symbol(inner) if inner.isalpha() else _accented(inner[0], inner[1:])
        return None if symbol is None else (symbol, found.end())

    def accent(self, found: re.Match[str]) -> tuple[str, int] | None:
        mark, braced, letter = found.group()[1], found["braced"], found["letter"]
        if braced is None:
            # Without braces it may be an escaped quotation mark: only inside a word, and only where no English
            # contraction ends in it (`it\'s`, `we\'re`).
            start, end = found.span()
            inside_word = start > 0 and self.text[start - 1].isalpha()
            if not inside_word or mark in "=." or not (letter in "aeiouyAEIOUY" or self.text[end : end + 1].isalpha()):
                return None
            if mark == "'" and letter in "lrc":
                return None
        symbol = _accented(mark, braced or letter)
        return None if symbol is None else (symbol, found.end())

    def cite(self, found: re.Match[str]) -> tuple[str, int] | None:
        options = _OPTIONS.match(self.text, found.end())
        brace = options.end() if options else found.end()
        keys = self.argument(brace) if self.text.startswith("{", brace) else None
        if keys is None or not re.fullmatch(r"[\w:.,/+ -]+", keys):
            return None
        before = self.text[found.start() - 1 : found.start()]
        space = " " if found.group().startswith("~") and not before.isspace() else ""
        return f"{space}[{', '.join(key.strip() for key in keys.split(','))}]", brace + len(keys) + 2

    def href(self, brace: int) -> tuple[str, int] | None:
        address = self.argument(brace)
        if address is None or not self.text.startswith("{", brace + len(address) + 2):
            return None
        label = brace + len(address) + 2
        shown = self.argument(label)
        known = shown is not None and address.partition("://")[2].rstrip("/") in shown
        return self.unwrap(label, label + 1, after="" if known else f" ({address})")

    def dollars(self, found: re.Match[str]) -> tuple[str, int] | None:
        fence, end = found.group(), found.end()
        close = end
        while True:
            close = self.text.find(fence, close, end + _LONGEST_FORMULA)
            if close < 0 or self.text[close - 1] != "\\":
                return self.certain_formula(end, close, close + len(fence))
            close += 1

    def certain_formula(self, start: int, close: int, end: int) -> tuple[str, int] | None:
        text = self.text
        if close <= start:
            return None
        source = text[start:close]
        if not _is_formula(source, text[start - 2 : start - 1], text[end : end + 1]):
            return None
        formula = _formula(source)
        return None if formula is None else (formula, end)


def _matching_braces(text: str) -> dict[int, int]:
    partners: dict[int, int] = {}
    opened: list[int] = []
    for found in re.finditer(r"\\.|[{}]", text, re.DOTALL):
        if found.group() == "{":
            opened.append(found.start())
        elif found.group() == "}" and opened:
            partners[opened.pop()] = found.start()
    return partners


_FUNCTIONS: Final = (
    "arccos|arcsin|arctan|arg|cos|cosh|cov|deg|det|dim|exp|gcd|hom|inf|ker|lg|lim|liminf|limsup|ln|log|max|min|mod|poly"
    "|Pr|sin|sinh|softmax|sup|tan|tanh|tr|Var"
)
_ARGUMENTS: Final = re.compile(r"\\[A-Za-z]+\*?(?:\{[^{}]*\})*|[_^]\{[^{}]*\}|\{[^{}]*\}")
_PROSE: Final = re.compile(r"[A-Za-z]{2,}[,.]?\s+[A-Za-z]{3,}|[A-Za-z]{3,}[,.]?\s+[A-Za-z]{2,}|\d\s+[a-z]{3,}")
_LONG_WORD: Final = re.compile(rf"(?!(?:{_FUNCTIONS})(?![A-Za-z]))(?<![A-Za-z])[A-Za-z]{{3,}}")
_SIMPLE: Final = re.compile(r"(?:[\s+\-*/=<>(),.:;|'!\[\]%~…·×−≤≥≈∼∞→]|[^\W_])*")


def _is_formula(source: str, before: str, after: str) -> bool:
    """Whether what stands between two dollar signs can only be a formula, not prose between two prices."""
    if "\n\n" in source or re.search(r"[\x00-\x08가-힣ㄱ-ㆎ]|https?:", source):
        return False
    source = source.replace("{,}", ",")
    tight = not source[0].isspace() and not source[-1].isspace()
    if after.isdigit():
        # `$5 and $6` are prices; `$\sim$10` and `$<$1%` can be none.
        return tight and bool(re.fullmatch(r"\\[A-Za-z]+|[<>=~×±∼≈≤≥]", source))
    if re.search(r"\\[A-Za-z]|\\[%,;!{|]", source):
        bare = _ARGUMENTS.sub(" ", source)
        return not _PROSE.search(bare) and "$" not in source
    if not tight or (after.isalpha() and source[-1] in ":/,;"):
        return False
    if re.search(r"[\^_]", source):
        return not _PROSE.search(source) and not re.search(r"_[A-Za-z]{3,}", source)
    if not _SIMPLE.fullmatch(source) or _LONG_WORD.search(source) or _PROSE.search(source):
        return False
    if before.isascii() and before.isalnum():
        return False
    if source[0] in ",.;:)/" or (source[0].isdigit() and re.search(r"\s[A-Za-z]", source)):
        return False
    return not after.isalpha() or not source.isascii() or bool(re.fullmatch(r"[\d.,]+|[A-Za-z]", source))


# --- formulas, by pylatexenc --------------------------------------------------------------------------------

_SUPERSCRIPTS: Final = dict(
    zip(
        "0123456789+-=()abcdefghijklmnoprstuvwxyzABDEGHIJKLMNOPRTUVWβγδθφχ⊤",
        "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁼⁽⁾ᵃᵇᶜᵈᵉᶠᵍʰⁱʲᵏˡᵐⁿᵒᵖʳˢᵗᵘᵛʷˣʸᶻᴬᴮᴰᴱᴳᴴᴵᴶᴷᴸᴹᴺᴼᴾᴿᵀᵁⱽᵂᵝᵞᵟᶿᵠᵡᵀ",
        strict=True,
    )
)
_SUBSCRIPTS: Final = dict(
    zip("0123456789+-=()aehijklmnoprstuvxβγρφχ", "₀₁₂₃₄₅₆₇₈₉₊₋₌₍₎ₐₑₕᵢⱼₖₗₘₙₒₚᵣₛₜᵤᵥₓᵦᵧᵨᵩᵪ", strict=True)
)
_RAISED_ALREADY: Final = frozenset("*⋆∗′†‡∘°'")
_BOARD: Final = {"C": "ℂ", "H": "ℍ", "N": "ℕ", "P": "ℙ", "Q": "ℚ", "R": "ℝ", "Z": "ℤ"}
_RELATIONS: Final = "=<>≤≥≈∼∝∈∉⊂⊆⊃⊇→←↔⇒⇐⇔↦×·±∪∩≠≡≪≫∧∨∥⊕⊗"
_OPTIONS: Final = re.compile(r"(?:\[[^\[\]]{0,200}\]){1,2}")


_PERCENT: Final = re.compile(r"(?<!\\)%")
"""A percent sign starts no comment in a sentence."""
_SWITCHED: Final = re.compile(r"\\(?:rm|bf|it|tt|sf|cal|em|sc)(?![A-Za-z])\s*")
_SCRIPTED_MACRO: Final = re.compile(r"([_^])\s*(\\[A-Za-z]+\{[^{}]*\})")
"""To TeX, a script's macro has its argument; to pylatexenc only in braces."""


_SHORT: Final = re.compile(
    r"(?P<base>[A-Za-z\d.]*)(?:(?P<sign>[_^])(?:\{(?P<group>[A-Za-z\d]+)\}|(?P<one>[A-Za-z\d]))|\\(?P<unit>%|times))?"
)
"""`x`, `4.04`, `R^3`, `x_{i}`, `4.04\\times`, `90\\%`: most formulas of abstracts, read without a parser."""


@lru_cache(maxsize=2048)
def _formula(source: str) -> str | None:
    """A formula without its dollar signs, as text; None where pylatexenc cannot read it."""
    if source.strip() == "-":
        return "–"
    if (short := _SHORT.fullmatch(source)) and source:
        script = _script(short["sign"], short["group"] or short["one"]) if short["sign"] else ""
        return short["base"] + script + {"times": "×", "%": "%", None: ""}[short["unit"]]
    return _converted(source)


def _converted(source: str) -> str | None:
    source = _SWITCHED.sub("", _PERCENT.sub(r"\\%", source)).replace("\\textbackslash ", "\\textbackslash{}")
    try:
        plain = _latex().formula(_SCRIPTED_MACRO.sub(r"\1{\2}", source))
    except Exception:
        # Foreign text in a foreign parser: whatever it trips over, the text then stays as its author wrote it.
        return None
    plain = plain.replace("\N{NO-BREAK SPACE}", " ")
    plain = re.sub(r"\x01\s*\x00|(?<=[\w)\]|])\x00|\x01\s*(?=[A-Za-z\dΑ-ω])", " ", plain)
    plain = re.sub(r"[\x00\x01]", "", plain)
    plain = re.sub(r"([_^][^\x00-\x7f])(?=[A-Za-z])", r"\1 ", plain)
    plain = re.sub(rf"(?<=\S)\s+([{_RELATIONS}]) *(?=\S)", r" \1 ", plain)
    plain = re.sub(rf"(?<=\S)(?<!\s)([{_RELATIONS}]) +(?=\S)(?![{_RELATIONS}])", r"\1", plain)
    plain = re.sub(r"(?<=\d) ×$", "×", plain)
    plain = re.sub(rf"^([{_RELATIONS}]) +|(?<=[(\[{{⟨⌊⌈]) +| +(?=[)\]}}⟩⌋⌉])|(?<=‖) +(?=[^‖]*‖)", r"\1", plain)
    plain = unicodedata.normalize("NFC", " ".join(plain.split()))
    return plain or None


@cache
def _symbol(name: str) -> str | None:
    """What a command without arguments stands for outside a formula."""
    if word := _WORDS.get(name):
        return word
    symbol: str | None = _latex().symbols.get(name)
    return symbol


def _accented(mark: str, letter: str) -> str | None:
    letter = letter.strip(" {}")
    symbol = _sentence(f"\\{mark}{{{letter}}}")
    return symbol if symbol and len(symbol) == 1 and symbol.isalpha() else None


@cache
def _sentence(source: str) -> str | None:
    try:
        return unicodedata.normalize("NFC", _latex().sentence(source))
    except Exception:
        return None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Converter:
    """pylatexenc, set up once: a formula's source to text, a sentence's source to text, symbols by name."""

    formula: Callable[[str], str]
    sentence: Callable[[str], str]
    symbols: Mapping[str, str]


@cache
def _latex() -> _Converter:
    """pylatexenc with Paperboy's taste. Imported here because most digests hold no LaTeX at all, and a process that
    meets none should not pay for building a thousand command definitions."""
    from pylatexenc.latex2text import LatexNodes2Text, MacroTextSpec, SpecialsTextSpec
    from pylatexenc.latex2text import get_default_latex_context_db as text_definitions
    from pylatexenc.latexwalker import LatexWalker
    from pylatexenc.latexwalker import get_default_latex_context_db as walker_definitions
    from pylatexenc.macrospec import MacroSpec, SpecialsSpec, std_macro

    def argument(node: Any, l2tobj: Any, index: int = -1) -> str:
        return str(l2tobj.node_arg_to_text(node, index))

    def script(node: Any, l2tobj: Any) -> str:
        return _script(node.specials_chars, argument(node, l2tobj).strip())

    def fraction(node: Any, l2tobj: Any) -> str:
        return f"{_operand(argument(node, l2tobj, 0))}/{_operand(argument(node, l2tobj, 1))}"

    def root(node: Any, l2tobj: Any) -> str:
        index = argument(node, l2tobj, 0)
        sign = {"": "√", "3": "∛", "4": "∜"}.get(index) or f"{_script('^', index)}√"
        return sign + _operand(argument(node, l2tobj, 1))

    def board(node: Any, l2tobj: Any) -> str:
        letters = argument(node, l2tobj)
        return _BOARD.get(letters, letters)

    def code_point(node: Any, l2tobj: Any) -> str:
        code = argument(node, l2tobj)
        letter = chr(int(code[1:], 16) if code.startswith("x") else int(code))
        if not letter.isprintable():
            raise ValueError("a control character or half a surrogate pair is nothing to read")
        return letter

    def as_written(node: Any) -> str:
        return str(node.latex_verbatim())

    plain = _names("mathcal mathscr mathfrak mathbf mathit mathsf mathrm mathtt boldsymbol bm pmb operatorname mbox")
    sizes = _names(
        "left right big Big bigg Bigg bigl bigr Bigl Bigr limits nolimits displaystyle textstyle mathop mathrel"
    )
    walker = walker_definitions()
    walker.add_context_category(
        "paperboy",
        macros=[
            *(std_macro(name, False, 1) for name in (*plain, "mathbb", "unicode")),
            *(std_macro(name, False, 0) for name in sizes),
            MacroSpec("operatorname", std_macro("operatorname", "*{").args_parser),
            *(std_macro(name, False, 2) for name in ("binom", "underset", "overset", "stackrel", "textcolor")),
            *(std_macro(name, False, 2) for name in ("dfrac", "tfrac", "cfrac")),
        ],
        specials=[SpecialsSpec(sign, args_parser=std_macro("x", False, 1).args_parser) for sign in "^_"],
        prepend=True,
    )
    texts = text_definitions()
    texts.add_context_category(
        "paperboy",
        macros=[
            *(MacroTextSpec(name, argument) for name in plain),
            *(MacroTextSpec(name, "") for name in sizes),
            *(MacroTextSpec(name, fraction) for name in ("frac", "dfrac", "tfrac", "cfrac", "nicefrac", "textfrac")),
            *(MacroTextSpec(name, f"\x00{name}\x01") for name in _FUNCTIONS.split("|")),
            MacroTextSpec("sqrt", root),
            MacroTextSpec("mathbb", board),
            MacroTextSpec("unicode", code_point),
            MacroTextSpec("textcolor", argument),
            MacroTextSpec("binom", lambda node, l2tobj: f"({argument(node, l2tobj, 0)} {argument(node, l2tobj, 1)})"),
            MacroTextSpec(
                "underset", lambda node, l2tobj: argument(node, l2tobj).strip() + script_of("_", node, l2tobj)
            ),
            MacroTextSpec("overset", lambda node, l2tobj: argument(node, l2tobj) + script_of("^", node, l2tobj)),
            MacroTextSpec("stackrel", lambda node, l2tobj: argument(node, l2tobj) + script_of("^", node, l2tobj)),
            MacroTextSpec("mid", "|"),
            MacroTextSpec("|", "‖"),
            MacroTextSpec("epsilon", "ε"),
            MacroTextSpec(",", " "),
            MacroTextSpec(";", " "),
            MacroTextSpec(":", " "),
            MacroTextSpec("!", ""),
        ],
        specials=[SpecialsTextSpec(sign, script) for sign in "^_"],
        prepend=True,
    )

    def script_of(sign: str, node: Any, l2tobj: Any) -> str:
        return _script(sign, argument(node, l2tobj, 0).strip())

    texts.set_unknown_macro_spec(MacroTextSpec("", as_written))
    spaces = {
        "between-macro-and-chars": False,
        "between-latex-constructs": True,
        "after-comment": True,
        "in-equations": None,
    }
    to_text = LatexNodes2Text(latex_context=texts, math_mode="text", strict_latex_spaces=spaces)

    def convert(source: str) -> str:
        # Not tolerant: a formula that does not parse is no certain formula.
        nodes, _, _ = LatexWalker(source, latex_context=walker, tolerant_parsing=False).get_latex_nodes()
        return str(to_text.nodelist_to_text(nodes))

    symbols: dict[str, str] = {}
    for spec in texts.iter_macro_specs():
        sign = spec.simplify_repl
        if isinstance(sign, str) and 0 < len(sign) <= 2 and not sign.isascii():
            symbols.setdefault(spec.macroname, sign)
    return _Converter(formula=lambda source: convert(f"${source}$"), sentence=convert, symbols=symbols)


def _script(sign: str, content: str) -> str:
    """A superscript or subscript: raised where Unicode can and a reader can still read it, else after its sign."""
    if sign == "^" and content and len(content) <= 3 and all(char in _RAISED_ALREADY for char in content):
        return content.replace("'", "′").replace("∘", "°")
    letters = _SUBSCRIPTS if sign == "_" else _SUPERSCRIPTS
    tight = content.replace(" ", "")
    word = sum(char.isalpha() for char in tight) > 2
    if tight and not word and all(char in letters for char in tight):
        return "".join(letters[char] for char in tight)
    if len(content) == 1 or re.fullmatch(r"[\w.]+|\(.*\)", content):
        return sign + content
    return f"{sign}({content})" if content else ""


def _operand(content: str) -> str:
    content = content.strip()
    return content if re.fullmatch(r"[\w.]+|\([^()]*\)|[∂∇Δ]\w+", content) else f"({content})"


# --- typography ---------------------------------------------------------------------------------------------

_TYPED: Final = re.compile(
    rf"(?=[hw`'~])(?:(?P<keep>{_URL})"
    r"|``(?=\S)(?P<double>[^`\n]{0,300}?[^\s`'])(?:''|\")"
    r"|(?<![\w'])''(?=[^\s'])(?P<apostrophes>[^`'\"\n]{0,100}?[^\s'`])(?:''|\")(?![\w'])"
    r"|(?<![\w`])`(?=[^\s`'])(?P<single>[^`\n]{0,60}?[^\s`'])'(?![\w'])"
    r"|(?<=[A-Za-z])(?P<tie>~)(?=\([A-Za-z])"
    r"|(?<=[A-Za-z]\.)(?P<reference>~)(?=[\w(\[]))"
)
_SPACED_DASH: Final = re.compile(r"(?<=[\w)\]”’\"'∞.,!?%])( ---? )(?=[\w(\[“‘\"'∞$])")
_TOKEN_WITH_DASH: Final = re.compile(r"(?<!\S)(?=\S*--)\S+")
_TIGHT_DASH: Final = re.compile(r"(?<=[\w)\]%”’\"'∞.])(---?)(?=[\w(\[“‘\"'∞])")
_FLAG: Final = re.compile(r"(?<!\S)--[A-Za-z]")


def _typography(text: str) -> str:
    if _MAY_BE_TYPED.search(text):
        text = _TYPED.sub(_typeset, text)
    if "--" in text:
        if not _FLAG.search(text):
            text = _SPACED_DASH.sub(lambda found: " — " if len(found[1]) == 5 else " – ", text)
        text = _TOKEN_WITH_DASH.sub(_dash, text)
    return text


def _typeset(found: re.Match[str]) -> str:
    match found.lastgroup:
        case "double" | "apostrophes":
            return f"“{found[found.lastgroup]}”"
        case "single":
            return f"‘{found['single']}’"
        case "tie" | "reference":
            return " "
    return found.group()


def _dash(found: re.Match[str]) -> str:
    # `--flag`, `models--org--name`, `a--b.txt`, `block__element--modifier` and addresses are names, not prose.
    token = found.group()
    if len(re.findall("-{2,}", token)) != 1 or re.search(r"[/\\_=@|<>]|\.[a-z]\w*\W*$", token):
        return token
    return _TIGHT_DASH.sub(lambda dash: "—" if len(dash[1]) == 3 else "–", token)


# --- formulas that a web page printed twice -----------------------------------------------------------------

_NUMBER: Final = r"\d+(?:[.,]\d+)*"
_DOUBLED: Final = re.compile(
    rf"(?P<keep>{_URL})"
    rf"|(?<![\w.,×%])(?P<percent>[<>∼~≈+−-]?(?:{_NUMBER}[−–-])?{_NUMBER}%)(?P=percent)(?![A-Za-z\d])"
    rf"|(?<![\w.,×])(?P<factor>[<>∼~≈+−-]?(?:{_NUMBER}[−–-])?{_NUMBER}×)(?P=factor)(?!\s*\d|[A-Za-z×])"
    r"|(?<=[^\S\n])(?P<quantity>\d+\.\d+)(?P=quantity)(?=[ -]?"
    r"(?:(?:points?|percent|pp|percentage|times|BLEU|dB)\b|[%×]))"
    r"|(?<![\w.×])(?P<grid>\d\d+×\d\d+)(?P=grid)(?![\d×])"
    rf"|(?P<about>[∼≈]{_NUMBER})(?P=about)(?!\d)"
    r"|(?<![∞≈∼∝≤≥±])(?P<sign>[∞≈∼∝≤≥±])(?P=sign)(?![∞≈∼∝≤≥±])"
    r"|(?<=[ ])(?P<arrow>→)→(?=[ ])"
    r"|(?<![\w⋆∗])(?P<star>[⋆∗])(?P<starred>[A-Za-z])(?P=star)(?![A-Za-z\d⋆∗])"
    r"|(?<![\w→])→∞(?P<limit>[A-Za-z]→∞)(?![A-Za-z\d→])"
    r"|\((?P<acronym>[A-Z]{3,20})(?P=acronym)\)"
)
_MAY_START_DOUBLED: Final = re.compile(
    r"[\d<>∼~≈+−\-∞∝≤≥±→⋆∗(hw](?:(?<=[^\d(hw])|(?<=(?<![\w.,×])\d)|(?<=[hw])(?:ttp|ww\.)|(?<=\()[A-Z]{6})"
)
_BEFORE_QUANTITY: Final = re.compile(r"\b(?:by|of|to|from|than|over|about|around|nearly|only|absolute|additional)\s$")


def _repair(text: str) -> str:
    if not _MAY_BE_DOUBLED.search(text):
        return text
    # `(WRAPWRAP)` was `(WRAP)` if the text speaks of WRAP elsewhere.
    acronyms = set(re.findall(r"(?<![A-Za-z(])[A-Z]{3,20}(?![A-Za-z])", text))
    out: list[str] = []
    done = position = 0
    while sign := _MAY_START_DOUBLED.search(text, position):
        found = _DOUBLED.match(text, sign.start())
        if found is None:
            position = sign.start() + 1
            continue
        out += (text[done : found.start()], _undouble(found, acronyms))
        done = position = found.end()
    return "".join((*out, text[done:]))


def _undouble(found: re.Match[str], acronyms: set[str]) -> str:
    match found.lastgroup:
        case "keep":
            return found.group()
        case "starred":
            return found["starred"] + found["star"]
        case "quantity":
            # `4.14.1` is also a section and `3.13.1` a version: a word before and a unit behind must agree.
            before = found.string[max(0, found.start() - 12) : found.start()]
            return found["quantity"] if _BEFORE_QUANTITY.search(before) else found.group()
        case "acronym":
            return f"({found['acronym']})" if found["acronym"] in acronyms else found.group()
        case str(name):
            return found[name]
    return found.group()
