"""Sums of matrix products whose order does not depend on where the matrices lie in memory.

Members of a cohort lie elsewhere than a run alone, and on some processors MKL adds in another order there: equal runs
then differ in their last bits. Its setting MKL_CBWR=AUTO keeps one order on a machine. MKL reads it at its first
product, so it is set where this package is imported, unless the environment already says otherwise.
"""

import os

os.environ.setdefault("MKL_CBWR", "AUTO")
