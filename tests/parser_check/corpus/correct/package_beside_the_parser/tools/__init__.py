from .boxes import decode

__all__ = ["decode"]
