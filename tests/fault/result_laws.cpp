// SPDX-License-Identifier: Apache-2.0
#include "tests/fault/result_laws.hpp"

#include <fstream>

#include <fmt/format.h>

#include "tests/e2e/folder.hpp"

namespace aisle::fault {

namespace fs = std::filesystem;
using e2e::json;

std::string author_of(std::string_view sink, const json& record) {
  if (!record.contains("stage") || !record.contains("key")) return {};
  return fmt::format("{} {} {}", sink, record["stage"].dump(), record["key"].dump());
}

oracle oracle::of(const fs::path& out) {
  oracle made;
  for (const auto& name : e2e::files_below(out)) {
    const auto sink = fs::path{name}.begin()->string();
    if (name == sink) continue;
    std::ifstream file{out / name};
    for (std::string line; std::getline(file, line);) {
      made.sorted[sink].push_back(line);
      ++made.times[sink + " " + line];
      const auto author = author_of(sink, json::parse(line));
      if (!author.empty()) made.in_order[author].push_back(line);
    }
  }
  for (auto& [sink, lines] : made.sorted)
    std::ranges::sort(lines);
  made.summary = e2e::content_of(out / "summary.json");
  return made;
}

void result_laws::take(std::string_view sink, const std::string& line) {
  ++lines_;
  const auto record = json::parse(line, nullptr, false);
  if (record.is_discarded()) {
    wrong_.add(fmt::format("{}: no JSON: {}", sink, line));
    return;
  }
  const auto author = author_of(sink, record);
  if (record.contains("id")) take_decision(author, record, line);
  if (record.contains("revision")) take_window(author, record, line);
  compare(sink, author, line);
}

void result_laws::take_decision(const std::string& author, const json& record,
                                const std::string& line) {
  if (!ids_.insert(record["id"].get<std::string>()).second) {
    wrong_.add("an id for the second time: " + line);
  }
  auto& last = last_at_[author];
  const auto at = record["at"].get<std::string>();
  if (at < last) wrong_.add("behind one of " + last + " of the same key: " + line);
  last = at;
}

void result_laws::take_window(const std::string& author, const json& record,
                              const std::string& line) {
  auto& of = windows_[author + record["window"].dump() + record["start"].dump()];
  const auto revision = record["revision"].get<std::int64_t>();
  const bool final = record["final"].get<bool>();
  // The final record repeats the number of the one before when nothing has changed since.
  const bool follows = revision == of.last + 1 || (final && revision == of.last);
  if (of.final || !follows) {
    wrong_.add(fmt::format("a window's revision behind {}{}: {}", of.last,
                           of.final ? ", the final one" : "", line));
  }
  of = {.last = revision, .final = final};
}

void result_laws::compare(std::string_view sink, const std::string& author,
                          const std::string& line) {
  const auto whole = fmt::format("{} {}", sink, line);
  const auto expected = expected_.times.find(whole);
  const auto times = ++times_[whole];
  if (expected == expected_.times.end()) {
    wrong_.add("the undisturbed run does not say: " + whole);
    return;
  }
  if (times > expected->second) wrong_.add(fmt::format("for the {}. time: {}", times, whole));
  if (author.empty()) return;
  const auto& order = expected_.in_order.at(author);
  const auto place = said_[author]++;
  if (place >= order.size() || order[place] != line) {
    wrong_.add(fmt::format("not the line number {} of its key: {}", place + 1, whole));
  }
}

}  // namespace aisle::fault
