"""A user's SQL can neither read nor write a file, nor change a setting, whatever way it tries."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from spinn2sim.errors import DataError
from spinn2sim.trace.sql import Tables

# Each is to be refused. {file} is a CSV that exists, {new} a file that does not.
TRICKS = (
    # writing
    "COPY packets TO '{new}'",
    "COPY (SELECT 1) TO '{new}' (FORMAT parquet)",
    "COPY FROM DATABASE memory TO other",
    "WITH x AS (COPY packets TO '{new}') SELECT 1",
    "WITH x AS (COPY (SELECT 1) TO '{new}' (USE_TMP_FILE false)) SELECT * FROM x",
    "SELECT * FROM (WITH x AS (COPY packets TO '{new}') SELECT 1)",
    "SELECT (WITH x AS (COPY packets TO '{new}') SELECT 1)",
    "EXPORT DATABASE '{new}'",
    "IMPORT DATABASE '{new}'",
    "ATTACH '{new}'",
    "WITH x AS (ATTACH '{new}') SELECT 1",
    "ATTACH '{new}' AS other (TYPE sqlite)",
    "CREATE TABLE t AS SELECT 1",
    "CREATE SECRET s (TYPE s3)",
    "CREATE MACRO f() AS 1",
    "INSERT INTO metrics VALUES (1)",
    "WITH x AS (INSERT INTO metrics SELECT 1 RETURNING *) SELECT * FROM x",
    "WITH x AS (DELETE FROM packets RETURNING *) SELECT * FROM x",
    "WITH x AS (UPDATE packets SET seq = 0 RETURNING *) SELECT * FROM x",
    "DELETE FROM packets",
    "UPDATE packets SET seq = 0",
    "MERGE INTO packets USING packets p ON true WHEN MATCHED THEN DELETE",
    "DROP VIEW packets",
    "ALTER VIEW packets RENAME TO p",
    "TRUNCATE packets",
    "CALL enable_logging(storage = 'file', storage_config = {{'path': '{new}'}})",
    "SELECT * FROM enable_logging(storage = 'file', storage_config = {{'path': '{new}'}})",
    "SELECT * FROM enable_profiling(save_location = '{new}')",
    "EXPLAIN ANALYZE COPY packets TO '{new}'",
    "CHECKPOINT",
    "SELECT * FROM checkpoint()",
    # reading
    "FROM '{file}'",
    'FROM "{file}"',
    "SELECT * FROM '{file}' AS x",
    "SELECT * FROM packets, '{file}'",
    "SELECT (SELECT count(*) FROM '{file}')",
    "SELECT * FROM read_csv('{file}')",
    "SELECT * FROM ReAd_CsV('{file}')",
    "SELECT * FROM \"read_csv\"('{file}')",
    "SELECT * FROM main.read_csv('{file}')",
    "SELECT * FROM system.main.read_csv('{file}')",
    "SELECT * FROM read_csv_auto(['{file}'])",
    "SELECT * FROM read_text('/etc/passwd')",
    "SELECT * FROM read_blob('/etc/passwd')",
    "SELECT * FROM read_json('{file}')",
    "SELECT * FROM read_parquet('/dev/stdin')",
    "SELECT * FROM parquet_scan('{run}/packets.parquet')",
    "SELECT * FROM parquet_metadata('{run}/packets.parquet')",
    "SELECT * FROM sniff_csv('{file}')",
    "SELECT * FROM glob('/*')",
    "SELECT * FROM packets WHERE seq IN (SELECT 1 FROM glob('/*'))",
    "SELECT * FROM (VALUES ('/*')) AS t(x), LATERAL glob(x)",
    "SELECT * FROM 'https://example.com/a.csv'",
    "SELECT * FROM read_csv('s3://bucket/a.csv')",
    "SELECT getenv('HOME')",
    "FROM query('FROM ''{file}''')",
    "FROM query_table('{file}')",
    "SELECT * FROM json_execute_serialized_sql(json_serialize_sql('SELECT 1'))",
    "SELECT * FROM duckdb_secrets()",
    "SELECT * FROM which_secret('s3://x', 's3')",
    "SELECT * FROM python_map_function((SELECT 1))",
    "SELECT * FROM pandas_scan(140000000)",
    "SELECT * FROM arrow_scan(140000000, 1, 2)",
    "SELECT * FROM rundir",
    # in every place of a SELECT where a query may stand
    "FROM (FROM read_csv('{file}'))",
    "SELECT COLUMNS('.*') FROM '{file}'",
    'TABLE "{file}"',
    "SELECT EXISTS (FROM glob('/*'))",
    "SELECT 1 ORDER BY (SELECT count(*) FROM read_text('{file}'))",
    "SELECT 1 LIMIT (SELECT count(*) FROM read_text('{file}'))",
    "SELECT 1 OFFSET (SELECT count(*) FROM read_text('{file}'))",
    "SELECT seq FROM packets GROUP BY (SELECT count(*) FROM read_text('{file}')), seq",
    "SELECT * FROM packets QUALIFY (SELECT count(*) FROM glob('/*')) > 0",
    "SELECT sum(seq) FILTER (WHERE EXISTS (FROM read_text('{file}'))) FROM packets",
    "SELECT sum(seq) OVER (ORDER BY (SELECT count(*) FROM read_blob('{file}'))) FROM packets",
    "SELECT list_transform([1], lambda x: (SELECT count(*) FROM read_text('{file}')))",
    "SELECT CASE WHEN false THEN (SELECT count(*) FROM read_text('{file}')) END",
    "VALUES ((SELECT count(*) FROM read_text('{file}')))",
    "SELECT 1 UNION ALL (SELECT 2 FROM read_text('{file}'))",
    "SELECT 1 EXCEPT SELECT count(*) FROM read_blob('{file}')",
    "SELECT * FROM packets ASOF JOIN read_csv('{file}') AS f ON packets.seq >= f.a",
    "SELECT * FROM packets POSITIONAL JOIN read_csv('{file}')",
    "WITH x AS MATERIALIZED (FROM glob('/*')) FROM x",
    "WITH RECURSIVE t(a) AS (SELECT 1 UNION ALL SELECT a + 1 FROM t, read_csv('{file}') WHERE a < 2) FROM t",
    "SELECT * FROM (PIVOT read_csv('{file}') ON a IN (1) USING count(*))",
    "SELECT * FROM (UNPIVOT read_csv('{file}') ON a, b)",
    "SUMMARIZE '{file}'",
    "SUMMARIZE FROM read_csv('{file}')",
    "DESCRIBE '{file}'",
    "DESCRIBE (FROM read_csv('{file}'))",
    "SELECT/**/*/**/FROM/**/read_csv('{file}')",
    "SELECT * FROM\n--\nread_csv\n('{file}')",
    "SELECT * FROM U&'\\0072ead_csv'('{file}')",
    "SELECT * FROM \"\uff52ead_csv\"('{file}')",
    # what extensions would bring
    "SELECT * FROM read_xlsx('{file}')",
    "SELECT * FROM sqlite_scan('{file}', 't')",
    "SELECT * FROM st_read('{file}')",
    "SELECT * FROM iceberg_scan('{file}')",
    "SELECT * FROM delta_scan('{file}')",
    "SELECT load_extension('{file}')",
    "SELECT readfile('{file}')",
    "SELECT pg_read_file('{file}')",
    "SELECT load_aws_credentials()",
    "SELECT * FROM sql_auto_complete('SEL')",
    # settings and extensions
    "SELECT set_config('memory_limit', '9GB', false)",
    "SELECT * FROM duckdb_settings()",
    "SELECT * FROM duckdb_extensions()",
    "SELECT * FROM pragma_database_size()",
    "SELECT nextval('s')",
    "PIVOT packets ON kind USING count(*)",
    "SET enable_external_access = true",
    "RESET memory_limit",
    "SET VARIABLE a = 1",
    "PRAGMA enable_external_access",
    "PRAGMA version",
    "INSTALL httpfs",
    "LOAD httpfs",
    "LOAD '{file}'",
    "FORCE INSTALL httpfs",
    "WITH x AS (SET memory_limit = '8GB') SELECT 1",
    "SELECT * FROM start_ui()",
    "USE memory",
    # more or other than one SELECT
    "",
    ";",
    "-- SELECT 1",
    "/* SELECT 1 */",
    "SELECT 1; SELECT 2",
    "SELECT 1; COPY packets TO '{new}'",
    "SELECT 1 /* ; */; COPY packets TO '{new}' --",
    "SELECT 1\x00; COPY packets TO '{new}'",
    "SELECT 1;\u00a0COPY packets TO '{new}'",
    "\uff33\uff25\uff2c\uff25\uff23\uff34 1",
    "SELECT '\udcff'",
    "PREPARE p AS SELECT 1",
    "EXECUTE p",
    "BEGIN TRANSACTION",
    "VACUUM",
    "ANALYZE",
    "EXPLAIN SELECT 1",
    "SELECT " + "(" * 5000 + "1" + ")" * 5000,
    "SELECT '" + "x" * 200_000 + "'",
)
# Each would take all memory, or all time.
MEMORY_BOMBS = (
    "SELECT repeat('x', 2_000_000_000)",
    "SELECT range(1_000_000_000)",
    "SELECT list_sum(range(1_000_000_000))",
    "SELECT [x for x in range(200_000_000)]",
    "SELECT list_resize([1], 2_000_000_000)",
    "SELECT row(range(200_000_000))",
    "SELECT printf('%2000000000d', 1)",
    "SELECT format('{:>2000000000}', 1)",
    "SELECT md5(repeat('x', 1_500_000_000))",
    "SELECT bit_count(repeat('1', 1_000_000_000)::BIT)",
    "SELECT string_agg(repeat('x', 1_000_000)) FROM range(10_000)",
    "SELECT list(range) FROM range(300_000_000)",
    "WITH RECURSIVE t(a) AS (SELECT 'x' UNION ALL SELECT a || a FROM t) SELECT max(length(a)) FROM t",
)
ROW_BOMBS = (
    "SELECT * FROM range(100_000_000_000)",
    "SELECT * FROM repeat('x', 100_000_000_000)",
    "SELECT * FROM repeat_row(1, num_rows = 100_000_000_000)",
    "SELECT unnest(generate_series(1, 1_000_000))",
    "SELECT a.seq FROM packets a, packets b, packets c, packets d, range(100_000_000) e",
)
TIME_BOMBS = (
    "SELECT count(*) FROM range(1_000_000_000_000)",
    "WITH RECURSIVE t(a) AS (SELECT 1 UNION ALL SELECT a + 1 FROM t) SELECT count(*) FROM t",
    "SELECT pg_sleep(100)",
)
HARMLESS = (
    "SELECT 1 -- ; COPY packets TO '{new}'",
    "SELECT 1 /* COPY packets TO '{new}' */",
    "SELECT 'COPY packets TO ''{new}'''",
    'SELECT 1 AS "; COPY packets TO {new}"',
    "SELECT $$ ; COPY packets TO '{new}' $$",
    "SELECT * FROM range(3) AS r(x), LATERAL (SELECT x + 1)",
    "WITH RECURSIVE t(a) AS (SELECT 1 UNION ALL SELECT a + 1 FROM t WHERE a < 5) FROM t",
    "DESCRIBE packets",
    "FROM packets SELECT unnest([1, 2]) LIMIT 1",
    "\ufeffSELECT 1",
)


def files(*folders: Path) -> dict[Path, bytes]:
    """Return every file in the folders with its content."""
    return {path: path.read_bytes() for folder in folders for path in folder.rglob("*") if path.is_file()}


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Make a working folder that has one file."""
    folder = tmp_path / "working"
    folder.mkdir()
    (folder / "file.csv").write_text("a,b\n1,2\n")
    monkeypatch.chdir(folder)
    return folder


