"""Texts that a stranger may write into a run for what reads it as HTML, a script, a formula, or a terminal's commands."""

from __future__ import annotations

import json
import shutil
from collections.abc import Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

HOSTILE = (
    "<!--<script>", "<!--<script", "--><script>window.hacked=1</script>", "</script><script>window.hacked=1</script>",
    "<img src=x onerror=window.hacked=1>", "<svg/onload=window.hacked=1>", "<style>*{display:none}</style>", "<!DOCTYPE x>",
    "<![CDATA[", "]]>", "<?xml", "</textarea></title></style>", "<base href=//example.org>", "<iframe srcdoc=x>",
    "\" onmouseover=\"window.hacked=1", "' autofocus onfocus='window.hacked=1", "&lt;b&gt;", "&#60;script&#62;", "&", "<", ">",
    "javascript:window.hacked=1", "`${window.hacked=1}`", "\\u003cscript\\u003e", "\\", '"', "'", "\u2028\u2029",
    "$x$", r"$\frac{$", r"$$\href{javascript:window.hacked=1}{x}$$", r"\[x\]", "$title", "${items}", "@pe{safe}", "@group{safe}",
    "{{x}}", "%s%n", "_", "_nolegend_", "", " ", "=1+1", "-1", "\u202egnirts", "\x1b[2J", "\x00", "\ufffe", "\ud7ff", "\U0001f600" * 9,
    "a\nb\r\nc\td", "x" * 1000, "__proto__", "constructor", "NaN",
)  # fmt: skip

REFUSED = ("\x00",)  # in JSON


def with_names(run: Path, folder: Path, names: Sequence[str]) -> Path:
    """Copy a run that loses nothing; the groups of its PEs, lines about losses and phases get these names."""
    copy = shutil.copytree(run, folder)
    table = pq.read_table(copy / "pes.parquet")
    place = {pe: k for k, pe in enumerate(sorted(set(table.column("pe").to_pylist())))}
    groups = [names[place[pe] % len(names)] for pe in table.column("pe").to_pylist()]
    field = table.schema.field("group")
    pq.write_table(
        table.set_column(table.column_names.index("group"), field, pa.array(groups).cast(field.type)),
        copy / "pes.parquet",
    )
    texts = [name for name in names if name not in REFUSED]
    lines = [json.loads(line) for line in (copy / "metrics.jsonl").read_text().splitlines()]
    lines[-1] |= {"losses": texts, "overruns": {"train": 1, "test": 0}}
    (copy / "metrics.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    summary = json.loads((copy / "summary.json").read_text())
    (copy / "summary.json").write_text(json.dumps(summary | {"tick_us": dict.fromkeys(texts, 1)}))
    return copy
