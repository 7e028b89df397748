"""`python -m benchmarks`: every benchmark, one after another. Each is also a module of its own."""

from benchmarks import parse, planning, search, search_command, slack, startup, telegram

for each in (parse, search, search_command, planning, startup, telegram, slack):
    print(f"\n== {each.__name__} ==\n{(each.__doc__ or '').splitlines()[0]}\n")
    each.main()
