-- SPDX-License-Identifier: Apache-2.0
-- What the topology online-retail must say of its CSV file, which stands in the table `lines` with all
-- columns as text and `row` 0, 1, 2 … Money is counted in thousandths.

CREATE TEMP TABLE counted AS
SELECT row, Country, StockCode,
       CAST(strftime('%s', InvoiceDate) AS INTEGER) AS at,
       whole(Quantity) AS quantity,
       scaled(UnitPrice, 3) AS price
FROM lines
WHERE strftime('%s', InvoiceDate) IS NOT NULL
  AND StockCode <> '' AND Country <> ''
  AND whole(Quantity) <> 0 AND scaled(UnitPrice, 3) >= 0;

CREATE TEMP TABLE refused AS
SELECT row FROM lines WHERE row NOT IN (SELECT row FROM counted);

CREATE TEMP TABLE sizes (stage, window, seconds);
INSERT INTO sizes VALUES ('country', 'sales_5m', 300), ('country', 'sales_1h', 3600),
                         ('country', 'sales_1d', 86400), ('sku', 'units_1d', 86400);

CREATE TEMP TABLE totals AS
SELECT stage, window, seconds, at / seconds * seconds AS start,
       CASE stage WHEN 'sku' THEN StockCode ELSE Country END AS key,
       count(*) AS lines, sum(quantity) AS units, sum(quantity * price) AS gross
FROM counted JOIN sizes
GROUP BY stage, window, key, start;

-- stage, key, window, start, end, value, amount in units of 10^-scale
CREATE TEMP VIEW expected AS
SELECT stage, key, window, start, start + seconds AS end, 'units' AS value, units AS amount, 0 AS scale
FROM totals
UNION ALL
SELECT stage, key, window, start, start + seconds, 'lines', lines, 0 FROM totals WHERE stage = 'country'
UNION ALL
SELECT stage, key, window, start, start + seconds, 'gross', gross, 3 FROM totals WHERE stage = 'country';

CREATE TEMP VIEW best AS
SELECT 'sku' AS stage, StockCode AS key, sum(quantity) AS units FROM counted
GROUP BY StockCode ORDER BY units DESC, key LIMIT 20;
