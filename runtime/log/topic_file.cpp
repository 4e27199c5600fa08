// SPDX-License-Identifier: Apache-2.0
#include "runtime/log/topic_file.hpp"

#include <charconv>
#include <optional>

#include <fmt/format.h>

#include "runtime/base/hash.hpp"

namespace aisle::log {
namespace {

constexpr std::string_view first_line = "aisle-log-topic 1\n";
constexpr std::string_view checksum = "checksum ";

// Takes the line "NAME NUMBER" off the front.
std::optional<std::uint64_t> take(std::string_view& text, std::string_view name, int base = 10) {
  const auto line = text.substr(0, text.find('\n'));
  if (!line.starts_with(name) || line.size() <= name.size() || line[name.size()] != ' ') {
    return std::nullopt;
  }
  const auto digits = line.substr(name.size() + 1);
  std::uint64_t number = 0;
  const auto* const end = digits.data() + digits.size();
  const auto [stopped, code] = std::from_chars(digits.data(), end, number, base);
  if (code != std::errc{} || stopped != end) return std::nullopt;
  text.remove_prefix(std::min(line.size() + 1, text.size()));
  return number;
}

}  // namespace

std::string encode_topic(const topic& of) {
  const auto& [partitions, segment_bytes, keep] = of.settings;
  auto text =
      fmt::format("{}id {:016x}\npartitions {}\nsegment_bytes {}\nkeep_bytes {}\nkeep_ms {}\n",
                  first_line, of.id, partitions, segment_bytes, keep.bytes.value_or(0),
                  keep.age.value_or(base::duration::zero()).count());
  return text + fmt::format("{}{:016x}\n", checksum, base::hash64(text));
}

std::expected<topic, std::string_view> decode_topic(std::string_view text) {
  if (!text.starts_with("aisle-log-topic ")) return std::unexpected{"it is no topic's file"};
  if (!text.starts_with(first_line)) return std::unexpected{"a later version of aisle wrote it"};
  const auto at = text.rfind(checksum);
  auto rest = at == std::string_view::npos ? std::string_view{} : text.substr(at);
  if (take(rest, "checksum", 16) != base::hash64(text.substr(0, at)) || !rest.empty()) {
    return std::unexpected{"its checksum does not fit"};
  }
  rest = text.substr(first_line.size());
  const auto id = take(rest, "id", 16);
  const auto partitions = take(rest, "partitions");
  const auto segment_bytes = take(rest, "segment_bytes");
  const auto keep_bytes = take(rest, "keep_bytes");
  const auto keep_ms = take(rest, "keep_ms");
  if (!id || !partitions || !segment_bytes || !keep_bytes || !keep_ms) {
    return std::unexpected{"it lacks a setting"};
  }
  topic read;
  read.id = *id;
  read.settings.partitions = static_cast<std::uint32_t>(*partitions);
  read.settings.segment_bytes = *segment_bytes;
  if (*keep_bytes > 0) read.settings.keep.bytes = *keep_bytes;
  if (*keep_ms > 0) {
    read.settings.keep.age = base::duration{static_cast<std::int64_t>(*keep_ms)};
  }
  return read;
}

}  // namespace aisle::log
