"""Where runs are made: in this process, in processes beside it, on Ray, on Slurm.

Nothing is loaded here: workers set the number of threads before torch is.
"""
