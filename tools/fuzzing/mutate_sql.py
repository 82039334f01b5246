"""Changes SQL queries: words dropped, moved and taken from others, columns replaced by values that Python may not have."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random

from fuzzing.mutate_bytes import mutate_bytes, mutate_numbers

# What can stand for a column: dates that Python has not, types of every kind, errors with text of the query's own, much from little.
EXPRESSIONS = tuple(
    line.encode()
    for line in r"""
DATE '99999-01-01'
TIMESTAMP '290000-01-01'
'infinity'::DATE
'-infinity'::TIMESTAMP
DATE '0001-01-01' - 1
INTERVAL 1000000 YEAR
INTERVAL '1 month 2 days 3 us'
TIMESTAMPTZ '2020-01-01 00:00:00+00'
TIMETZ '12:00:00+15:59'
TIME '24:00:00'
TIMESTAMP_NS '2020-01-01 00:00:00.123456789'
170141183460469231731687303715884105727::HUGEINT
340282366920938463463374607431768211455::UHUGEINT
'\xAA\xFF'::BLOB
'0101'::BIT
uuid()
MAP {[1,2]: 'x'}
MAP {'a': NULL}
MAP {NULL: 1}
MAP([{'a':1}],[2])
union_value(k := 1)
[1, NULL, [2]]
[[1],[NULL]]
{'a': {'b': [DATE '99999-01-01']}}
'NaN'::DOUBLE
'-inf'::FLOAT
1e400
'1'::DECIMAL(38,38)
0.1::DECIMAL(38,37)
chr(27)
chr(0)
chr(55296)
repeat('x', 100000)
repeat('x', 1000000000)
NULL
list_aggregate([1,2],'sum')
struct_pack(a := 1)
row(1, 2)
(1, 'a')
enum_range(NULL::ENUM('a','b'))
'a'::ENUM('a','b')
cast(seq AS VARIANT)
json('{"a":1}')
gen_random_uuid()
1::BIGNUM
'POINT(0 0)'::GEOMETRY
TIMESTAMP_S '2020-01-01'
array_value(1,2,3)
[1,2,3]::INT[3]
'x' COLLATE nocase
getvariable('x')
current_setting('threads')
version()
current_user
now()
random()
getenv('HOME')
error('boo' || chr(27))
error(chr(10) || chr(10) || 'LINE 1: x')
error('')
1/0
'a'::INT
sqrt(-1)
ln(0)
factorial(50)
lambda x: x
list_transform([1], lambda x: x + 1)
range(5)
list_sum(range(1000000000000))
strftime(DATE '2020-01-01', '%Q')
strptime('x', '%')
regexp_matches('a', '(')
regexp_extract('a', '(a)(', 9)
printf('%s%d', 'a')
format('{:>9999999999}', 1)
unnest([1,2])
unnest({'a':1})
max(seq) OVER ()
count(*)
pragma_version()
query('SELECT 1')
""".strip().splitlines()
)
SOURCES = (
    b"packets", b"ticks", b"metrics", b"spikes", b"packets, packets b, packets c", b"range(10)", b"range(10000000000)", b"test_all_types()",
    b"duckdb_functions()", b"read_csv('/etc/passwd')", b"'/etc/passwd'", b"glob('/*')", b"(VALUES (1), (NULL)) v", b"summary(packets)",
    b"repeat_row(1, num_rows = 100000000)", b"pragma_table_info('packets')", b"query('SELECT 1')", b"nothing",
)  # fmt: skip


def mutate_sql(random: Random, data: bytes, others: Sequence[bytes]) -> bytes:
    """Return a query that was made from expressions and sources, or changed word by word, or byte by byte."""
    way = random.random()
    if way < 0.2:
        return mutate_bytes(random, data, others)
    if way < 0.6:
        chosen = b", ".join(random.choices(EXPRESSIONS, k=random.choice((1, 1, 2, 3))))
        query = b"SELECT " + chosen
        if random.random() < 0.4:
            query += b" FROM " + random.choice(SOURCES)
        return query + random.choice((b"", b"", b" LIMIT 2", b" ORDER BY 1", b" GROUP BY ALL", b";", b" --"))
    words = data.split(b" ")
    for _ in range(random.choice((1, 1, 2, 3))):
        at = random.randrange(len(words))
        other = random.choice(others).split(b" ")
        action = random.randrange(5)
        if action == 0 and len(words) > 1:
            del words[at]
        elif action == 1:
            words.insert(at, random.choice(other))
        elif action == 2:
            words[at] = mutate_numbers(random, words[at])
        elif action == 3:
            words[at] = random.choice(EXPRESSIONS)
        else:
            words[at:at] = other[random.randrange(len(other)) :]
    return b" ".join(words)
