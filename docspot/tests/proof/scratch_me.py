import os, time, pytest, cProfile, pstats
from docspot.tests.proof.running import run_sequences
pytestmark = pytest.mark.django_db(transaction=True)
def test_x():
    run_sequences(20, from_seed=1)
    n=int(os.environ.get("N","100"))
    t=time.time(); c0=time.process_time()
    pr=cProfile.Profile() if os.environ.get("PROF") else None
    if pr: pr.enable()
    counts=run_sequences(n, from_seed=2)
    if pr: pr.disable(); pr.dump_stats("/tmp/prove.prof")
    print(dict(counts)); print("ms/seq wall", 1000*(time.time()-t)/n, "cpu", 1000*(time.process_time()-c0)/n)
