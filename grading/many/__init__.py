"""Many hand-ins on many machines: the same jobs as the process pool, on Dask workers.

``python3 -m grading scheduler`` runs on one machine, ``python3 -m grading worker ADDRESS`` on
each that helps, and ``python3 -m grading score MODULE --scheduler ADDRESS`` gives out the
work. The state folder lies on storage that all of them see under the same path. Workers
read hand-ins and write scored notebooks there; the gradebook is written by the one process
that gives out the work, and no worker knows its address or password.

Whoever reaches the scheduler can run what they like on it and on the workers: that is what
Dask is for. Off one machine it runs with TLS, where only holders of a certificate get in.
"""

from grading.many.cluster import Cluster, add_arguments, cluster_of
from grading.many.dask_work import DaskWork

__all__ = ["Cluster", "DaskWork", "add_arguments", "cluster_of"]
