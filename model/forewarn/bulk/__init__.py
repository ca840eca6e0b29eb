"""Files of articles to files of labels, on one machine or on a cluster, never losing a record."""

from forewarn.bulk.progress import Progress
from forewarn.bulk.run import Report, label_files

__all__ = ["Progress", "Report", "label_files"]
