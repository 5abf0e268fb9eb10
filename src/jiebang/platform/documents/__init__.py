"""What happens to uploaded files: checked, read and rebuilt by a killable process, never in the caller's.

`check_pdf`, `blind_copy` and `extract_text` here are coroutines that run the functions of the same names in the
modules `check`, `blind` and `text` inside the jail.
"""

from jiebang.platform.documents.jail import PdfFacts, blind_copy, check_pdf, extract_text

__all__ = ["PdfFacts", "blind_copy", "check_pdf", "extract_text"]
