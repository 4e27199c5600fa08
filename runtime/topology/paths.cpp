// SPDX-License-Identifier: Apache-2.0
#include "runtime/topology/paths.hpp"

#include <algorithm>

#include <fmt/core.h>

namespace aisle::topology {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view wildcards = "*?[";

/// The end of a `[…]` that begins at the front of `pattern`, npos when there is none.
std::size_t end_of_class(std::string_view pattern) {
  return pattern.find(']', pattern.starts_with("[!") || pattern.starts_with("[]") ? 3 : 2);
}

/// True when `c` is in `abc`, `a-z`, or is not in `!abc`.
bool in_class(std::string_view members, char c) {
  const bool turned = members.starts_with('!');
  members.remove_prefix(turned ? 1 : 0);
  bool found = false;
  for (std::size_t i = 0; i < members.size(); ++i) {
    if (i + 2 < members.size() && members[i + 1] == '-') {
      found |= members[i] <= c && c <= members[i + 2];
      i += 2;
    } else {
      found |= members[i] == c;
    }
  }
  return found != turned;
}

/// How far one step of the pattern (not a star) goes when it matches the character; 0 when it does
/// not.
std::size_t step(std::string_view pattern, char c) {
  if (pattern.front() == '[') {
    if (const auto end = end_of_class(pattern); end != std::string_view::npos) {
      return in_class(pattern.substr(1, end - 1), c) ? end + 1 : 0;
    }
  }
  return pattern.front() == '?' || pattern.front() == c ? 1 : 0;
}

/// Matches a name; a star that does not fit takes one more character (no recursion, at most n·m
/// steps).
bool matches(std::string_view pattern, std::string_view name) {
  if (name.starts_with('.') && !pattern.starts_with('.')) {
    return false;
  }
  std::size_t p = 0;
  std::size_t n = 0;
  std::size_t star = std::string_view::npos;
  std::size_t star_name = 0;
  while (n < name.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      star_name = n;
      continue;
    }
    const auto taken = p < pattern.size() ? step(pattern.substr(p), name[n]) : 0;
    if (taken > 0) {
      p += taken;
      ++n;
    } else if (star != std::string_view::npos) {
      p = star + 1;
      n = ++star_name;
    } else {
      return false;
    }
  }
  return pattern.find_first_not_of('*', p) == std::string_view::npos;
}

/// What is in `folder` and matches.
std::vector<fs::path> matching(const fs::path& folder, const std::string& pattern) {
  std::vector<fs::path> found;
  std::error_code ignored;
  for (fs::directory_iterator at{folder.empty() ? "." : folder, ignored}, end; at != end;
       at.increment(ignored)) {
    if (matches(pattern, at->path().filename().string())) {
      found.push_back(folder / at->path().filename());
    }
  }
  return found;
}

std::string missing(const fs::path& path) {
  std::error_code ignored;
  for (auto folder = path.parent_path(); !folder.empty() && folder != folder.parent_path();
       folder = folder.parent_path()) {
    if (fs::is_directory(folder, ignored)) {
      break;
    }
    if (!fs::is_directory(folder.parent_path().empty() ? "." : folder.parent_path(), ignored)) {
      continue;
    }
    return fmt::format("there is no file {}: {} is no folder", path.string(), folder.string());
  }
  return fmt::format("there is no file {}", path.string());
}

}  // namespace

fs::path resolve(const word& written, const origins& from, const folders& at) {
  const bool of_command_line = from.begin_on_command_line.contains(written.node);
  return ((of_command_line ? at.working : at.topology) / written.text).lexically_normal();
}

std::expected<std::vector<fs::path>, std::string> expand(const fs::path& pattern) {
  std::error_code ignored;
  if (fs::exists(pattern, ignored)) {
    if (fs::is_regular_file(pattern, ignored)) {
      return std::vector{pattern};
    }
    return std::unexpected{fmt::format("{} is no file", pattern.string())};
  }
  if (pattern.string().find_first_of(wildcards) == std::string::npos) {
    return std::unexpected{missing(pattern)};
  }
  std::vector<fs::path> found{fs::path{}};
  for (const auto& part : pattern) {
    std::vector<fs::path> next;
    for (const auto& folder : found) {
      if (part.string().find_first_of(wildcards) == std::string::npos) {
        next.push_back(folder / part);
      } else {
        std::ranges::move(matching(folder, part.string()), std::back_inserter(next));
      }
    }
    found = std::move(next);
  }
  std::erase_if(found, [&](const fs::path& p) { return !fs::is_regular_file(p, ignored); });
  if (found.empty()) {
    return std::unexpected{fmt::format("no file matches {}", pattern.string())};
  }
  std::ranges::sort(found);
  return found;
}

std::expected<fs::path, std::string> embedded_topic(const log_address& log,
                                                    std::string_view topic) {
  // What runtime/log writes last when it makes a topic.
  auto file = log.folder / topic / "topic";
  std::error_code ignored;
  if (fs::is_regular_file(file, ignored)) {
    return file;
  }
  return std::unexpected{
      fmt::format("there is no topic {} in the log {}; `aisle log append {} --log "
                  "embedded:{}` makes it",
                  topic, log.folder.string(), topic, log.folder.string())};
}

std::expected<fs::path, std::string> topic_file(const log_address& log, std::string_view topic) {
  const auto plain = log.folder / fmt::format("{}.ndjson", topic);
  std::vector<fs::path> found;
  for (const auto* const suffix : {"", ".gz", ".zst"}) {
    std::error_code ignored;
    if (const auto file = plain.string() + suffix; fs::is_regular_file(file, ignored)) {
      found.emplace_back(file);
    }
  }
  if (found.empty()) {
    return std::unexpected{missing(plain) + ", nor one with .gz or .zst behind it"};
  }
  if (found.size() > 1) {
    return std::unexpected{fmt::format("there are {} and {}; which of them is the topic?",
                                       found[0].string(), found[1].string())};
  }
  return found.front();
}

std::optional<format> format_of(const fs::path& file) {
  auto name = file.filename();
  if (name.extension() == ".gz" || name.extension() == ".zst") {
    name = name.stem();
  }
  const auto suffix = name.extension();
  if (suffix == ".ndjson" || suffix == ".jsonl" || suffix == ".json") {
    return format::json;
  }
  return suffix == ".csv" ? std::optional{format::csv} : std::nullopt;
}

bool is_plain_name(std::string_view text) {
  return !text.empty() && text.size() <= 128 && text.front() != '.' &&
         std::ranges::all_of(text, [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                  c == '.' || c == '_' || c == '-';
         });
}

}  // namespace aisle::topology