@pytest.mark.parametrize(
    ("trick", "absolute"),
    [(trick, absolute) for trick in TRICKS for absolute in (False, True) if absolute is False or "{" in trick],
    ids=lambda value: ascii(value)[:70],
)
def test_a_trick_is_refused_and_touches_nothing(run: Path, place: Path, trick: str, absolute: bool) -> None:
    """Whatever writes, reads or changes anything, or is not one SELECT, is refused in one line, and no file has changed."""
    base = f"{place}/" if absolute else ""
    query = trick.format(file=f"{base}file.csv", new=f"{base}new", run=run)
    before = files(run, place)
    with pytest.raises(DataError) as refusal:
        Tables(run).rows(query)
    assert "\n" not in str(refusal.value)
    assert str(refusal.value).isprintable()
    assert files(run, place) == before


@pytest.mark.parametrize("query", HARMLESS, ids=lambda query: query[:70])
def test_comments_quotes_and_forms_of_a_select_are_answered(run: Path, place: Path, query: str) -> None:
    """What only looks like a trick is answered, and touches nothing."""
    before = files(run, place)
    assert Tables(run).rows(query.format(new="new"))
    assert files(run, place) == before


@pytest.mark.parametrize(
    "where", ["true); COPY packets TO 'new'; SELECT (1", "true) UNION SELECT * FROM read_csv('file.csv') --", "1 --"]
)
def test_a_condition_cannot_leave_its_brackets(run: Path, place: Path, where: str) -> None:
    """A condition that closes its bracket early is refused or is a condition; no file is touched."""
    from spinn2sim.trace import questions

    before = files(run, place)
    try:
        questions.count_by(Tables(run), ["kind"], where)
    except DataError as refusal:
        assert "\n" not in str(refusal)  # noqa: PT017 - either way is right
    assert files(run, place) == before


