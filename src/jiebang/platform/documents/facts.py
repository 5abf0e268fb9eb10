"""What is known of a PDF."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class PdfFacts:
    """Pages, bytes and SHA-256 of a PDF."""

    pages: int
    size: int
    sha256: bytes
