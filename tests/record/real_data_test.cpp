// SPDX-License-Identifier: Apache-2.0
// Contracts over the raw files they were written for. The data is not part of the project: it is
// looked for in $AISLE_DATA, then beside the sources; where it is not there, these tests pass
// without saying anything.
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>
#include <string>

#include <fmt/core.h>

#include "runtime/record/csv.hpp"
#include "tests/record/contracts.hpp"

namespace {

namespace fs = std::filesystem;
using namespace aisle::record;

fs::path data_folder() {
  const auto* const named = std::getenv("AISLE_DATA");
  return named != nullptr ? fs::path{named} : fs::path{AISLE_SOURCE_DIR} / "../shared/data";
}

/// The lines of a .csv.zst; empty when it is not there.
std::vector<std::string> lines_of(const std::string& name) {
  const auto path = data_folder() / name;
  std::vector<std::string> lines;
  if (!fs::exists(path)) {
    MESSAGE("skipped: there is no ", path.string());
    return lines;
  }
  auto* const pipe = ::popen(fmt::format("zstd -dc '{}'", path.string()).c_str(), "r");
  REQUIRE(pipe != nullptr);
  std::string line;
  for (int c = std::fgetc(pipe); c != EOF; c = std::fgetc(pipe)) {
    if (c == '\n') {
      if (line.ends_with('\r')) {
        line.pop_back();
      }
      lines.push_back(std::move(line));
      line.clear();
    } else {
      line += static_cast<char>(c);
    }
  }
  ::pclose(pipe);
  REQUIRE(lines.size() > 1);
  return lines;
}

contract shipped(const std::string& name) {
  std::ifstream file{fmt::format("{}/config/contracts/{}.yaml", AISLE_SOURCE_DIR, name)};
  std::stringstream text;
  text << file.rdbuf();
  return test::contract_of(text.str());
}

/// Reads every line and counts `accepted` and each `code field`.
std::map<std::string, std::size_t> counts_of(const std::vector<std::string>& lines,
                                             const contract& by, auto&& on_row) {
  const auto decoder = make_csv_decoder(by, {}, lines.front());
  REQUIRE_MESSAGE(decoder.has_value(), (decoder ? std::string{} : decoder.error()));
  std::map<std::string, std::size_t> counts;
  decoded row;
  for (std::size_t i = 1; i < lines.size(); ++i) {
    const auto read = (*decoder)->decode(lines[i], row);
    if (read) {
      on_row(lines[i], row);
    }
    ++counts[read ? "accepted"
                  : fmt::format("{} {}", to_text(read.error().code), read.error().field)];
  }
  return counts;
}

/// Column `i` of a line without quotes.
std::string_view column(std::string_view line, std::size_t i) {
  for (; i > 0; --i) {
    line.remove_prefix(line.find(',') + 1);
  }
  return line.substr(0, line.find(','));
}

/// The row has the number of the cell, which is read here another way: as a double.
void check_number(std::string_view cell, std::int64_t units, double scale) {
  CHECK(std::llround(std::stod(std::string{cell}) * scale) == units);
}

std::int64_t word(const decoded& row, std::size_t place) {
  return static_cast<std::int64_t>(row.row().words[1 + place]);
}

}  // namespace

TEST_CASE("Online Retail is read: what does not count is a quality or a price matter") {
  const auto lines = lines_of("online_retail_2010-12_to_2011-08.csv.zst");
  if (lines.empty()) {
    return;
  }
  const auto by = shipped("online_retail");
  std::size_t compared = 0;
  const auto counts = counts_of(lines, by, [&](std::string_view line, const decoded& row) {
    CHECK(row.rounded() == 0);
    if (line.find('"') == std::string_view::npos) {
      check_number(column(line, 3), word(row, 3), 1);
      check_number(column(line, 5), word(row, 5), 1'000);
      CHECK(column(line, 7) == aisle::expr::text_at(row.row().heap, row.row().words[8]));
      ++compared;
    }
  });
  std::size_t all = 0;
  for (const auto& [what, count] : counts) {
    MESSAGE(what, ": ", count);
    CHECK((what == "accepted" || what == "quality quantity_not_zero" ||
           what == "out_of_range UnitPrice"));
    all += count;
  }
  CHECK(all == lines.size() - 1);
  CHECK(compared > counts.at("accepted") * 9 / 10);
}

TEST_CASE("Complete Journey is read to the last line") {
  const auto lines = lines_of("complete_journey_2017_h1.csv.zst");
  if (lines.empty()) {
    return;
  }
  const auto by = shipped("complete_journey");
  const auto counts = counts_of(lines, by, [&](std::string_view line, const decoded& row) {
    std::uint32_t finer = 0;
    for (const std::size_t money : {5U, 6U, 7U, 8U}) {
      const auto point = std::min(column(line, money).find('.'), column(line, money).size());
      finer += column(line, money).size() > point + 3 ? 1U : 0U;
    }
    CHECK(row.rounded() == finer);
    check_number(column(line, 4), word(row, 4), 1);
    if (finer == 0) {
      check_number(column(line, 5), word(row, 5), 100);
    }
  });
  CHECK(counts.at("accepted") == lines.size() - 1);
}
