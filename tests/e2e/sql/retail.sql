-- SPDX-License-Identifier: Apache-2.0
-- What the topology retail must say of the world's transactions.ndjson, which stands in the table `lines`
-- as `row` 0, 1, 2 … and `text`. Times are in milliseconds, money in cents.

CREATE TEMP TABLE receipts AS
SELECT row, text,
       json_extract(text, '$.transaction_id') AS id,
       utc_ms(json_extract(text, '$.timestamp')) AS at,
       json_extract(text, '$.store_id') AS store_id,
       scaled(json_extract(text, '$.total_amount'), 2) AS amount
FROM lines
WHERE json_valid(text)
  AND typeof(json_extract(text, '$.transaction_id')) = 'text'
  AND utc_ms(json_extract(text, '$.timestamp')) IS NOT NULL
  AND typeof(json_extract(text, '$.store_id')) = 'text'
  AND typeof(json_extract(text, '$.terminal_id')) = 'text'
  AND json_extract(text, '$.payment') IN ('card', 'cash', 'wallet')
  AND abs(scaled(json_extract(text, '$.total_amount'), 2)) <= 100000000
  AND json_array_length(text, '$.items') > 0
  AND NOT EXISTS (SELECT 1 FROM json_each(text, '$.items')
                  WHERE json_extract(value, '$.sku') IS NULL
                     OR coalesce(json_extract(value, '$.quantity'), 0) = 0
                     OR coalesce(scaled(json_extract(value, '$.unit_price'), 2), -1) < 0);

CREATE TEMP TABLE refused AS
SELECT row FROM lines WHERE row NOT IN (SELECT row FROM receipts);

-- The first of each id counts. What comes later than 30 seconds behind the newest before it is seen late.
CREATE TEMP TABLE counted AS
SELECT row, at, store_id, amount,
       max(at, coalesce(max(at) OVER (ORDER BY row ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)
                        - 30000, at)) AS seen
FROM receipts
WHERE row IN (SELECT min(row) FROM receipts GROUP BY id);

CREATE TEMP TABLE sizes (stage, window, size, lateness);
INSERT INTO sizes VALUES ('store', 'sales_5m', 300000, 120000),
                         ('store', 'sales_1h', 3600000, 120000),
                         ('store', 'sales_1d', 86400000, 120000);

CREATE TEMP TABLE falls AS
SELECT row, store_id, amount, stage, window, size, at / size * size AS start,
       seen >= at / size * size + size + lateness AS too_late
FROM counted JOIN sizes;

CREATE TEMP VIEW late AS
SELECT stage, window, row FROM falls WHERE too_late;

CREATE TEMP TABLE sales AS
SELECT store_id AS key, window, start / 1000 AS start, (start + size) / 1000 AS end,
       count(*) AS baskets, sum(amount) AS gross
FROM falls WHERE NOT too_late
GROUP BY key, window, start;

-- stage, key, window, start, end, value, amount in units of 10^-scale
CREATE TEMP VIEW expected AS
SELECT 'store' AS stage, key, window, start, end, 'baskets' AS value, baskets AS amount, 0 AS scale
FROM sales
UNION ALL
SELECT 'store', key, window, start, end, 'gross', gross, 2 FROM sales;
