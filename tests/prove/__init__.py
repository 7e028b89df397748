"""The proof that nothing is lost and nothing doubled: the real program as separate processes, chaos, and a judge who
reads what the receiver got. `python -m tests.prove` (or `make prove`); `--short` is the form that the tests run.
"""
