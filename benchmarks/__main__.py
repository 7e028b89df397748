"""`python -m benchmarks`: the benchmarks, one after another, in their short forms. Each is also a module of its own.

`benchmarks.delivery` is only that: each of its parts takes minutes.
"""

from benchmarks import parse, planning, search, search_command, slack, startup, telegram

for each in (parse, search, search_command, planning, startup, telegram, slack):
    print(f"\n== {each.__name__} ==\n{(each.__doc__ or '').splitlines()[0]}\n")
    each.main()
