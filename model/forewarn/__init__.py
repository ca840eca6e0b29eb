"""Content warnings for violent news: how graphic, what kind, where in the text, and how sure.

>>> from forewarn import label
>>> label("Heavy rain closed two schools on Tuesday.").message
''
"""

from forewarn._version import __version__
from forewarn.labels import Label
from forewarn.predict import label as label
from forewarn.predict import load, score
from forewarn.taxonomy import Severity

__all__ = ["Label", "Severity", "__version__", "label", "load", "score"]
