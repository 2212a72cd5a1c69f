"""Files to ingest, made as small as they can be."""

from __future__ import annotations

import io
import json
from pathlib import Path

SENTENCES = [
    "The lighthouse keeper counted ships until the fog came in from the north.",
    "Every evening he wrote their names into a book that nobody else would read.",
    "When the lamp failed in March, the harbour lost two boats and one dog.",
    "The council argued for weeks about who should have carried the oil up.",
    "In the end they built a smaller tower with an electric lamp and no keeper.",
]
PROSE = " ".join(SENTENCES)


def pdf(text: str, *, password: str = "") -> bytes:
    """A PDF of one page that says ``text``, each sentence on a line."""
    import pypdf

    shown = "".join(f"({line}.) Tj T* " for line in text.rstrip(".").split(". ") if line)
    stream = f"BT /F1 12 Tf 14 TL 40 700 Td {shown}ET".encode()
    parts = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 600 800]/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>>>>>",
        b"<</Length %d>>stream\n%s\nendstream" % (len(stream), stream),
        b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
    ]
    raw, places = b"%PDF-1.4\n", []
    for number, part in enumerate(parts, 1):
        places.append(len(raw))
        raw += b"%d 0 obj%s\nendobj\n" % (number, part)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    raw += b"xref\n0 6\n0000000000 65535 f \n%strailer<</Size 6/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" % (
        table,
        len(raw),
    )
    if not password:
        return raw
    writer = pypdf.PdfWriter(clone_from=io.BytesIO(raw))
    writer.encrypt(password, algorithm="RC4-128")
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def jsonl(file: Path, *rows: object) -> Path:
    """A file of rows; a text stands as it is, so that a line may be broken."""
    lines = [row if isinstance(row, str) else json.dumps(row) for row in rows]
    file.write_text("".join(line + "\n" for line in lines), encoding="utf-8")
    return file


def pairs(count: int, word: str = "thing") -> list[dict[str, str]]:
    """Rows that are unlike each other."""
    return [{"prompt": f"{word} number {n}?", "response": f"answer {n * n}"} for n in range(count)]
