"""The version of the package, and of the model that it ships."""

__version__ = "0.1.0"
