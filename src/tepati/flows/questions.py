"""Room flows: the exact words of a consent's question, one place for the page that shows and the record that proves."""

from tepati.notice.asking import question

__all__ = ["question"]
