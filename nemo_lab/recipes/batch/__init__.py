"""One recipe, many recordings: durable, resumable, on this machine or on a Dask cluster.

:func:`batch` lists the recordings, keeps in a ledger in the output folder what became of each, does what is
not done yet, and writes a report. It can be killed at any moment and run again: finished files are not done
again, none is done twice, and one bad file does not stop the rest.
"""

from nemo_lab.recipes.batch.ledger import Item
from nemo_lab.recipes.batch.report import BatchReport
from nemo_lab.recipes.batch.run import batch
from nemo_lab.recipes.batch.watching import watch

__all__ = ["BatchReport", "Item", "batch", "watch"]