BOMB = """
import resource, sys
from spinn2sim.errors import DataError
from spinn2sim.trace.sql import Tables
from spinn2sim.trace.sql_limits import OwnProcess
OwnProcess.is_so = True
for query in sys.argv[2:]:
    try:
        Tables(sys.argv[1]).rows(query)
        print("answered", query)
    except DataError as refusal:
        print(refusal)
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10)
"""


@pytest.mark.parametrize(
    ("bombs", "why"),
    [
        (MEMORY_BOMBS, "more memory"),
        (ROW_BOMBS, "more than 200,000 rows|answer takes more"),
        (TIME_BOMBS, "more than 1 s"),
    ],
    ids=["memory", "rows", "time"],
)
def test_a_bomb_is_refused(run: Path, bombs: tuple[str, ...], why: str) -> None:
    """A query that would take all memory or all time, or whose answer would, is refused in a line, within 1.5 GB and its seconds."""
    done = subprocess.run(
        [sys.executable, "-c", BOMB, str(run), *bombs], capture_output=True, text=True, check=True,
        env={**os.environ, "SPINN2SIM_SQL_SECONDS": "1" if bombs is TIME_BOMBS else "60"},
    )  # fmt: skip
    *refusals, megabytes = done.stdout.splitlines()
    assert [bool(re.search(why, line)) for line in refusals] == [True] * len(bombs), refusals
    assert int(megabytes) < 1500
