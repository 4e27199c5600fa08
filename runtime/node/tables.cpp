// SPDX-License-Identifier: Apache-2.0
#include "runtime/node/tables.hpp"

#include <algorithm>
#include <iterator>
#include <string>
#include <utility>

#include <fmt/format.h>

#include "runtime/io/byte_stream.hpp"
#include "runtime/node/open_sources.hpp"

namespace aisle::node {
namespace {

using schemas_of_node = std::shared_ptr<record::schema_source>;

constexpr std::size_t read_bytes_at_once = 256 * 1024;

/// A table's file as text, decompressed as its name says.
io::result<std::string> read_text(const std::filesystem::path& path) {
  auto stream = io::open_bytes(path, io::real_disk());
  if (!stream) {
    return std::unexpected{std::move(stream.error())};
  }
  std::string text;
  std::size_t filled = 0;
  do {
    text.resize(filled + read_bytes_at_once);
    const auto got = (*stream)->read({text.data() + filled, read_bytes_at_once});
    if (!got) {
      return std::unexpected{got.error()};
    }
    filled += *got;
    text.resize(filled);
    if (*got == 0) {
      return text;
    }
  } while (filled <= table::table_bytes_max);
  return base::fail(io::errc::wrong_kind,
                    fmt::format("{} has more than {} bytes, which is no table for the memory of "
                                "every node; make it a source",
                                path.string(), table::table_bytes_max));
}

}  // namespace

std::expected<std::shared_ptr<const table::reference>, base::diagnostics> load_table(
    const topology::planned_table& table) {
  const auto text = read_text(table.file);
  if (!text) {
    return std::unexpected{
        base::diagnostics{problem(table.file.string(), "unreadable", text.error().message)}};
  }
  const auto format =
      table.format == topology::format::csv ? table::format::csv : table::format::json;
  auto loaded = table::parse(*text, table.file.string(), table.contract,
                             {.format = format, .csv = table.csv});
  if (!loaded) {
    return std::unexpected{std::move(loaded.error())};
  }
  return std::make_shared<const table::reference>(std::move(*loaded));
}

std::expected<opened_tables, base::diagnostics> load_tables(const topology::plan& plan,
                                                            const kafka_config& kafka,
                                                            const schemas_of_node& schemas) {
  opened_tables tables;
  base::diagnostics problems;
  for (const auto& table : plan.tables) {
    auto& topic = tables.topics.emplace_back();
    if (table.log) {
      auto opened = open_topic_table(table, kafka, schemas, tables.remarks);
      if (!opened) {
        problems.push_back(std::move(opened.error()));
        continue;
      }
      topic = *std::move(opened);
    }
    auto loaded = topic ? topic->rows() : load_table(table);
    if (loaded) {
      tables.rows.push_back(std::move(*loaded));
    } else {
      std::ranges::move(loaded.error(), std::back_inserter(problems));
    }
  }
  if (!problems.empty()) {
    return std::unexpected{std::move(problems)};
  }
  return tables;
}

}  // namespace aisle::node
