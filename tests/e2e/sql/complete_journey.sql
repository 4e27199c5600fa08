-- SPDX-License-Identifier: Apache-2.0
-- What the topology complete-journey must say of its CSV file, which stands in the table `lines` with all
-- columns as text and `row` 0, 1, 2 … Money is counted in cents.

CREATE TEMP TABLE counted AS
SELECT row, store_id, product_id,
       CAST(strftime('%s', transaction_timestamp_utc) AS INTEGER) AS at,
       whole(quantity) AS quantity,
       scaled(sales_value, 2) AS sales
FROM lines
WHERE strftime('%s', transaction_timestamp_utc) IS NOT NULL
  AND store_id <> '' AND product_id <> ''
  AND whole(quantity) IS NOT NULL AND scaled(sales_value, 2) IS NOT NULL;

CREATE TEMP TABLE refused AS
SELECT row FROM lines WHERE row NOT IN (SELECT row FROM counted);

CREATE TEMP TABLE sizes (stage, window, seconds);
INSERT INTO sizes VALUES ('store', 'sales_5m', 300), ('store', 'sales_1h', 3600),
                         ('store', 'sales_1d', 86400), ('product', 'units_1d', 86400);

CREATE TEMP TABLE totals AS
SELECT stage, window, seconds, at / seconds * seconds AS start,
       CASE stage WHEN 'store' THEN store_id ELSE product_id END AS key,
       count(*) AS lines, sum(quantity) AS units, sum(sales) AS sales
FROM counted JOIN sizes
GROUP BY stage, window, key, start;

-- stage, key, window, start, end, value, amount in units of 10^-scale
CREATE TEMP VIEW expected AS
SELECT stage, key, window, start, start + seconds AS end, 'units' AS value, units AS amount, 0 AS scale
FROM totals
UNION ALL
SELECT stage, key, window, start, start + seconds, 'sales', sales, 2 FROM totals
UNION ALL
SELECT stage, key, window, start, start + seconds, 'lines', lines, 0 FROM totals WHERE stage = 'store';

CREATE TEMP VIEW best AS
SELECT 'product' AS stage, product_id AS key, sum(quantity) AS units FROM counted
GROUP BY product_id ORDER BY units DESC, key LIMIT 20;
