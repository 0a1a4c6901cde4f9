"""What listings answer."""

from __future__ import annotations

from typing import TYPE_CHECKING, List, TypeVar

from ._html import table_of

if TYPE_CHECKING:
    import pandas as pd

T = TypeVar("T")


class Listing(List[T]):
    """A list of shares, schemas or tables that notebooks show as a table."""

    def _rows(self) -> "List[dict[str, str]]":
        return [vars(item) for item in self]

    def _repr_html_(self) -> str:
        return table_of(self._rows())

    def to_pandas(self) -> "pd.DataFrame":
        """A row each; pandas must be installed."""
        import pandas as pd

        return pd.DataFrame(self._rows())
