"""The proof: random sequences of all that can happen in a clinic, each judged by a model.

`brute_force` says minute by minute what is free, `model` what the book must hold and refuse,
`world` makes the rows, `machine` is what Hypothesis drives. test_proof.py runs a few sequences with
every test run; `make prove` runs thousands (`batches`, counted by `tally`).
"""
